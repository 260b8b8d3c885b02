"""What the outcome of a lesson means for its delivery and its run: sent, put off, in doubt, failed. Pure.

Asked when the server has answered, with the enrollment as it is in the database at that moment: its plan may have
changed since the claim. Whether a due lesson is sent at all is decided in `deciding`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from dripcourse.domain.enrollment import Delivery, Enrollment, Step
from dripcourse.domain.progress import ON_TIME, last_date_after, slot_for
from dripcourse.domain.retry import Follow, Verdict
from dripcourse.domain.states import ENDED, HANDLED, DeliveryState, EnrollmentState


def closed(delivery: Delivery, state: DeliveryState, why: str) -> Delivery:
    """A delivery that is not tried again, in that state; its day is free. One in doubt goes on saying so."""
    if delivery.state in HANDLED or delivery.state is DeliveryState.UNKNOWN:
        return delivery
    return replace(delivery, state=state, local_date=None, reason=why)


def go_on(one: Enrollment, following: Step | None, now: datetime) -> Enrollment:
    """The enrollment at the lesson that follows, or finished where none does.

    Only an active enrollment gets a due moment; a paused or ended one just learns where it stands. What was asked for
    was the lesson that is behind it now.
    """
    one = replace(one, asked=False)
    if following is None:
        state = EnrollmentState.FINISHED if one.state is EnrollmentState.ACTIVE else one.state
        return replace(one, state=state, next_key=None, next_date=None, due_at=None, lease_until=None)
    return at_step(one, following, now)


def at_step(one: Enrollment, step: Step, now: datetime) -> Enrollment:
    """The enrollment with `step` as its next lesson, on the first free day of the plan; due at once if asked for."""
    slot = slot_for(step, one.plan, after=one.last_date, not_before=now)
    at = now if one.asked else slot.at
    due = at if one.state is EnrollmentState.ACTIVE else None
    return replace(one, next_key=step.key, next_date=slot.day, due_at=due, lease_until=None)


def pass_over(
    one: Enrollment,
    passed: Step | None,
    following: Step | None,
    delivery: Delivery | None,
    now: datetime,
    due_at: datetime | None,
) -> Enrollment:
    """The enrollment past its next lesson without sending it; the following one takes over its day and `due_at`.

    There is no day to take over from a welcome mail (`passed` is not scheduled), nor from a mail in doubt: that one
    may have arrived. `passed` is None where the version no longer has it. Who asked for a lesson gets the following.
    """
    doubtful = delivery is not None and delivery.state is DeliveryState.UNKNOWN
    if delivery is not None and doubtful:
        one = _day_used(one, delivery)
    after = go_on(one, following, now)
    no_day = passed is not None and not passed.scheduled
    if doubtful or no_day or after.next_key is None or one.next_date is None:
        return after
    return replace(after, next_date=one.next_date, due_at=due_at, asked=one.asked)


@dataclass(frozen=True)
class Settlement:
    """What an outcome changes. `event` is the kind for the ledger ("" where the delivery row says it all)."""

    delivery: Delivery
    enrollment: Enrollment
    event: str = ""
    why: str = ""


def settle(
    one: Enrollment, delivery: Delivery, following: Step | None, verdict: Verdict, now: datetime, *, late: str
) -> Settlement:
    """What follows once the server has answered. `one` is the enrollment as it is now: its plan may have changed,
    it may have been paused or left meanwhile. `following` is the lesson after this one, None if it was the last.
    `late` is the reason to note if the lesson went late.
    """
    if one.next_key != delivery.lesson_key:
        return _overtaken(one, delivery, verdict, now, late)
    if verdict.follow is Follow.SENT:
        return _sent(one, delivery, following, now, late)
    if verdict.follow is Follow.DOUBT:
        doubt = replace(delivery, state=DeliveryState.UNKNOWN, doubts=delivery.doubts + 1, error=verdict.why)
        return Settlement(doubt, _again(one, verdict.at), "doubt", verdict.why)
    if verdict.follow is Follow.LATER:
        later = replace(delivery, state=DeliveryState.RETRY, error=verdict.why)
        return Settlement(later, _again(one, verdict.at), "deferred", verdict.why)
    failed = replace(delivery, state=DeliveryState.FAILED, local_date=None, error=verdict.why, reason=verdict.why)
    if verdict.follow is Follow.FAIL:
        # Its day is used up: were every lesson refused, the course would else be over within a minute.
        return Settlement(failed, go_on(_day_used(one, delivery), following, now), "failed", verdict.why)
    if verdict.follow is Follow.GIVE_UP:
        waiting = replace(delivery, state=DeliveryState.RETRY, error=verdict.why)
        return Settlement(waiting, _end(one, EnrollmentState.PAUSED, verdict.why), "gave-up", verdict.why)
    return Settlement(failed, _end(one, EnrollmentState.STOPPED, "hard-bounce"), "hard-bounce", verdict.why)


def _overtaken(one: Enrollment, delivery: Delivery, verdict: Verdict, now: datetime, late: str) -> Settlement:
    """The run has gone on to another lesson meanwhile: the delivery is closed, its day counted, the plan left alone.

    The lease stays, too: it may be that of whoever sends the other lesson.
    """
    if verdict.follow is Follow.SENT:
        found = _sent(one, delivery, None, now, late)
        return replace(found, enrollment=replace(one, last_date=found.enrollment.last_date), event="")
    if verdict.follow is Follow.DOUBT:
        doubt = replace(delivery, state=DeliveryState.UNKNOWN, doubts=delivery.doubts + 1, error=verdict.why)
        return Settlement(doubt, _day_used(one, doubt), "doubt", verdict.why)
    if verdict.follow is Follow.SUPPRESS:
        failed = closed(delivery, DeliveryState.FAILED, verdict.why)
        return Settlement(failed, _end(one, EnrollmentState.STOPPED, "hard-bounce"), "hard-bounce", verdict.why)
    skipped = closed(delivery, DeliveryState.SKIPPED, f"passed over after: {verdict.why}")
    return Settlement(skipped, one, "passed-over", verdict.why)


def _day_used(one: Enrollment, delivery: Delivery) -> Enrollment:
    """The enrollment with the day of that delivery taken."""
    if not delivery.takes_day:
        return one
    used = last_date_after(one.last_date, delivery.local_date, delivery.planned_at, one.plan.zone)
    return replace(one, last_date=used)


def is_late(delivery: Delivery, at: datetime) -> bool:
    """Whether a lesson accepted at that moment needs a reason for its lateness."""
    return delivery.scheduled and at - delivery.planned_at > ON_TIME


def _sent(one: Enrollment, delivery: Delivery, following: Step | None, now: datetime, late: str) -> Settlement:
    reason = late if is_late(delivery, now) else ""
    sent = replace(delivery, state=DeliveryState.SENT, sent_at=now, reason=reason, error="", code=250)
    if delivery.takes_day:
        one = replace(one, last_date=last_date_after(one.last_date, delivery.local_date, now, one.plan.zone))
    after = go_on(one, following, now)
    if one.state in ENDED:
        return Settlement(sent, after, "crossed", "it was on its way already when the run ended")
    finished = after.state is EnrollmentState.FINISHED and one.state is EnrollmentState.ACTIVE
    return Settlement(sent, after, "finished" if finished else "")


def _again(one: Enrollment, at: datetime | None) -> Enrollment:
    due = at if one.state is EnrollmentState.ACTIVE else None
    return replace(one, due_at=due, lease_until=None)


def _end(one: Enrollment, state: EnrollmentState, reason: str) -> Enrollment:
    if one.state is not EnrollmentState.ACTIVE:
        return replace(one, lease_until=None)
    return replace(one, state=state, reason=reason, due_at=None, lease_until=None)


def accepted(one: Enrollment, delivery: Delivery, following: Step | None, now: datetime) -> Enrollment:
    """The enrollment once the server has taken that lesson in good time."""
    return _sent(one, delivery, following, now, "").enrollment
