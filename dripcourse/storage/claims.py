"""Takes a batch of due runs for one worker, with all that a decision about them needs; it decides nothing.

PostgreSQL does it in one statement for the whole batch; SQLite, which has one writer and no network, in three.
"""

from __future__ import annotations

from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, FromClause, Select, and_, func, or_, select, update

from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.plan import Plan
from dripcourse.domain.states import EnrollmentState
from dripcourse.storage.tables import course, delivery, enrollment, subscriber, suppression

_ACTIVE = EnrollmentState.ACTIVE.value


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
    hour: time
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
            self.created_at, self.reason,
        )  # fmt: skip


@lru_cache(maxsize=4096)
def _plan(zone: str, hour: time, weekdays: int, every: int, paused_until: date | None) -> Plan:
    return Plan(zone, hour, weekdays, every, paused_until)


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
    due = _due(now, after, limit)
    taken = _take_one_by_one if tx.dialect.name == "sqlite" else _take_at_once
    return sorted(map(Claimed._make, taken(tx, due, lease_until)), key=lambda row: row.id)


def _due(now: datetime, after: Mark | None, limit: int) -> Select[Any]:
    query = (
        select(enrollment.c.id, enrollment.c.due_at.label("was_due"))
        .where(enrollment.c.state == _ACTIVE, enrollment.c.due_at <= now)
        .where(or_(enrollment.c.lease_until.is_(None), enrollment.c.lease_until <= now))
        .order_by(enrollment.c.due_at, enrollment.c.id)
        .limit(limit)
    )
    if after is None:
        return query
    return query.where(
        enrollment.c.due_at >= after.due_at,
        or_(enrollment.c.due_at > after.due_at, enrollment.c.id > after.id),
    )


def _take_at_once(tx: Connection, due: Select[Any], lease_until: datetime) -> Any:
    """One statement. The array form keeps its plan whatever the statistics say; a join has been seen to lose it."""
    ripe = due.with_for_update(skip_locked=True).cte("due")  # PostgreSQL runs a locking CTE exactly once
    ids = func.any(func.array(select(ripe.c.id).scalar_subquery()))
    took = update(enrollment).where(enrollment.c.id == ids).values(_leased(lease_until)).returning(*enrollment.c)
    return tx.execute(_joined(took.cte("took"), ripe)).all()


def _take_one_by_one(tx: Connection, due: Select[Any], lease_until: datetime) -> Any:
    ids = tx.execute(due).all()
    mine = enrollment.c.id.in_([row.id for row in ids])
    tx.execute(update(enrollment).where(mine).values(_leased(lease_until)))
    was_due = {row.id: row.was_due for row in ids}
    found = tx.execute(_joined(enrollment).where(mine)).all()
    return [(*row[:8], was_due[row[0]], *row[9:]) for row in found]


def _leased(lease_until: datetime) -> dict[str, Any]:
    return {"lease_until": lease_until, "due_at": lease_until, "fence": enrollment.c.fence + 1}


def _joined(took: FromClause, ripe: FromClause | None = None) -> Select[Any]:
    """The columns of `Claimed`, for the rows that were taken."""
    run, person, row = took.c, subscriber.c, delivery.c
    was_due = run.due_at if ripe is None else ripe.c.was_due
    query = (
        select(
            run.id, run.public_id, run.subscriber_id, run.course_id, run.run, run.fence, run.created_at, run.reason,
            was_due,
            run.version_id, course.c.version_id, run.next_key, run.next_date, run.last_date, run.zone, run.hour,
            run.weekdays, run.every, run.paused_until, person.state,
            person.address, person.address_key, person.name,
            suppression.c.at.is_not(None), row.id.is_not(None),
        )
        .join(subscriber, person.id == run.subscriber_id)
        .join(course, course.c.id == run.course_id)
        .outerjoin(suppression, suppression.c.address_key == person.address_key)
        .outerjoin(delivery, and_(row.enrollment_id == run.id, row.lesson_key == run.next_key))
    )  # fmt: skip
    return query if ripe is None else query.join(ripe, ripe.c.id == run.id)
