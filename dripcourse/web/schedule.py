"""Says when the next mails of an enrollment come, in wall time. It plans nothing: domain.progress does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dripcourse.domain.enrollment import Enrollment, Step
from dripcourse.domain.plan import spell_pace, spell_weekdays
from dripcourse.domain.progress import slot_for
from dripcourse.domain.states import EnrollmentState
from dripcourse.web.page import spell_day


@dataclass(frozen=True)
class Upcoming:
    """`day` is "" where lessons are paused; `first` while no lesson has gone out yet."""

    welcome: bool
    first: bool
    day: str
    hour: str
    zone: str
    days: str  # such as "every day" or "Mon-Fri"


def upcoming(steps: Sequence[Step], one: Enrollment, now: datetime) -> Upcoming:
    """For a run under way: whether the welcome mail is still to come, and the day of the next lesson."""
    rest = [step for step in steps if step.key == one.next_key] or list(steps[:1])
    welcome = not rest[0].scheduled
    day = one.next_date
    if welcome:
        lesson = next((s for s in steps[rest[0].position :] if s.scheduled), None)
        day = slot_for(lesson, one.plan, after=one.last_date, not_before=now).day if lesson else None
    paused = one.state is EnrollmentState.PAUSED or day is None
    plan = one.plan
    days = spell_weekdays(plan.weekdays) if plan.every == 1 else spell_pace(plan.every)
    shown = "" if paused or day is None else spell_day(day)
    return Upcoming(welcome, one.last_date is None, shown, f"{plan.hour:%H:%M}", plan.zone, days)
