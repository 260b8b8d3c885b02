"""What a change would make of a run: pause, resume, another plan, skip, send now, begin anew. Decided, nothing written.

`pace` writes what is decided here, and a page that says beforehand what will be true asks the same functions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from dripcourse.domain import deciding, progress, sending
from dripcourse.domain.calendar import local_date
from dripcourse.domain.deciding import Send, Situation
from dripcourse.domain.enrollment import Delivery, Enrollment, Step
from dripcourse.domain.plan import Plan
from dripcourse.domain.progress import slot_for
from dripcourse.domain.states import ENDED, HANDLED, DeliveryState, EnrollmentState
from dripcourse.errors import InputError, Refused
from dripcourse.flows.books import Shelf
from dripcourse.storage import courses, deliveries, enrollments, events
from dripcourse.storage.database import Transaction

#: Nobody plans a year ahead; a longer pause is an open one.
LONGEST_PAUSE = timedelta(days=366)
#: Lessons that one run may ask for within a day.
ASKED_A_DAY = 3
_DAY = timedelta(days=1)


class NotNow(Refused):
    """The next lesson cannot go at once. `why` is "paused", "begins" (on a day to come) or "enough" (for today)."""

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message)
        self.why = why


@dataclass(frozen=True)
class Skip:
    """The run past its next lesson, which lesson that was ("" where none was left), and its row if it was tried."""

    run: Enrollment
    lesson: str
    row: Delivery | None = None


def paused(tx: Transaction, shelf: Shelf, one: Enrollment, now: datetime, until: date | None) -> Enrollment:
    """Until that date, or until he resumes; where the course has a first day, not before that.

    A run that is paused, or waits, just so already is returned as it is.
    """
    going(one, "paused")
    today = local_date(now, one.plan.zone)
    if until is not None and not today < until <= today + LONGEST_PAUSE:
        raise InputError(f"a pause until {until} is not possible: the date must lie ahead, by a year at most")
    if until is not None:
        until = max(until, one.to_begin(today) or until)
    if _is_paused(one, until):
        return one
    one = replace(one, asked=False)
    if until is None:
        return replace(one, state=EnrollmentState.PAUSED, reason="paused", due_at=None)
    plan = replace(one.plan, paused_until=until)
    return replan(tx, shelf, replace(one, plan=plan, state=EnrollmentState.ACTIVE, reason=""), now)


def _is_paused(one: Enrollment, until: date | None) -> bool:
    if until is None:
        return one.state is EnrollmentState.PAUSED
    return one.state is EnrollmentState.ACTIVE and one.plan.paused_until == until


def resumed(tx: Transaction, shelf: Shelf, one: Enrollment, now: datetime) -> Enrollment:
    """The pause ends, dated or open: the next lesson goes at the next hour of the plan, or on the course's first day.

    Raises Refused where there is no pause: nobody can begin before his group does.
    """
    going(one, "resumed")
    begins = one.to_begin(local_date(now, one.plan.zone))
    if one.state is EnrollmentState.ACTIVE and one.plan.paused_until in (None, begins):
        raise Refused(f"this run is not paused; it begins on {begins}" if begins else "this run is not paused")
    plan = replace(one.plan, paused_until=begins)
    return replan(tx, shelf, replace(one, plan=plan, state=EnrollmentState.ACTIVE, reason=""), now)


def moved(tx: Transaction, shelf: Shelf, one: Enrollment, plan: Plan, now: datetime) -> Enrollment:
    """By another plan. The date of the last lesson stays used: never two on a local day."""
    going(one, "moved")
    last = _last_sent(tx, one.id)
    # Read in the new zone, the last lesson may have come a date later (Los Angeles -> Auckland).
    used = progress.last_date_after(one.last_date, None, last, plan.zone) if last else one.last_date
    return replan(tx, shelf, replace(one, plan=replace(plan, paused_until=one.plan.paused_until), last_date=used), now)


def skipped(tx: Transaction, shelf: Shelf, one: Enrollment, now: datetime) -> Skip:
    """Past the next lesson; the one after it takes its day. Raises Refused where it is on its way."""
    going(one, "skipped")
    if one.asked:  # what is passed over need not come at once
        one = replan(tx, shelf, replace(one, asked=False), now)
    one = _past_handled(tx, shelf, one)
    if one.next_key is None:
        return Skip(one, "")
    row = _row_of(tx, one.id, one.next_key)
    _not_on_its_way(one, row)
    book = shelf.book(tx, one.version_id)
    following = book.following(tx, one.id, one.next_key)
    after = sending.pass_over(one, book.version.step(one.next_key), following, row, now, one.due_at)
    return Skip(replace(after, lease_until=one.lease_until), one.next_key, row)


def asked(tx: Transaction, shelf: Shelf, one: Enrollment, now: datetime) -> Enrollment:
    """The next lesson is due at once; the plan of those after it stays. One that is due already is due as it was.

    Raises Refused where that cannot be: a lesson is on its way. NotNow: it is paused, has not begun, or as many were
    asked for today as may be.
    """
    going(one, "asked for a lesson")
    today = local_date(now, one.plan.zone)
    if one.is_paused(today):
        raise NotNow("paused", "this run is paused: end the pause first")
    if (begins := one.to_begin(today)) is not None:
        raise NotNow("begins", f"the course begins on {begins}; no lesson comes before")
    if one.asked:  # as ever where it is on its way; what an outage, or trouble, has put off is due again
        tried = _row_of(tx, one.id, one.next_key or "") is not None
        return one if tried or one.due_at is None else replace(one, due_at=min(one.due_at, now))
    one = _past_handled(tx, shelf, one)
    if one.next_key is None:
        raise Refused("there is no lesson left to send")
    row = _row_of(tx, one.id, one.next_key)
    _not_on_its_way(one, row)
    if row is not None:
        raise Refused(f"lesson {one.next_key} has been tried already and is tried again by itself")
    if one.due_at is not None and one.due_at <= now:
        return one
    if events.count(tx, one.id, "asked-now", now - _DAY) >= ASKED_A_DAY:
        raise NotNow("enough", f"{ASKED_A_DAY} lessons have been asked for within a day; the next comes by the plan")
    return replace(one, asked=True, due_at=now)


def after_sending(tx: Transaction, shelf: Shelf, one: Enrollment, now: datetime) -> Enrollment:
    """The run once the lesson that is due now has gone, as claim and settlement decide it."""
    book, key = shelf.book(tx, one.version_id), one.next_key or ""
    step = book.version.step(key)
    found = deciding.decide(Situation(one, step, None, ""), now)
    if step is None or not isinstance(found, Send):
        return one
    day = found.slot.day if step.scheduled and found.takes_day else None
    row = Delivery(
        0, one.id, key, one.version_id, step.scheduled and not found.asked, day, found.slot.at, one.plan.zone,
        DeliveryState.SENDING, 1, one.fence, "", 0, "", now,
    )  # fmt: skip
    return sending.accepted(one, row, book.following(tx, one.id, key), now)


def anew(tx: Transaction, shelf: Shelf, one: Enrollment, now: datetime) -> Enrollment:
    """The run that would begin with the first lesson, as `enroll.new_run` makes it; it has the old one's id."""
    runs = enrollments.of_subscriber(tx, one.subscriber_id, one.course_id)
    used = max((run.last_date for run in runs if run.last_date), default=None)
    version_id = courses.by_id(tx, one.course_id).version_id
    begins = one.to_begin(local_date(now, one.plan.zone))
    plan, first = replace(one.plan, paused_until=begins), shelf.book(tx, version_id).steps[0]
    slot = slot_for(first, plan, after=used, not_before=now)
    return replace(
        one, version_id=version_id, state=EnrollmentState.ACTIVE, reason="", plan=plan, next_key=first.key,
        next_date=slot.day, last_date=used, due_at=slot.at, lease_until=None, asked=False, begins=begins,
    )  # fmt: skip


