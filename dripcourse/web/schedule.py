"""Says when the next mails of an enrollment come, in wall time. It plans nothing: domain.progress does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dripcourse.domain.enrollment import Enrollment, Step
from dripcourse.domain.progress import slot_for
from dripcourse.domain.states import EnrollmentState


@dataclass(frozen=True)
class Upcoming:
    """`on` is None where lessons are paused; `first` while none has gone out yet. `hour` is such as "07:30"."""

    welcome: bool
    first: bool
    on: date | None
    hour: str
    zone: str


def upcoming(steps: Sequence[Step], one: Enrollment, now: datetime) -> Upcoming:
    """For a run under way: whether the welcome mail is still to come, and the day of the next lesson."""
    step = next((step for step in steps if step.key == one.next_key), None)
    welcome = step is not None and not step.scheduled
    day = one.next_date
    if step is not None and welcome:
        lesson = next((s for s in steps[step.position :] if s.scheduled), None)
        day = slot_for(lesson, one.plan, after=one.last_date, not_before=now).day if lesson else None
    paused = one.state is EnrollmentState.PAUSED or day is None
    return Upcoming(welcome, one.last_date is None, None if paused else day, f"{one.plan.hour:%H:%M}", one.plan.zone)
