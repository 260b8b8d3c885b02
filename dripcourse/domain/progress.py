"""Which lesson comes next and on which day: after a send, an edit of the course, a pause, an outage. Pure.

Progress is counted from what was really sent. A lesson's key is for life; its position belongs to a version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from dripcourse.domain.calendar import Slot, aware, instant, local_date, next_slot
from dripcourse.domain.enrollment import Step
from dripcourse.domain.plan import Plan

#: A mail this close behind its planned instant is on time.
ON_TIME = timedelta(minutes=15)
#: A lesson nobody has tried yet still goes this late on its own day; later, the plan moves on by a day.
LATE_WINDOW = timedelta(hours=6)
#: One that the server put off may go this late, still on its own day.
RETRY_WINDOW = timedelta(hours=20)
#: After an outage, what is still worth sending today is spread over at most this long.
SPREAD = timedelta(minutes=30)


class Rule(StrEnum):
    """What a new version means for those who are on their way."""

    FOLLOW = "follow"  # the first lesson after the last one sent, in the new order, not had yet
    PIN = "pin"  # finish on the old version
    BACKFILL = "backfill"  # the first lesson of the new order not had yet, wherever it stands


def next_step(steps: Sequence[Step], had: Collection[str], last: str | None, rule: Rule = Rule.FOLLOW) -> Step | None:
    """The lesson that comes next, or None when the course is done. Never one of `had`.

    `last` is the key of the last lesson handled; where the new order no longer has it, the furthest lesson had that
    is still there takes its place.
    """
    start = 0
    if rule is not Rule.BACKFILL:
        places = {step.key: index for index, step in enumerate(steps)}
        if last in places:
            start = places[last] + 1
        else:
            start = max((places[key] + 1 for key in had if key in places), default=0)
    return next((step for step in steps[start:] if step.key not in had), None)


def slot_for(step: Step, plan: Plan, *, after: date | None, not_before: datetime) -> Slot:
    """When that lesson goes: an unscheduled one (welcome) at once, a scheduled one on the next day of the plan."""
    if not step.scheduled:
        return Slot(local_date(not_before, plan.zone), aware(not_before))
    return next_slot(plan, after=after, not_before=not_before)


def last_date_after(last: date | None, local: date | None, sent_at: datetime, zone: str) -> date:
    """The date that counts as used once a scheduled lesson was accepted: the latest of those it could belong to.

    A lesson accepted just after midnight, or read in a zone the person moved to, uses that day too: otherwise he
    would see two lessons on one local day.
    """
    return max(d for d in (last, local, local_date(sent_at, zone)) if d is not None)


@dataclass(frozen=True)
class Timing:
    """Whether a due lesson goes now. `go` with its local date and planned instant, or `slot`, where it moves to."""

    go: bool
    day: date
    planned_at: datetime
    slot: Slot | None = None


def timing(plan: Plan, step: Step, next_date: date, last_date: date | None, tried: bool, now: datetime) -> Timing:
    """Decide for a lesson that is due `now`: send it, or move it to the next day of the plan.

    It goes if it is still its own day and not too late, or at most ON_TIME late where midnight passed meanwhile. A
    date already used by another lesson, one too close behind it for the pace, or one the plan no longer allows,
    always moves it.
    """
    if not step.scheduled:
        return Timing(True, local_date(now, plan.zone), now)
    planned = instant(next_date, plan.hour, plan.zone)
    today = local_date(now, plan.zone)
    free = last_date is None or next_date - last_date >= timedelta(days=plan.every)
    if planned is not None and free and plan.allows(next_date) and now >= planned:
        late = now - planned
        window = RETRY_WINDOW if tried else LATE_WINDOW
        if late <= ON_TIME or (today == next_date and late <= window):
            return Timing(True, max(today, next_date), planned)
    moved = next_slot(plan, after=last_date, not_before=now)
    return Timing(False, moved.day, moved.at, moved)


def spread(enrollment_id: int, outage: timedelta) -> timedelta:
    """How long after an outage this enrollment waits, so that the backlog leaves evenly and not at once."""
    width = max(timedelta(0), min(outage, SPREAD))
    share = hashlib.blake2s(str(enrollment_id).encode(), digest_size=4).digest()
    return width * (int.from_bytes(share) / 0xFFFFFFFF)
