"""Mails outside a course (confirm, left): a small queue in the database with the same claim and fence as lessons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, ScalarSelect, func, insert, select, update

from dripcourse.storage.public_ids import new_public_id
from dripcourse.storage.tables import notice, subscriber


@dataclass(frozen=True)
class Notice:
    """One such mail. `due_at` is None once nothing more is to be done; `state` is queued, sent or failed."""

    id: int
    public_id: str
    subscriber_id: int
    template: str
    context: Mapping[str, Any]
    state: str
    attempts: int
    fence: int
    message_id: str
    created_at: datetime
    sent_at: datetime | None


class Fate(NamedTuple):
    """What became of one such mail; `error` is what the server, or we, said last."""

    template: str
    state: str
    created_at: datetime
    sent_at: datetime | None
    attempts: int
    error: str


def _value(r: Row[Any]) -> Notice:
    return Notice(
        r.id, r.public_id, r.subscriber_id, r.template, r.context, r.state, r.attempts, r.fence, r.message_id,
        r.created_at, r.sent_at,
    )  # fmt: skip


def add(
    tx: Connection, subscriber_id: int, template: str, context: Mapping[str, Any], *, host: str, at: datetime,
    due_at: datetime | None = None,
) -> Notice:  # fmt: skip
    """Queue a mail to this person, due at that moment, else at once."""
    public_id = new_public_id()
    query = insert(notice).values(
        public_id=public_id, subscriber_id=subscriber_id, template=template, context=dict(context), state="queued",
        due_at=due_at or at, attempts=0, fence=0, message_id=f"<{public_id}.{template}@{host}>", created_at=at,
    )  # fmt: skip
    return _value(tx.execute(query.returning(*notice.c)).one())


def claim(tx: Connection, *, now: datetime, lease_until: datetime, limit: int) -> list[Notice]:
    """Take up to `limit` due notices for this worker alone, until the lease ends."""
    ripe = select(notice.c.id).where(notice.c.due_at <= now)
    ripe = ripe.where((notice.c.lease_until.is_(None)) | (notice.c.lease_until <= now))
    due = ripe.order_by(notice.c.due_at).limit(limit).with_for_update(skip_locked=True).cte("due")
    changed = {"lease_until": lease_until, "fence": notice.c.fence + 1, "attempts": notice.c.attempts + 1}
    rows = tx.execute(update(notice).where(notice.c.id.in_(select(due.c.id))).values(changed).returning(*notice.c))
    return sorted((_value(row) for row in rows), key=lambda one: one.id)


def settle(
    tx: Connection, one: Notice, *, state: str, due_at: datetime | None, sent_at: datetime | None, code: int, error: str
) -> bool:
    """Write the outcome; False where another worker has taken the notice over meanwhile."""
    changed = {"state": state, "due_at": due_at, "sent_at": sent_at, "code": code, "error": error, "lease_until": None}
    done = tx.execute(update(notice).where(notice.c.id == one.id, notice.c.fence == one.fence).values(changed))
    return done.rowcount == 1


def by_public_id(tx: Connection, public_id: str) -> Notice | None:
    """The notice of that public id."""
    row = tx.execute(select(notice).where(notice.c.public_id == public_id)).one_or_none()
    return None if row is None else _value(row)


class Went(NamedTuple):
    """A mail with the address it is for."""

    public_id: str
    address: str
    context: Mapping[str, Any]
    attempts: int


def with_addresses(tx: Connection, people: Sequence[int], template: str) -> list[Went]:
    """The mails of that kind to these people."""
    columns = notice.c.public_id, subscriber.c.address, notice.c.context, notice.c.attempts
    theirs = notice.c.subscriber_id.in_(people), notice.c.template == template
    query = select(*columns).join(subscriber, subscriber.c.id == notice.c.subscriber_id).where(*theirs)
    return [Went._make(row) for row in tx.execute(query)]


def times(tx: Connection, address_key: str, template: str, since: datetime) -> list[datetime]:
    """When mails of that kind were queued for the person of this address, since then."""
    his = select(subscriber.c.id).where(subscriber.c.address_key == address_key).scalar_subquery()
    query = select(notice.c.created_at).where(notice.c.subscriber_id == his, notice.c.template == template)
    return list(tx.execute(query.where(notice.c.created_at >= since)).scalars())


def of_kind(tx: Connection, subscriber_id: int, template: str, since: datetime) -> list[Notice]:
    """This person's mails of that kind from then on, oldest first, but for those that failed."""
    query = select(notice).where(
        notice.c.subscriber_id == subscriber_id,
        notice.c.template == template,
        notice.c.created_at >= since,
        notice.c.state != "failed",
    )
    return [_value(row) for row in tx.execute(query.order_by(notice.c.id))]


def retell(tx: Connection, one: Notice, context: Mapping[str, Any]) -> Notice:
    """Put other values behind a mail and its link; the mail itself goes, or went, as it is."""
    changed = update(notice).where(notice.c.id == one.id).values(context=dict(context)).returning(*notice.c)
    return _value(tx.execute(changed).one())


def recent(tx: Connection, subscriber_id: int, template: str, since: datetime) -> int:
    """How many of that kind were queued for this person since then; the budget against mail bombing."""
    query = select(func.count()).where(
        notice.c.subscriber_id == subscriber_id, notice.c.template == template, notice.c.created_at >= since
    )
    return tx.execute(query).scalar_one()


def fates(tx: Connection, subscriber_id: int, templates: Sequence[str]) -> list[Fate]:
    """What became of this person's mails of these kinds, oldest first."""
    his = notice.c.subscriber_id == subscriber_id, notice.c.template.in_(templates)
    columns = [notice.c[name] for name in Fate._fields]
    return [Fate._make(row) for row in tx.execute(select(*columns).where(*his).order_by(notice.c.id))]


def due_count(now: datetime, cap: int) -> ScalarSelect[int]:
    """How many are due, counted up to `cap`, as part of a question."""
    due = select(notice.c.id).where(notice.c.due_at <= now).limit(cap).subquery()
    return select(func.count()).select_from(due).scalar_subquery()


def count_due(tx: Connection, now: datetime, cap: int) -> int:
    """The same as a question of its own."""
    return tx.execute(select(due_count(now, cap))).scalar_one()


def next_due(tx: Connection) -> datetime | None:
    """The earliest due moment."""
    query = select(notice.c.due_at).where(notice.c.due_at.is_not(None)).order_by(notice.c.due_at).limit(1)
    return tx.execute(query).scalar_one_or_none()
