"""Finds and removes people whose sign-up came to nothing, and the networks of consents that are old enough.

How old is old enough, others decide. Both are found through an index that holds nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, exists, func, or_, select, update

from dripcourse.domain.states import SubscriberState
from dripcourse.storage.tables import consent, enrollment, event, hook_delivery, notice, subscriber

#: What hangs on somebody who never confirmed. Deliveries and answers are of runs, and he has none.
_OF_PENDING = (event, hook_delivery, notice, consent)


class Waiting(NamedTuple):
    """Somebody who never confirmed: since when he is here, and his id. In this order they are found."""

    since: datetime
    id: int


def lapsed(tx: Connection, before: datetime, limit: int, after: Waiting | None = None) -> list[Waiting]:
    """The next people who are pending, have no run, and were asked for the last time before that; oldest first."""
    query = select(subscriber.c.created_at, subscriber.c.id).where(*_came_to_nothing(before))
    if after is not None:
        later = or_(subscriber.c.created_at > after.since, subscriber.c.id > after.id)
        query = query.where(subscriber.c.created_at >= after.since, later)
    query = query.order_by(subscriber.c.created_at, subscriber.c.id).limit(limit)
    return [Waiting._make(row) for row in tx.execute(query)]


def count_lapsed(tx: Connection, before: datetime) -> int:
    """How many `lapsed` would find in all."""
    return tx.execute(select(func.count()).select_from(subscriber).where(*_came_to_nothing(before))).scalar_one()


def held(tx: Connection, ids: Sequence[int], before: datetime) -> list[int]:
    """Those of these that `lapsed` would find now, locked: one may have signed up again, or confirmed, meanwhile."""
    query = select(subscriber.c.id).where(subscriber.c.id.in_(ids)).order_by(subscriber.c.id).with_for_update()
    locked = list(tx.execute(query).scalars())
    still = select(subscriber.c.id).where(subscriber.c.id.in_(locked), *_came_to_nothing(before))
    return list(tx.execute(still.order_by(subscriber.c.id)).scalars())


def _came_to_nothing(before: datetime) -> tuple[ColumnElement[bool], ...]:
    asked = exists().where(notice.c.subscriber_id == subscriber.c.id, notice.c.created_at >= before)
    runs = exists().where(enrollment.c.subscriber_id == subscriber.c.id)
    pending = subscriber.c.state == SubscriberState.PENDING.value  # in the words of the index
    return pending, subscriber.c.created_at < before, ~asked, ~runs


def remove(tx: Connection, ids: Sequence[int]) -> None:
    """Remove these people and all that hangs on them. The caller has locked them (`held`)."""
    if not ids:
        return
    for table in _OF_PENDING:
        tx.execute(delete(table).where(table.c.subscriber_id.in_(ids)))
    tx.execute(delete(subscriber).where(subscriber.c.id.in_(ids)))


def networks(tx: Connection, before: datetime, limit: int) -> list[int]:
    """Consents from before that moment that still say from which network they came, oldest first."""
    old = consent.c.network.is_not(None), consent.c.at < before  # in the words of the index
    return list(tx.execute(select(consent.c.id).where(*old).order_by(consent.c.at).limit(limit)).scalars())


def forget_networks(tx: Connection, ids: Sequence[int]) -> None:
    """Keep of these consents everything else."""
    tx.execute(update(consent).where(consent.c.id.in_(ids)).values(network=None))
