"""Outgoing webhooks: where they go, what they want, and the outbox that fills in the transaction of what happened."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Row, insert, select, update

from dripcourse.errors import NotFound, Refused
from dripcourse.storage.public_ids import new_public_id
from dripcourse.storage.tables import course, enrollment, form, hook, hook_delivery

#: Seconds for which a process believes that it knows what is wanted: how long a new webhook may take to begin.
BELIEVED = 3.0
_WANTED: WeakKeyDictionary[Engine, tuple[float, frozenset[str]]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Hook:
    """One webhook. `course_id` None: of every course. One that is revoked while it fails was disabled by us."""

    id: int
    public_id: str
    url: str
    kinds: tuple[str, ...]
    course_id: int | None
    created_at: datetime
    revoked_at: datetime | None
    failing_since: datetime | None

    @property
    def state(self) -> str:
        """In one word: active, failing, disabled (by us), revoked (by an admin)."""
        if self.revoked_at is not None:
            return "disabled" if self.failing_since else "revoked"
        return "failing" if self.failing_since else "active"


@dataclass(frozen=True)
class Happening:
    """Something a webhook may want to know. The course: by its id, else by the run, else by `data`'s course or form."""

    kind: str
    at: datetime
    subscriber_id: int | None
    enrollment_id: int | None
    data: Mapping[str, Any] = field(default_factory=dict)
    course_id: int | None = None


def value(row: Row[Any]) -> Hook:
    """The row as a value."""
    return Hook(
        row.id, row.public_id, row.url, tuple(row.kinds.split()), row.course_id, row.created_at, row.revoked_at,
        row.failing_since,
    )  # fmt: skip


def add(tx: Connection, url: str, kinds: Sequence[str], course_id: int | None, at: datetime) -> Hook:
    """A new webhook."""
    query = insert(hook).values(
        public_id=new_public_id(), url=url, kinds=" ".join(kinds), course_id=course_id, created_at=at
    )
    _WANTED.pop(tx.engine, None)
    return value(tx.execute(query.returning(*hook.c)).one())


def every(tx: Connection) -> list[Hook]:
    """All, oldest first."""
    return [value(row) for row in tx.execute(select(hook).order_by(hook.c.id))]


def find(tx: Connection, public_id: str) -> Hook:
    """The webhook of that id. Raises NotFound, and says which there are."""
    row = tx.execute(select(hook).where(hook.c.public_id == public_id)).one_or_none()
    if row is None:
        ids = ", ".join(one.public_id for one in every(tx)) or "none yet"
        raise NotFound(f"no webhook {public_id!r}; the webhooks are: {ids}")
    return value(row)


def revoke(tx: Connection, one: Hook, at: datetime, *, by_us: bool = False) -> None:
    """Send nothing more there: what waits has failed. `by_us`: it was disabled, and may be enabled again."""
    _WANTED.pop(tx.engine, None)
    changed = {"revoked_at": at, "failing_since": (one.failing_since or at) if by_us else None}
    tx.execute(update(hook).where(hook.c.id == one.id).values(changed))
    drop_queue(tx, [one.id], "the webhook was disabled" if by_us else "the webhook was revoked")


def enable(tx: Connection, one: Hook) -> None:
    """Go on after we disabled it. Raises Refused where an admin revoked it, or where it is not disabled."""
    if one.state != "disabled":
        raise Refused(f"the webhook {one.public_id} is {one.state}; only a disabled one can be enabled")
    _WANTED.pop(tx.engine, None)
    tx.execute(update(hook).where(hook.c.id == one.id).values(revoked_at=None, failing_since=None))


def drop_queue(tx: Connection, ids: Sequence[int], why: str) -> None:
    """What waits for these webhooks is not sent."""
    waiting = hook_delivery.c.hook_id.in_(ids) & hook_delivery.c.due_at.is_not(None)
    gone = {"state": "failed", "due_at": None, "lease_until": None, "error": why, "fence": hook_delivery.c.fence + 1}
    tx.execute(update(hook_delivery).where(waiting).values(gone))


def wanted(tx: Connection) -> frozenset[str]:
    """The kinds that some webhook wants, as this process knew it some seconds ago at most.

    Where there is no webhook, whatever happens costs a look into a dictionary, and a question every few seconds.
    """
    known = _WANTED.get(tx.engine)
    if known is None or time.monotonic() - known[0] > BELIEVED:
        kinds = tx.execute(select(hook.c.kinds).where(hook.c.revoked_at.is_(None))).scalars()
        known = time.monotonic(), frozenset(kind for some in kinds for kind in some.split())
        _WANTED[tx.engine] = known
    return known[1]


def offer(tx: Connection, happenings: Iterable[Happening]) -> None:
    """Queue a message for each webhook that wants one of these. Commits with what happened, or not at all."""
    seen = list(happenings)
    if not seen or wanted(tx).isdisjoint(one.kind for one in seen):
        return
    hooks = [value(row) for row in tx.execute(select(hook).where(hook.c.revoked_at.is_(None)).order_by(hook.c.id))]
    courses = _courses(tx, seen) if any(each.course_id for each in hooks) else {}
    rows = [
        _row(each, one)
        for number, one in enumerate(seen)
        for each in hooks
        if one.kind in each.kinds and each.course_id in (None, courses.get(number))
    ]
    if rows:
        tx.execute(insert(hook_delivery), rows)


def _row(to: Hook, one: Happening) -> dict[str, Any]:
    return {
        "hook_id": to.id, "subscriber_id": one.subscriber_id, "enrollment_id": one.enrollment_id, "kind": one.kind,
        "data": dict(one.data), "at": one.at, "state": "queued", "due_at": one.at,
    }  # fmt: skip


def _courses(tx: Connection, seen: Sequence[Happening]) -> dict[int, int | None]:
    """The course of each, by its place, None where it has none."""
    runs = {one.enrollment_id for one in seen if one.enrollment_id and one.course_id is None}
    slugs = {str(one.data.get("course", "")) for one in seen}
    asked = {str(one.data.get("form", "")) for one in seen}
    of_run = _pairs(tx, enrollment.c.id, enrollment.c.course_id, runs)
    of_slug = _pairs(tx, course.c.slug, course.c.id, slugs - {""})
    of_form = _pairs(tx, form.c.slug, form.c.course_id, asked - {""})
    return {
        number: one.course_id
        or of_run.get(one.enrollment_id)
        or of_slug.get(one.data.get("course"))
        or of_form.get(one.data.get("form"))
        for number, one in enumerate(seen)
    }


def _pairs(tx: Connection, key: Any, found: Any, keys: set[Any]) -> dict[Any, int]:
    return {row[0]: row[1] for row in tx.execute(select(key, found).where(key.in_(keys)))} if keys else {}
