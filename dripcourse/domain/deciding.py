"""What to do with a lesson that is due: send it, move it, wait, or stop. Pure; `sending` has what follows its outcome.

Asked when a batch is claimed, before anything touches the network.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from dripcourse.domain.calendar import Slot, local_date
from dripcourse.domain.enrollment import Delivery, Enrollment, Step
from dripcourse.domain.progress import timing
from dripcourse.domain.retry import DOUBT_WAIT
from dripcourse.domain.states import HANDLED, DeliveryState


class Recall(StrEnum):
    """What is known of a mail whose worker died: from its acceptance journal, or that there is none."""

    UNTOUCHED = "untouched"  # the final dot never went out
    REFUSED = "refused"  # the server said no, or later
    ACCEPTED = "accepted"
    IN_DOUBT = "in-doubt"  # the dot may have gone out; no reply was noted
    GONE = "gone"  # no journal on this machine


@dataclass(frozen=True)
class Situation:
    """Everything `decide` looks at. `step` is None where the version has no lesson of that key (any more)."""

    enrollment: Enrollment
    step: Step | None
    delivery: Delivery | None
    barred: str  # why nothing may be sent to this person (domain.consent), or ""
    recall: Recall = Recall.GONE
    accepted_at: datetime | None = None
    resend_unknown: bool = True


@dataclass(frozen=True)
class Send:
    """Send it now, as the lesson of `slot.day`, planned for `slot.at`."""

    slot: Slot
    tried: int  # attempts so far
    asked: bool = False  # not by the plan: its reader asked for it
    takes_day: bool = True


@dataclass(frozen=True)
class Move:
    """Send nothing; the lesson moves to another day of the plan."""

    slot: Slot


@dataclass(frozen=True)
class Doubt:
    """Send nothing before `until`: it may have arrived already."""

    until: datetime


@dataclass(frozen=True)
class Recover:
    """It was accepted before its worker died; settle it as sent."""

    at: datetime


@dataclass(frozen=True)
class PassOver:
    """Go on to the following lesson without sending this one."""

    why: str


@dataclass(frozen=True)
class Stop:
    """Nothing may be sent to this person any more."""

    why: str


Decision = Send | Move | Doubt | Recover | PassOver | Stop


def decide(s: Situation, now: datetime) -> Decision:
    """What to do with a claimed enrollment. `s.enrollment.next_key` is the lesson in question."""
    if s.delivery is not None and s.delivery.state is DeliveryState.SENDING and s.recall is Recall.ACCEPTED:
        return Recover(s.accepted_at or now)
    if s.barred:
        return Stop(s.barred)
    if s.delivery is not None:
        known = _from_delivery(s, s.delivery, now)
        if known is not None:
            return known
    if s.step is None:
        return PassOver("the course no longer has this lesson")
    return _by_the_clock(s, s.step, now)


def _from_delivery(s: Situation, delivery: Delivery, now: datetime) -> Decision | None:
    """What an earlier attempt at this lesson settles already; None: it may be tried (again)."""
    if delivery.state in HANDLED:
        return PassOver("already " + delivery.state.value)
    if is_in_doubt(s):
        return Doubt(now + DOUBT_WAIT)
    if delivery.state is DeliveryState.UNKNOWN and (delivery.doubts > 1 or not s.resend_unknown):
        return PassOver("in doubt; not sent again")
    return None


def is_in_doubt(s: Situation) -> bool:
    """Whether its worker died and nobody knows if the mail went out."""
    sending = s.delivery is not None and s.delivery.state is DeliveryState.SENDING
    return sending and s.recall in (Recall.IN_DOUBT, Recall.GONE)


def _tried(s: Situation) -> int:
    """Attempts so far; one whose worker died before the wire is none."""
    if s.delivery is None:
        return 0
    untouched = s.delivery.state is DeliveryState.SENDING and s.recall is Recall.UNTOUCHED
    return s.delivery.attempts - untouched


def put_off(s: Situation) -> Delivery | None:
    """The delivery of a lesson that moves to another day: its dead worker no longer holds it. None: as it was."""
    if s.delivery is None or s.delivery.state is not DeliveryState.SENDING:
        return None
    return replace(s.delivery, state=DeliveryState.RETRY, attempts=_tried(s), local_date=None)


def _by_the_clock(s: Situation, step: Step, now: datetime) -> Decision:
    one, tried = s.enrollment, _tried(s)
    if one.asked and step.scheduled:
        return _at_once(one, tried, now)
    day = one.next_date or local_date(now, one.plan.zone)
    found = timing(one.plan, step, day, one.last_date, tried > 0, now)
    slot = Slot(found.day, found.planned_at)
    return Send(slot, tried) if found.go else Move(slot)


def _at_once(one: Enrollment, tried: int, now: datetime) -> Send:
    """What its reader asked for goes now. Where its own day has come it is that day's lesson, only at another hour;
    before that it takes no day, and what follows keeps its plan.
    """
    today = local_date(now, one.plan.zone)
    due = one.next_date is not None and one.next_date <= today
    unused = one.last_date is None or one.last_date < today
    return Send(Slot(today, now), tried, asked=True, takes_day=due and unused)
