"""Takes a batch of due runs for one worker, with all that a decision about them needs; it decides nothing.

PostgreSQL does it in one statement for the whole batch; SQLite, which has one writer and no network, in three.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    FromClause,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    func,
    or_,
    select,
    type_coerce,
    update,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import psycopg

from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.plan import Plan
from dripcourse.domain.states import EnrollmentState
from dripcourse.storage.columns import Moment
from dripcourse.storage.database import driver
from dripcourse.storage.tables import course, delivery, enrollment, subscriber, suppression

_ACTIVE = EnrollmentState.ACTIVE.value
_OF_RUN = [
    enrollment.c[name]
    for name in (
        "id", "public_id", "subscriber_id", "course_id", "run", "fence", "created_at", "reason", "version_id",
        "next_key", "next_date", "last_date", "zone", "hour", "weekdays", "every", "paused_until", "language",
        "without", "asked",
    )
]  # fmt: skip


class Claimed(NamedTuple):
    """One claimed run with its person, flat. What `situation` holds decides alike for all who share it."""

    id: int
    public_id: str
    subscriber_id: int
    course_id: int
    run: int
    fence: int  # already raised by this claim
    created_at: datetime
    reason: str
    was_due: datetime
    # the situation
    version_id: int
    current_id: int  # the course's current version
    next_key: str
    next_date: date | None
    last_date: date | None
    zone: str
    hour: str  # HH:MM
    weekdays: int
    every: int
    paused_until: date | None
    person_state: str
    # the person
    address: str
    address_key: str
    name: str
    suppressed: bool
    tried: bool  # there is a delivery of this lesson already
    # what its reader chose
    language: str
    without: str
    asked: bool  # he wants this lesson at once

    @property
    def situation(self) -> tuple[Any, ...]:
        """Everything of the run that a decision looks at, where nothing is odd about it."""
        return self[9:20]

    def enrollment(self, lease_until: datetime) -> Enrollment:
        """The run as the domain sees it, claimed until then."""
        return Enrollment(
            self.id, self.public_id, self.subscriber_id, self.course_id, self.version_id, self.run,
            EnrollmentState.ACTIVE, _plan(self.zone, self.hour, self.weekdays, self.every, self.paused_until),
            self.next_key, self.next_date, self.last_date, lease_until, lease_until, self.fence,
            self.created_at.astimezone(UTC), self.reason, self.language, self.without, self.asked,
        )  # fmt: skip


@lru_cache(maxsize=4096)
def _plan(zone: str, hour: str, weekdays: int, every: int, paused_until: date | None) -> Plan:
    return Plan(zone, time.fromisoformat(hour), weekdays, every, paused_until)


def _claimed_factory(_cursor: object) -> Callable[[Sequence[Any]], Claimed]:
    """The driver's rows as they are."""
    return Claimed._make


class Mark(NamedTuple):
    """How far the due index has been claimed: nothing due lies before it, but for what became due again."""

    due_at: datetime
    id: int


def take(
    tx: Connection, *, now: datetime, lease_until: datetime, limit: int, after: Mark | None = None
) -> list[Claimed]:
    """Take up to `limit` due runs for this worker alone, until the lease ends; their fences rise by one. By id.

    `due_at` moves to the lease's end, so that the index over what is due no longer holds the claimed rows. Rows that
    another worker holds are passed over (SKIP LOCKED; SQLite has one writer). `after` begins the search there: the
    index entries of rows claimed before stay in it for as long as anybody's old snapshot needs them.
    """
    if tx.dialect.name == "sqlite":
        found = _take_one_by_one(tx, now, lease_until, limit, after)
    else:
        found = _take_at_once(tx, now, lease_until, limit, after)
    found.sort(key=lambda row: row.id)
    return found


