"""The messages to webhooks: a queue for each webhook, claimed one at a time, and the log of what became of them.

`due_at` moves to the lease's end on claim: what a dead worker held falls due by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, ScalarSelect, delete, exists, func, insert, select, update

from dripcourse.domain.hooks import OF_ENDPOINT
from dripcourse.errors import NotFound
from dripcourse.storage.hooks import Hook, value
from dripcourse.storage.tables import course, enrollment, form, hook, hook_delivery, subscriber


@dataclass(frozen=True)
class Message:
    """One message to one webhook. `attempts` counts those begun; `code` is the last answer's status, 0 for none."""

    id: int
    hook_id: int
    subscriber_id: int | None
    enrollment_id: int | None
    kind: str
    data: Mapping[str, Any]
    at: datetime
    state: str
    due_at: datetime | None
    attempts: int
    fence: int
    code: int
    error: str
    answered_at: datetime | None


@dataclass(frozen=True)
class Concerned:
    """Whom and what a message is about, as it stands now; None where there is none."""

    person: Row[Any] | None
    run: Row[Any] | None
    course: str


_COLUMNS = [hook_delivery.c[name] for name in Message.__dataclass_fields__]


def _message(r: Row[Any]) -> Message:
    return Message(
        r.id, r.hook_id, r.subscriber_id, r.enrollment_id, r.kind, r.data, r.at, r.state, r.due_at, r.attempts, r.fence,
        r.code, r.error, r.answered_at,
    )  # fmt: skip


def queue_test(tx: Connection, to: Hook, kind: str, at: datetime) -> Message:
    """A message that is about nobody, ahead of whatever is due."""
    new = {"hook_id": to.id, "kind": kind, "data": {}, "at": at, "state": "queued", "due_at": at - timedelta(days=365)}
    return _message(tx.execute(insert(hook_delivery).values(new).returning(*_COLUMNS)).one())


def due_hooks(tx: Connection, now: datetime) -> list[Hook]:
    """The webhooks for which something is due, revoked ones too; first whoever has had no turn for the longest."""
    due = exists().where(hook_delivery.c.hook_id == hook.c.id, hook_delivery.c.due_at <= now)
    query = select(hook).where(due).order_by(hook.c.turn_at.is_not(None), hook.c.turn_at, hook.c.id)
    return [value(row) for row in tx.execute(query)]


def hold(tx: Connection, hook_id: int) -> Hook:
    """Lock this webhook until the transaction ends, and read it as it is now. Messages are offered all the same."""
    query = select(hook).where(hook.c.id == hook_id).with_for_update(key_share=True)
    return value(tx.execute(query).one())


def claim(tx: Connection, hook_id: int, *, now: datetime, lease_until: datetime) -> tuple[Hook, Message] | None:
    """The next due message of this webhook, for this worker alone until the lease ends.

    None where nothing is due, the webhook is revoked, or another message to it is under way: an endpoint that hangs
    takes one place, however many workers there are.
    """
    mine = hook.c.id == hook_id, hook.c.revoked_at.is_(None)
    held = tx.execute(select(hook).where(*mine).with_for_update(skip_locked=True, key_share=True)).one_or_none()
    row = hook_delivery.c
    under_way = (row.hook_id == hook_id) & (row.due_at > now) & (row.lease_until > now)
    if held is None or tx.execute(select(row.id).where(under_way).limit(1)).first() is not None:
        return None
    first = select(row.id).where(row.hook_id == hook_id, row.due_at <= now).order_by(row.due_at, row.id).limit(1)
    taken = {"lease_until": lease_until, "due_at": lease_until, "fence": row.fence + 1, "attempts": row.attempts + 1}
    query = update(hook_delivery).where(row.id == first.scalar_subquery()).values(taken).returning(*_COLUMNS)
    found = tx.execute(query).one_or_none()
    if found is None:
        return None
    tx.execute(update(hook).where(hook.c.id == hook_id).values(turn_at=now))
    return value(held), _message(found)


def concerned(tx: Connection, one: Message) -> Concerned:
    """Whom and what it is about."""
    person = _one(tx, subscriber, one.subscriber_id)
    run = _one(tx, enrollment, one.enrollment_id)
    slug = str(one.data.get("course", ""))
    if run is not None:
        slug = tx.execute(select(course.c.slug).where(course.c.id == run.course_id)).scalar_one()
    elif not slug and one.data.get("form"):
        asked = select(course.c.slug).join(form, form.c.course_id == course.c.id)
        slug = tx.execute(asked.where(form.c.slug == one.data["form"])).scalar_one_or_none() or ""
    return Concerned(person, run, slug)


def _one(tx: Connection, table: Any, id_: int | None) -> Row[Any] | None:
    return None if id_ is None else tx.execute(select(table).where(table.c.id == id_)).one_or_none()


