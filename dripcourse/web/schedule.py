"""Says when the next mails of an enrollment come, in wall time. It plans nothing: domain.progress does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dripcourse.domain.enrollment import Enrollment, Step
from dripcourse.domain.plan import spell_pace, spell_weekdays
from dripcourse.domain.progress import slot_for
from dripcourse.domain.states import EnrollmentState
from dripcourse.web.page import spell_day


@dataclass(frozen=True)
class Upcoming:
    """`on` is None and `day`, the same in words, "" where lessons are paused; `first` while none has gone out yet."""

    welcome: bool
    first: bool
    on: date | None
    day: str
    hour: str
    zone: str
    days: str  # such as "every day" or "Mon-Fri"


def upcoming(steps: Sequence[Step], one: Enrollment, now: datetime) -> Upcoming:
    """For a run under way: whether the welcome mail is still to come, and the day of the next lesson."""
    step = next((step for step in steps if step.key == one.next_key), None)
    welcome = step is not None and not step.scheduled
    day = one.next_date
    if step is not None and welcome:
        lesson = next((s for s in steps[step.position :] if s.scheduled), None)
        day = slot_for(lesson, one.plan, after=one.last_date, not_before=now).day if lesson else None
    paused = one.state is EnrollmentState.PAUSED or day is None
    plan = one.plan
    days = spell_weekdays(plan.weekdays) if plan.every == 1 else spell_pace(plan.every)
    on = None if paused else day
    shown = "" if on is None else spell_day(on)
    return Upcoming(welcome, one.last_date is None, on, shown, f"{plan.hour:%H:%M}", plan.zone, days)