def _due(*, marked: bool) -> Select[Any]:
    now: Any = bindparam("now", type_=Moment())
    query = (
        select(enrollment.c.id, enrollment.c.due_at.label("was_due"))
        .where(enrollment.c.state == _ACTIVE, enrollment.c.due_at <= now)
        .where(or_(enrollment.c.lease_until.is_(None), enrollment.c.lease_until <= now))
        .order_by(enrollment.c.due_at, enrollment.c.id)
        .limit(bindparam("most", type_=Integer()))
    )
    if not marked:
        return query
    mark_at: Any = bindparam("mark_at", type_=Moment())
    beyond = or_(enrollment.c.due_at > mark_at, enrollment.c.id > bindparam("mark_id", type_=BigInteger()))
    return query.where(enrollment.c.due_at >= mark_at, beyond)


def _given(now: datetime, lease_until: datetime, limit: int, after: Mark | None) -> dict[str, Any]:
    given = {"now": now, "lease": lease_until, "most": limit}
    return given if after is None else {**given, "mark_at": after.due_at, "mark_id": after.id}


def _take_at_once(
    tx: Connection, now: datetime, lease_until: datetime, limit: int, after: Mark | None
) -> list[Claimed]:
    """One statement, read by the driver alone: what a row costs here is a fifth of what the whole way to it costs."""
    statement, constants = _compiled(after is not None)
    with driver(tx) as connection, connection.cursor(row_factory=_claimed_factory) as cursor:
        cursor.execute(statement, {**constants, **_given(now, lease_until, limit, after)})
        found: list[Claimed] = cursor.fetchall()
        return found


@lru_cache(maxsize=2)
def _compiled(marked: bool) -> tuple[str, dict[str, Any]]:
    """(statement, its constants). The array keeps its plan whatever the statistics say; a join was seen to lose it."""
    ripe = _due(marked=marked).with_for_update(skip_locked=True).cte("due")  # a locking CTE is run exactly once
    ids = func.any(func.array(select(ripe.c.id).scalar_subquery()))
    took = update(enrollment).where(enrollment.c.id == ids).values(_leased()).returning(*_OF_RUN)
    found = _joined(took.cte("took"), ripe).compile(dialect=psycopg.dialect())  # type: ignore[no-untyped-call]
    return str(found), dict(found.params)


def _take_one_by_one(
    tx: Connection, now: datetime, lease_until: datetime, limit: int, after: Mark | None
) -> list[Claimed]:
    given = _given(now, lease_until, limit, after)
    ids = tx.execute(_due(marked=after is not None), given).all()
    mine = enrollment.c.id.in_([row.id for row in ids])
    tx.execute(update(enrollment).where(mine).values(_leased()), {"lease": lease_until})
    was_due = {row.id: row.was_due for row in ids}
    found = tx.execute(_joined(enrollment).where(mine)).all()
    return [Claimed._make((*row[:8], was_due[row[0]], *row[9:])) for row in found]


def _leased() -> dict[str, Any]:
    lease = bindparam("lease", type_=Moment())
    return {"lease_until": lease, "due_at": lease, "fence": enrollment.c.fence + 1}


def _joined(took: FromClause, ripe: FromClause | None = None) -> Select[Any]:
    """The columns of `Claimed`, for the rows that were taken."""
    run, person, row = took.c, subscriber.c, delivery.c
    was_due = enrollment.c.due_at if ripe is None else ripe.c.was_due
    query = (
        select(
            run.id, run.public_id, run.subscriber_id, run.course_id, run.run, run.fence, run.created_at, run.reason,
            was_due,
            run.version_id, course.c.version_id, run.next_key, run.next_date, run.last_date, run.zone,
            type_coerce(run.hour, String),
            run.weekdays, run.every, run.paused_until, person.state,
            person.address, person.address_key, person.name,
            suppression.c.at.is_not(None), row.id.is_not(None), run.language, run.without, run.asked,
        )
        .join(subscriber, person.id == run.subscriber_id)
        .join(course, course.c.id == run.course_id)
        .outerjoin(suppression, suppression.c.address_key == person.address_key)
        .outerjoin(delivery, and_(row.enrollment_id == run.id, row.lesson_key == run.next_key))
    )  # fmt: skip
    return query if ripe is None else query.join(ripe, ripe.c.id == run.id)
