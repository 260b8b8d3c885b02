"""Changes to a run under way: pause, resume, skip, move, restart, cancel, leave, return. Each in one transaction.

What each comes to is decided in `turns`; here it is written. A change raises the fence, so that a batch that holds
this person sends him nothing more under the old plan; the lease stays, so that nobody else takes the run up while that
batch may still be on the wire.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from dripcourse.domain.calendar import local_date
from dripcourse.domain.enrollment import Delivery, Enrollment
from dripcourse.domain.plan import Plan
from dripcourse.domain.states import ENDED, DeliveryState, EnrollmentState
from dripcourse.errors import NotFound, Refused
from dripcourse.flows import turns
from dripcourse.flows.books import Shelf
from dripcourse.flows.enroll import Wish, may_begin, new_run
from dripcourse.flows.turns import Skip
from dripcourse.storage import consents, courses, deliveries, enrollments, events, subscribers, suppressions
from dripcourse.storage.consents import Consent
from dripcourse.storage.database import Transaction
from dripcourse.storage.events import Event


def pause(
    tx: Transaction, shelf: Shelf, one_id: int, now: datetime, *, how: str, until: date | None = None
) -> Enrollment:
    """Stop lessons, until a date or until `resume`. The whole remaining plan moves; nothing is dropped or bunched.

    A run that is paused just so already is returned as it is: nothing changed, nothing is noted.
    """
    held = _held(tx, one_id)
    after = turns.paused(tx, shelf, held, now, until)
    if after == held:
        return held
    until = after.plan.paused_until if until else None  # not before its first day
    return _write(tx, after, now, "paused", how, until=str(until or "resume"))


def resume(tx: Transaction, shelf: Shelf, one_id: int, now: datetime, *, how: str) -> Enrollment:
    """End a pause, dated or open: the next lesson goes at the next hour of the plan, or when the course begins."""
    held = _held(tx, one_id)
    after = turns.resumed(tx, shelf, held, now)
    _try_afresh(tx, held)
    waits = {"start": str(after.plan.paused_until)} if after.plan.paused_until else {}
    return _write(tx, after, now, "resumed", how, **waits)


def _try_afresh(tx: Transaction, one: Enrollment) -> None:
    """Where we gave up on a lesson, a resume begins a new week of tries."""
    row = deliveries.of_next_lessons(tx, [one.id]).get(one.id)
    if one.state is EnrollmentState.PAUSED and row is not None and row.state is DeliveryState.RETRY:
        deliveries.save(tx, [replace(row, attempts=0)])


def move(tx: Transaction, shelf: Shelf, one_id: int, plan: Plan, now: datetime, *, how: str) -> Enrollment:
    """Another zone, hour, weekdays or pace. The date of the last lesson stays used: never two on a local day."""
    after = turns.moved(tx, shelf, _held(tx, one_id), plan, now)
    return _write(tx, after, now, "plan-changed", how, plan=str(plan))


def skip(tx: Transaction, shelf: Shelf, one_id: int, now: datetime, *, how: str) -> Enrollment:
    """Pass over the next lesson; the one after it takes its day."""
    held = _held(tx, one_id)
    found = turns.skipped(tx, shelf, held, now)
    if found.lesson:
        _write_skipped(tx, held, found, now, how)
    done = _write(tx, found.run, now, "skipped", how, lesson=found.lesson)
    if done.state is EnrollmentState.FINISHED:
        events.record(tx, [Event(now, "finished", how, done.subscriber_id, done.id, {"lesson": found.lesson})])
    return done


def _write_skipped(tx: Transaction, held: Enrollment, found: Skip, now: datetime, how: str) -> None:
    row = found.row
    if row is not None and row.state is DeliveryState.UNKNOWN:
        return  # it may have arrived: the ledger must go on saying so
    if row is not None:
        deliveries.save(tx, [replace(row, state=DeliveryState.SKIPPED, local_date=None, reason=f"skipped by {how}")])
        return
    new = Delivery(
        0, held.id, found.lesson, held.version_id, True, None, held.due_at or now, held.plan.zone,
        DeliveryState.SKIPPED, 0, held.fence, "", 0, "", now, reason=f"skipped by {how}",
    )  # fmt: skip
    deliveries.add(tx, [new])


def ask(tx: Transaction, shelf: Shelf, one_id: int, now: datetime, *, how: str) -> Enrollment:
    """Send the next lesson now; those after it keep their plan. Asked twice is asked once. Raises as `turns.asked`."""
    held = _held(tx, one_id)
    after = turns.asked(tx, shelf, held, now)
    if after == held:
        return held
    kind = "asked-now" if after.asked and not held.asked else ""  # a wish that was put off is the same wish
    return _write(tx, after, now, kind, how, lesson=after.next_key or "")


def cancel(tx: Transaction, one_id: int, now: datetime, *, how: str, why: str = "") -> Enrollment:
    """An admin ends the run; what was sent stays in the ledger."""
    return end(tx, one_id, EnrollmentState.CANCELLED, why or "cancelled", now, how=how)


def end(tx: Transaction, one_id: int, state: EnrollmentState, why: str, now: datetime, *, how: str) -> Enrollment:
    """End the run in that state. Raises Refused where it has ended already."""
    one = _held(tx, one_id)
    if one.state in ENDED:
        raise Refused(f"this run has ended already ({one.state})")
    return _write(tx, replace(one, state=state, reason=why, due_at=None, asked=False), now, state.value, how, why=why)


def come_back(tx: Transaction, shelf: Shelf, one_id: int, now: datetime, *, how: str) -> Enrollment:
    """Undo leaving: the run goes on where it was. Raises Refused where it did not end by leaving."""
    one = _held(tx, one_id)
    if one.state is not EnrollmentState.LEFT:
        raise Refused(f"there is nothing to undo: this run is {one.state}")
    if one.next_key is None:  # pruned: which lessons he had is no longer known
        raise Refused("it is too long ago: what you had of this course is no longer kept; sign up to begin it anew")
    if suppressions.reason(tx, subscribers.by_id(tx, one.subscriber_id).address_key):
        raise Refused("nothing is sent to this address any more; to begin anew, write to us")
    if any(other.run > one.run for other in enrollments.of_subscriber(tx, one.subscriber_id, one.course_id)):
        raise Refused("there is nothing to undo: you began this course anew since")
    back = turns.replan(tx, shelf, replace(one, state=EnrollmentState.ACTIVE, reason=""), now)
    return _write(tx, back, now, "returned", how)


def restart(tx: Transaction, shelf: Shelf, one_id: int, now: datetime, *, how: str, again: bool = False) -> Enrollment:
    """A new run from the first lesson, with the same plan; the old one ends as "restarted".

    Raises Refused where no new run may begin: a suppressed address, or one who left (unless he asked: `again`).
    """
    one = _held(tx, one_id)
    may_begin(tx, subscribers.by_id(tx, one.subscriber_id), one.course_id, how=how, again=again)
    if one.state not in ENDED:
        end(tx, one_id, EnrollmentState.RESTARTED, "restarted", now, how=how)
    course = courses.by_id(tx, one.course_id)
    consents.record(tx, Consent(one.subscriber_id, course.id, "confirmed", now, how, wording="Started again."))
    source = {**enrollments.source_of(tx, one.id), "restart_of": one.run}
    begins = one.to_begin(local_date(now, one.plan.zone))  # who begins anew before his group does begins with it
    plan = replace(one.plan, paused_until=None)
    wish = Wish(plan, begins, source=source, language=one.language, without=one.without)
    return new_run(tx, shelf, one.subscriber_id, course, wish, now, how=how)


def _held(tx: Transaction, one_id: int) -> Enrollment:
    """The run, locked. Raises NotFound where it was erased at this moment."""
    found = enrollments.lock(tx, [one_id]).get(one_id)
    if found is None:
        raise NotFound("this link is not valid (any more)")
    return found


def _write(tx: Transaction, after: Enrollment, now: datetime, kind: str, how: str, **data: str) -> Enrollment:
    """Raise the fence, write, note in the ledger."""
    changed = replace(after, fence=after.fence + 1)
    enrollments.save(tx, [changed], now)
    if kind:
        events.record(tx, [Event(now, kind, how, changed.subscriber_id, changed.id, data)])
    return changed
