"""Outgoing webhooks: where they go, what they want, and the outbox that fills in the transaction of what happened."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Row, case, insert, or_, select, update

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


def revoke(tx: Connection, one: Hook, at: datetime) -> None:
    """Send nothing more there, for good: what waits has failed."""
    _WANTED.pop(tx.engine, None)
    tx.execute(update(hook).where(hook.c.id == one.id).values(revoked_at=at, failing_since=None))
    set_aside(tx, [replace(one, revoked_at=at, failing_since=None)])


def disable(tx: Connection, one: Hook, at: datetime) -> None:
    """Send nothing more there until somebody enables it: what waits is kept."""
    _WANTED.pop(tx.engine, None)
    gone = replace(one, revoked_at=at, failing_since=one.failing_since or at)
    tx.execute(update(hook).where(hook.c.id == one.id).values(revoked_at=at, failing_since=gone.failing_since))
    set_aside(tx, [gone])


def enable(tx: Connection, one: Hook, at: datetime) -> int:
    """Go on after we disabled it, with what was kept, as if never tried; how many messages that are.

    Raises Refused where an admin revoked it, or where it is not disabled.
    """
    if one.state != "disabled":
        raise Refused(f"the webhook {one.public_id} is {one.state}; only a disabled one can be enabled")
    _WANTED.pop(tx.engine, None)
    tx.execute(update(hook).where(hook.c.id == one.id).values(revoked_at=None, failing_since=None))
    anew = {"state": "queued", "due_at": at, "attempts": 0, "error": "", "fence": hook_delivery.c.fence + 1}
    kept = hook_delivery.c.hook_id == one.id, hook_delivery.c.state == "kept"
    return tx.execute(update(hook_delivery).where(*kept).values(anew)).rowcount


def set_aside(tx: Connection, gone: Iterable[Hook]) -> None:
    """What waits for these is not sent: it has failed where an admin revoked the webhook, and is kept where we did."""
    row = hook_delivery.c
    waits = row.due_at.is_not(None)
    why = case((row.error != "", row.error), else_="the webhook was disabled")
    keep: dict[str, Any] = {"state": "kept", "error": why}
    drop: dict[str, Any] = {"state": "failed", "error": "the webhook was revoked"}
    for one in gone:
        which, follows = (waits, keep) if one.state == "disabled" else (or_(waits, row.state == "kept"), drop)
        aside = {**follows, "due_at": None, "lease_until": None, "fence": row.fence + 1}
        tx.execute(update(hook_delivery).where(row.hook_id == one.id, which).values(aside))


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
