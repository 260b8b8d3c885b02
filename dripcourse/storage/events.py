"""The append-only ledger of everything that happened and is not a sent lesson."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from dripcourse.domain.hooks import details, kinds_of
from dripcourse.storage import hooks
from dripcourse.storage.hooks import Happening
from dripcourse.storage.tables import event


@dataclass(frozen=True)
class Event:
    """One thing that happened. `source` is who says so: engine, cli, web, or a mail provider."""

    at: datetime
    kind: str
    source: str
    subscriber_id: int | None = None
    enrollment_id: int | None = None
    data: Mapping[str, Any] | None = None
    source_event_id: str | None = None


def _value(row: Row[Any]) -> Event:
    return Event(row.at, row.kind, row.source, row.subscriber_id, row.enrollment_id, row.data, row.source_event_id)


def record(tx: Connection, events: Iterable[Event]) -> None:
    """Append, and queue what webhooks want to know of it (`hooks.offer`).

    An event that carries the source's own id and is there already raises IntegrityError: use `known`.
    """
    rows = [
        {
            "at": e.at,
            "kind": e.kind,
            "source": e.source,
            "source_event_id": e.source_event_id,
            "subscriber_id": e.subscriber_id,
            "enrollment_id": e.enrollment_id,
            "data": dict(e.data or {}),
        }
        for e in events
    ]
    if rows:
        tx.execute(insert(event), rows)
        hooks.offer(tx, [one for row in rows for one in _happenings(row)])


def _happenings(row: Mapping[str, Any]) -> Iterator[Happening]:
    """What of it webhooks may want to know."""
    for kind in kinds_of(row["kind"], row["source"], row["data"]):
        told = details(row["source"], row["data"])
        yield Happening(kind, row["at"], row["subscriber_id"], row["enrollment_id"], told)


def known(tx: Connection, source: str, source_event_id: str) -> bool:
    """Whether this event of that source has been recorded already."""
    query = select(event.c.id).where(event.c.source == source, event.c.source_event_id == source_event_id)
    return tx.execute(query).first() is not None


def count(tx: Connection, enrollment_id: int, kind: str, since: datetime | None = None) -> int:
    """How many of that kind one enrollment has, since then if given."""
    query = select(func.count()).where(event.c.enrollment_id == enrollment_id, event.c.kind == kind)
    if since is not None:
        query = query.where(event.c.at >= since)
    return tx.execute(query).scalar_one()


def any_of(tx: Connection, enrollment_id: int, source: str, since: datetime) -> bool:
    """Whether that source said anything of one enrollment since then."""
    query = select(event.c.id).where(event.c.enrollment_id == enrollment_id, event.c.at >= since)
    return tx.execute(query.where(event.c.source == source).limit(1)).first() is not None


def count_since(tx: Connection, enrollment_id: int, source: str, since: datetime, most: int) -> int:
    """How often that source said something of one enrollment since then, counted up to `most`."""
    query = select(event.c.id).where(event.c.enrollment_id == enrollment_id, event.c.at > since)
    rows = query.where(event.c.source == source).limit(most).subquery()
    return tx.execute(select(func.count()).select_from(rows)).scalar_one()


def of_enrollment(tx: Connection, enrollment_id: int) -> list[Event]:
    """What happened to one enrollment, oldest first."""
    query = select(event).where(event.c.enrollment_id == enrollment_id).order_by(event.c.at, event.c.id)
    return [_value(row) for row in tx.execute(query)]


def of_enrollments(tx: Connection, ids: list[int]) -> dict[int, list[Event]]:
    """The same for many, by enrollment."""
    found: dict[int, list[Event]] = {i: [] for i in ids}
    query = select(event).where(event.c.enrollment_id.in_(ids)).order_by(event.c.at, event.c.id)
    for row in tx.execute(query):
        found[row.enrollment_id].append(_value(row))
    return found


def of_no_run(tx: Connection, subscriber_id: int, kinds: Sequence[str]) -> list[Event]:
    """What happened of these kinds to a person outside any run, oldest first."""
    his = event.c.kind.in_(kinds), event.c.subscriber_id == subscriber_id, event.c.enrollment_id.is_(None)
    return [_value(row) for row in tx.execute(select(event).where(*his).order_by(event.c.at, event.c.id))]


def of_kind(tx: Connection, kind: str, *, since: datetime | None = None) -> list[Event]:
    """All events of a kind, oldest first."""
    query = select(event).where(event.c.kind == kind).order_by(event.c.at, event.c.id)
    if since is not None:
        query = query.where(event.c.at >= since)
    return [_value(row) for row in tx.execute(query)]
