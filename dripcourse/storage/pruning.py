"""Finds what of the ledger is old enough to go, and removes it; what is old enough, and what stays, others decide.

Everything is found through an index, so that a search that finds nothing costs nothing, however much was pruned before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, delete, func, or_, select, update

from dripcourse.domain.states import DeliveryState
from dripcourse.storage.tables import answer, course_version, delivery, enrollment, event

_OPEN = [state.value for state in (DeliveryState.SENDING, DeliveryState.RETRY, DeliveryState.UNKNOWN)]


class Ended(NamedTuple):
    """A run that is over: since when, and its id. In this order they are found."""

    ended_at: datetime
    id: int


class Over(NamedTuple):
    """A run that may be pruned. `open` counts its lessons without an outcome: where there are any, its days stay."""

    id: int
    subscriber_id: int
    zone: str
    version: int  # the number of its course's version
    open: int


class Days(NamedTuple):
    """What the deliveries of one run come to; `first` and `last` are the moments of its first and last mail."""

    lessons: int
    sent: int
    late: int
    doubts: int
    first: datetime | None
    last: datetime | None


def ended(tx: Connection, before: datetime, limit: int, after: Ended | None = None) -> list[Ended]:
    """The next runs that ended before that moment and have not been pruned since, but for those a worker holds."""
    query = select(enrollment.c.ended_at, enrollment.c.id).where(*_ended(before))
    if after is not None:
        later = or_(enrollment.c.ended_at > after.ended_at, enrollment.c.id > after.id)
        query = query.where(enrollment.c.ended_at >= after.ended_at, later)
    query = query.order_by(enrollment.c.ended_at, enrollment.c.id).limit(limit)
    return [Ended._make(row) for row in tx.execute(query)]


def count_ended(tx: Connection, before: datetime) -> int:
    """How many `ended` would find in all."""
    return tx.execute(select(func.count()).select_from(enrollment).where(*_ended(before))).scalar_one()


def _ended(before: datetime) -> tuple[ColumnElement[bool], ...]:
    run = enrollment.c
    unpruned = or_(run.pruned_at.is_(None), run.pruned_at < run.ended_at)  # in the words of the index
    return run.ended_at < before, unpruned, run.lease_until.is_(None)


def over(tx: Connection, ids: Sequence[int], before: datetime) -> list[Over]:
    """Of these runs those that `ended` would find now, by id. Where it is to hold, the caller has locked them."""
    run = enrollment.c
    pending = select(func.count()).where(delivery.c.enrollment_id == run.id, delivery.c.state.in_(_OPEN))
    query = (
        select(run.id, run.subscriber_id, run.zone, course_version.c.number, pending.scalar_subquery())
        .join(course_version, course_version.c.id == run.version_id)
        .where(run.id.in_(ids), *_ended(before))
        .order_by(run.id)
    )
    return [Over._make(row) for row in tx.execute(query)]


def days(tx: Connection, ids: Sequence[int]) -> dict[int, Days]:
    """What there is of each run; nothing of one without deliveries."""
    row = delivery.c
    sent = row.state == DeliveryState.SENT.value
    figures = (
        func.count(),
        func.count().filter(sent),
        func.count().filter(sent, row.reason != ""),
        func.sum(row.doubts),
        func.min(row.sent_at),
        func.max(row.sent_at),
    )
    query = select(row.enrollment_id, *figures).where(row.enrollment_id.in_(ids)).group_by(row.enrollment_id)
    return {run_id: Days(*found) for run_id, *found in tx.execute(query)}


def remove(tx: Connection, ids: Sequence[int]) -> tuple[int, int]:
    """Remove the deliveries, the answers and the events of these runs; how many deliveries and events. The caller has
    locked the runs.
    """
    tx.execute(delete(answer).where(answer.c.enrollment_id.in_(ids)))
    deliveries = tx.execute(delete(delivery).where(delivery.c.enrollment_id.in_(ids))).rowcount
    events = tx.execute(delete(event).where(event.c.enrollment_id.in_(ids))).rowcount
    return deliveries, events


def count_events(tx: Connection, ids: Sequence[int]) -> int:
    """How many events these runs have."""
    return tx.execute(select(func.count()).where(event.c.enrollment_id.in_(ids))).scalar_one()


def mark(tx: Connection, ids: Sequence[int], at: datetime, *, pruned: bool) -> None:
    """Note that the history of these runs is settled, so that no search finds them until they end anew.

    A pruned run has no next lesson any more: which ones it has had is no longer known, so it must not go on.
    """
    values: dict[str, Any] = {"pruned_at": at, **({"next_key": None, "next_date": None} if pruned else {})}
    if ids:
        tx.execute(update(enrollment).where(enrollment.c.id.in_(ids)).values(values))


def stray(tx: Connection, before: datetime, limit: int) -> list[int]:
    """Events of no run from before that moment, oldest first: outages, publications, sign-ups that came to nothing."""
    return list(tx.execute(_stray(event.c.id, before).limit(limit)).scalars())


def count_stray(tx: Connection, before: datetime) -> int:
    """How many `stray` would find in all."""
    found: int = tx.execute(_stray(func.count(), before).order_by(None)).scalar_one()
    return found


def _stray(what: Any, before: datetime) -> Select[Any]:
    # By both columns of the index: "IS NULL" alone does not tell PostgreSQL that the rows come in order.
    query = select(what).where(event.c.enrollment_id.is_(None), event.c.at < before)
    return query.order_by(event.c.enrollment_id, event.c.at)


def remove_events(tx: Connection, ids: Sequence[int]) -> int:
    """Remove these events; how many were still there."""
    return tx.execute(delete(event).where(event.c.id.in_(ids))).rowcount