def settle(
    tx: Connection, one: Message, *, state: str, due_at: datetime | None, code: int, error: str, at: datetime
) -> bool:
    """Write the outcome; False where another worker has taken it over, or it is gone with its person."""
    changed = {"state": state, "due_at": due_at, "code": code, "error": error, "answered_at": at, "lease_until": None}
    mine = hook_delivery.c.id == one.id, hook_delivery.c.fence == one.fence
    return tx.execute(update(hook_delivery).where(*mine).values(changed)).rowcount == 1


def note_health(tx: Connection, hook_id: int, failing_since: datetime | None) -> None:
    """Since when this webhook has only failed; None: it works."""
    tx.execute(update(hook).where(hook.c.id == hook_id).values(failing_since=failing_since))


def failed_count(tx: Connection, hook_id: int, since: datetime, cap: int, but: int) -> int:
    """How many different messages beside `but` this webhook's endpoint has failed since then, counted up to `cap`.

    Those it merely refused are not among them, nor what happened more than a week before.
    """
    row = hook_delivery.c
    fault = (row.code < 400) | (row.code >= 500) | row.code.in_(OF_ENDPOINT)
    happened = row.hook_id == hook_id, row.at >= since - timedelta(days=7)  # a message is tried for three days
    query = (
        select(row.id).where(*happened, row.answered_at >= since, row.state != "sent", row.id != but, fault).limit(cap)
    )
    return len(tx.execute(query).all())


def rest(tx: Connection, hook_id: int, now: datetime, until: datetime) -> None:
    """Whatever is due for this webhook waits until then; it costs no attempt."""
    due = hook_delivery.c.hook_id == hook_id, hook_delivery.c.due_at <= now
    tx.execute(update(hook_delivery).where(*due).values(due_at=until))


def due_count(now: datetime, cap: int) -> ScalarSelect[int]:
    """How many are due, counted up to `cap`, as part of a question."""
    due = select(hook_delivery.c.id).where(hook_delivery.c.due_at <= now).limit(cap).subquery()
    return select(func.count()).select_from(due).scalar_subquery()


def log(tx: Connection, hook_id: int, *, failed: bool, limit: int) -> list[Message]:
    """The newest messages to this webhook, newest first; only those that failed, or have so far."""
    query = select(*_COLUMNS).where(hook_delivery.c.hook_id == hook_id)
    if failed:
        query = query.where(hook_delivery.c.error != "", hook_delivery.c.state != "sent")
    rows = tx.execute(query.order_by(hook_delivery.c.at.desc(), hook_delivery.c.id.desc()).limit(limit))
    return [_message(row) for row in rows]


def find(tx: Connection, number: int) -> Message:
    """The message of that number. Raises NotFound."""
    row = tx.execute(select(*_COLUMNS).where(hook_delivery.c.id == number)).one_or_none()
    if row is None:
        raise NotFound(f"no delivery {number}; `dripcourse hook log HOOK` lists them, and keeps them for thirty days")
    return _message(row)


def replay(tx: Connection, ids: Sequence[int], now: datetime) -> int:
    """Send these anew, as if never tried; how many. One that waits is due at once; one under way is left alone."""
    free = hook_delivery.c.lease_until.is_(None) | (hook_delivery.c.lease_until <= now)
    anew = {"state": "queued", "due_at": now, "attempts": 0, "fence": hook_delivery.c.fence + 1, "lease_until": None}
    return tx.execute(update(hook_delivery).where(hook_delivery.c.id.in_(ids), free).values(anew)).rowcount


def failed_since(tx: Connection, since: datetime, hook_id: int | None) -> list[int]:
    """The numbers of those that happened since then and have failed for good, of working webhooks."""
    query = select(hook_delivery.c.id).join(hook, hook.c.id == hook_delivery.c.hook_id)
    query = query.where(hook.c.revoked_at.is_(None), hook_delivery.c.at >= since, hook_delivery.c.state == "failed")
    if hook_id is not None:
        query = query.where(hook.c.id == hook_id)
    return list(tx.execute(query.order_by(hook_delivery.c.id)).scalars())


def old(tx: Connection, before: datetime, limit: int) -> list[int]:
    """Settled messages of what happened before that moment, found webhook by webhook."""
    row, found = hook_delivery.c, list[int]()
    oldest = select(func.min(row.at)).where(row.hook_id == hook.c.id).scalar_subquery()
    for hook_id, at in tx.execute(select(hook.c.id, oldest)).all():
        if at is not None and at < before:
            query = select(row.id).where(row.hook_id == hook_id, row.at < before, row.due_at.is_(None))
            found += tx.execute(query.order_by(row.at).limit(limit)).scalars()
    return found


def remove(tx: Connection, ids: Sequence[int]) -> None:
    """Take these out of the log."""
    tx.execute(delete(hook_delivery).where(hook_delivery.c.id.in_(ids)))
