"""Changes to a run under way: pause, resume, skip, move, restart, cancel, leave, return. Each in one transaction.

A change raises the fence, so that a batch that holds this person sends him nothing more under the old plan; the
lease stays, so that nobody else takes the run up while that batch may still be on the wire.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

from dripcourse.domain import progress, sending
from dripcourse.domain.calendar import local_date
from dripcourse.domain.enrollment import Delivery, Enrollment, Step
from dripcourse.domain.plan import Plan
from dripcourse.domain.states import ENDED, HANDLED, DeliveryState, EnrollmentState
from dripcourse.errors import InputError, Refused
from dripcourse.flows.books import Shelf
from dripcourse.flows.enroll import Wish, may_begin, new_run
from dripcourse.storage import consents, courses, deliveries, enrollments, events, subscribers, suppressions
from dripcourse.storage.consents import Consent
from dripcourse.storage.database import Transaction
from dripcourse.storage.events import Event

#: Nobody plans a year ahead; a longer pause is an open one.
LONGEST_PAUSE = timedelta(days=366)


def pause(
    tx: Transaction, shelf: Shelf, one_id: int, now: datetime, *, how: str, until: date | None = None
) -> Enrollment:
    """Stop lessons, until a date or until `resume`. The whole remaining plan moves; nothing is dropped or bunched.

    A run that is paused just so already is returned as it is: nothing changed, nothing is noted.
    """
    held = enrollments.lock(tx, [one_id])[one_id]
    _going(held, "paused")
    today = local_date(now, held.plan.zone)
    if until is not None and not today < until <= today + LONGEST_PAUSE:
        raise InputError(f"a pause until {until} is not possible: the date must lie ahead, by a year at most")
    if _is_paused(held, until):
        return held

    def change(one: Enrollment) -> Enrollment:
        if until is None:
            return replace(one, state=EnrollmentState.PAUSED, reason="paused", due_at=None)
        plan = replace(one.plan, paused_until=until)
        return replan(tx, shelf, replace(one, plan=plan, state=EnrollmentState.ACTIVE, reason=""), now)

    return _change(tx, one_id, now, change, "paused", how, until=str(until) if until else "resume")


def _is_paused(one: Enrollment, until: date | None) -> bool:
    if until is None:
        return one.state is EnrollmentState.PAUSED
    return one.state is EnrollmentState.ACTIVE and one.plan.paused_until == until


def resume(tx: Transaction, shelf: Shelf, one_id: int, now: datetime, *, how: str) -> Enrollment:
    """End a pause, dated or open: the next lesson goes at the next hour of the plan."""

    def change(one: Enrollment) -> Enrollment:
        _going(one, "resumed")
        if one.state is EnrollmentState.ACTIVE and one.plan.paused_until is None:
            raise Refused("this run is not paused")
        plan = replace(one.plan, paused_until=None)
        _try_afresh(tx, one)
        return replan(tx, shelf, replace(one, plan=plan, state=EnrollmentState.ACTIVE, reason=""), now)

    return _change(tx, one_id, now, change, "resumed", how)


def _try_afresh(tx: Transaction, one: Enrollment) -> None:
    """Where we gave up on a lesson, a resume begins a new week of tries."""
    row = deliveries.of_next_lessons(tx, [one.id]).get(one.id)
    if one.state is EnrollmentState.PAUSED and row is not None and row.state is DeliveryState.RETRY:
        deliveries.save(tx, [replace(row, attempts=0)])


def move(tx: Transaction, shelf: Shelf, one_id: int, plan: Plan, now: datetime, *, how: str) -> Enrollment:
    """Another zone, hour, weekdays or pace. The date of the last lesson stays used: never two on a local day."""

    def change(one: Enrollment) -> Enrollment:
        _going(one, "moved")
        last = _last_sent(tx, one.id)
        # Read in the new zone, the last lesson may have come a date later (Los Angeles -> Auckland).
        used = progress.last_date_after(one.last_date, None, last, plan.zone) if last else one.last_date
        moved = replace(one, plan=replace(plan, paused_until=one.plan.paused_until), last_date=used)
        return replan(tx, shelf, moved, now)

    return _change(tx, one_id, now, change, "plan-changed", how, plan=str(plan))


def skip(tx: Transaction, shelf: Shelf, one_id: int, now: datetime, *, how: str) -> Enrollment:
    """Pass over the next lesson; the one after it takes its day."""
    lesson = ""

    def change(one: Enrollment) -> Enrollment:
        nonlocal lesson
        _going(one, "skipped")
        one = _past_handled(tx, shelf, one)
        if one.next_key is None:
            return one
        lesson = one.next_key
        row = _row_of(tx, one.id, lesson)
        if row is not None and row.state is DeliveryState.SENDING:
            raise Refused(f"lesson {lesson} is on its way at this moment; try again in a minute")
        _write_skipped(tx, one, row, now, how)
        book = shelf.book(tx, one.version_id)
        following = book.following(tx, one.id, lesson)
        after = sending.pass_over(one, book.version.step(lesson), following, row, now, one.due_at)
        return replace(after, lease_until=one.lease_until)

    done = _change(tx, one_id, now, change, "", how)
    events.record(tx, [Event(now, "skipped", how, done.subscriber_id, done.id, {"lesson": lesson})])
    return done


def _row_of(tx: Transaction, one_id: int, key: str) -> Delivery | None:
    return next((row for row in deliveries.of_enrollment(tx, one_id) if row.lesson_key == key), None)


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


def _write_skipped(tx: Transaction, one: Enrollment, row: Delivery | None, now: datetime, how: str) -> None:
    if row is not None and row.state is DeliveryState.UNKNOWN:
        return  # it may have arrived: the ledger must go on saying so
    if row is not None:
        deliveries.save(tx, [replace(row, state=DeliveryState.SKIPPED, local_date=None, reason=f"skipped by {how}")])
        return
    new = Delivery(
        0, one.id, one.next_key or "", one.version_id, True, None, one.due_at or now, one.plan.zone,
        DeliveryState.SKIPPED, 0, one.fence, "", 0, "", now, reason=f"skipped by {how}",
    )  # fmt: skip
    deliveries.add(tx, [new])


def cancel(tx: Transaction, one_id: int, now: datetime, *, how: str, why: str = "") -> Enrollment:
    """An admin ends the run; what was sent stays in the ledger."""
    return end(tx, one_id, EnrollmentState.CANCELLED, why or "cancelled", now, how=how)


def end(tx: Transaction, one_id: int, state: EnrollmentState, why: str, now: datetime, *, how: str) -> Enrollment:
    """End the run in that state. Raises Refused where it has ended already."""

    def change(one: Enrollment) -> Enrollment:
        if one.state in ENDED:
            raise Refused(f"this run has ended already ({one.state})")
        return replace(one, state=state, reason=why, due_at=None)

    return _change(tx, one_id, now, change, state.value, how, why=why)


def come_back(tx: Transaction, shelf: Shelf, one_id: int, now: datetime, *, how: str) -> Enrollment:
    """Undo leaving: the run goes on where it was. Raises Refused where it did not end by leaving."""

    def change(one: Enrollment) -> Enrollment:
        if one.state is not EnrollmentState.LEFT:
            raise Refused(f"there is nothing to undo: this run is {one.state}")
        if one.next_key is None:  # pruned: which lessons he had is no longer known
            raise Refused("it is too long ago: what you had of this course is no longer kept; sign up to begin it anew")
        if suppressions.reason(tx, subscribers.by_id(tx, one.subscriber_id).address_key):
            raise Refused("nothing is sent to this address any more; to begin anew, write to us")
        if any(other.run > one.run for other in enrollments.of_subscriber(tx, one.subscriber_id, one.course_id)):
            raise Refused("there is nothing to undo: you began this course anew since")
        return replan(tx, shelf, replace(one, state=EnrollmentState.ACTIVE, reason=""), now)

    return _change(tx, one_id, now, change, "returned", how)


def restart(tx: Transaction, shelf: Shelf, one_id: int, now: datetime, *, how: str, again: bool = False) -> Enrollment:
    """A new run from the first lesson, with the same plan; the old one ends as "restarted".

    Raises Refused where no new run may begin: a suppressed address, or one who left (unless he asked: `again`).
    """
    one = enrollments.lock(tx, [one_id])[one_id]
    may_begin(tx, subscribers.by_id(tx, one.subscriber_id), one.course_id, how=how, again=again)
    if one.state not in ENDED:
        end(tx, one_id, EnrollmentState.RESTARTED, "restarted", now, how=how)
    course = courses.by_id(tx, one.course_id)
    consents.record(tx, Consent(one.subscriber_id, course.id, "confirmed", now, how, wording="Started again."))
    source = {**enrollments.source_of(tx, one.id), "restart_of": one.run}
    plan = replace(one.plan, paused_until=None)
    wish = Wish(plan, source=source, language=one.language, without=one.without)
    return new_run(tx, shelf, one.subscriber_id, course, wish, now, how=how)


def replan(tx: Transaction, shelf: Shelf, one: Enrollment, now: datetime) -> Enrollment:
    """The same run with its next lesson on the first free day of its (new) plan. The lease stays as it is."""
    if one.next_key is None:
        return replace(one, state=EnrollmentState.FINISHED, next_date=None, due_at=None)
    # One that an edit dropped while it was being tried is passed over on its day, and the one after it goes then.
    step = shelf.book(tx, one.version_id).version.step(one.next_key) or Step(one.next_key, 0, scheduled=True)
    return replace(sending.at_step(one, step, now), lease_until=one.lease_until)


def _last_sent(tx: Transaction, one_id: int) -> datetime | None:
    rows = deliveries.of_enrollment(tx, one_id)
    return max((row.sent_at for row in rows if row.sent_at and row.scheduled), default=None)


def _going(one: Enrollment, what: str) -> None:
    if one.state in ENDED:
        raise Refused(f"this run is {one.state} and cannot be {what}; `enrollment restart` begins a new one")


def _change(
    tx: Transaction,
    one_id: int,
    now: datetime,
    change: Callable[[Enrollment], Enrollment],
    kind: str,
    how: str,
    **data: str,
) -> Enrollment:
    """Lock, change, raise the fence, write, note in the ledger."""
    one = enrollments.lock(tx, [one_id])[one_id]
    changed = replace(change(one), fence=one.fence + 1)
    enrollments.save(tx, [changed], now)
    if kind:
        events.record(tx, [Event(now, kind, how, one.subscriber_id, one.id, data)])
    return changed