def replan(tx: Transaction, shelf: Shelf, one: Enrollment, now: datetime) -> Enrollment:
    """The same run with its next lesson on the first free day of its (new) plan. The lease stays as it is."""
    if one.next_key is None:
        return replace(one, state=EnrollmentState.FINISHED, next_date=None, due_at=None)
    # One that an edit dropped while it was being tried is passed over on its day, and the one after it goes then.
    step = shelf.book(tx, one.version_id).version.step(one.next_key) or Step(one.next_key, 0, scheduled=True)
    return replace(sending.at_step(one, step, now), lease_until=one.lease_until)


def going(one: Enrollment, what: str) -> None:
    """Raise Refused where the run has ended."""
    if one.state in ENDED:
        raise Refused(f"this run is {one.state} and cannot be {what}; `enrollment restart` begins a new one")


def _past_handled(tx: Transaction, shelf: Shelf, one: Enrollment) -> Enrollment:
    """The run at a lesson it has not had: after a re-ordering the next one may have gone already."""
    book = shelf.book(tx, one.version_id)
    while one.next_key is not None:
        row = _row_of(tx, one.id, one.next_key)
        if row is None or row.state not in HANDLED:
            return one
        following = book.following(tx, one.id, one.next_key)
        after = sending.pass_over(
            one, book.version.step(one.next_key), following, row, one.due_at or row.planned_at, one.due_at
        )
        one = replace(after, lease_until=one.lease_until)
    return one


def _not_on_its_way(one: Enrollment, row: Delivery | None) -> None:
    if row is not None and row.state is DeliveryState.SENDING:
        raise Refused(f"lesson {one.next_key} is on its way at this moment; try again in a minute")


def _row_of(tx: Transaction, one_id: int, key: str) -> Delivery | None:
    return next((row for row in deliveries.of_enrollment(tx, one_id) if row.lesson_key == key), None)


def _last_sent(tx: Transaction, one_id: int) -> datetime | None:
    rows = deliveries.of_enrollment(tx, one_id)
    return max((row.sent_at for row in rows if row.sent_at and row.takes_day), default=None)
