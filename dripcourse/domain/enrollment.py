"""One person in one run of a course, and one lesson's delivery to him. Frozen values; `replace()` to change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from dripcourse.domain.plan import Plan
from dripcourse.domain.states import DeliveryState, EnrollmentState


@dataclass(frozen=True)
class Step:
    """One lesson of a published version, as the engine needs it: its key, its place, whether it takes a day."""

    key: str
    position: int
    scheduled: bool


@dataclass(frozen=True)
class Enrollment:
    """Where a person stands. `due_at` (aware UTC) is derived from the civil plan; None when nothing is due.

    `last_date` is the local date of the last scheduled lesson that went out; it guards "one a local day".
    `fence` rises with each claim; who settles must hold the same number.
    """

    id: int
    public_id: str
    subscriber_id: int
    course_id: int
    version_id: int
    run: int
    state: EnrollmentState
    plan: Plan
    next_key: str | None
    next_date: date | None
    last_date: date | None
    due_at: datetime | None
    lease_until: datetime | None
    fence: int
    created_at: datetime
    reason: str = ""
    language: str = ""  # "": the course's own
    without: str = ""  # keys of the perspectives its reader opted out of, by comma
    asked: bool = False  # he wants the next lesson at once, whatever its day
    begins: date | None = None  # the first day, where one was named: his group's, say

    def to_begin(self, today: date) -> date | None:
        """The day the course begins for him, while it lies ahead of `today` (in his zone): no lesson before it.

        `plan.paused_until` holds it too, which is all that the engine looks at; so a pause may end later, not earlier.
        """
        return self.begins if self.begins is not None and self.begins > today else None

    def is_paused(self, today: date) -> bool:
        """Whether somebody has paused it. To wait for the first day is no pause."""
        until = self.plan.paused_until
        waits = until is not None and until > today and until != self.to_begin(today)
        return self.state is EnrollmentState.PAUSED or (self.state is EnrollmentState.ACTIVE and waits)


@dataclass(frozen=True)
class Delivery:
    """One lesson for one enrollment: at most one row ever (unique), whatever happened on the way.

    `scheduled` is False for what went without waiting for the plan: a welcome mail, which takes no day (`local_date`),
    and a lesson its reader asked for, which takes one only where that day was its own.

    `created_at` is the moment of its first try (since it was resumed, if we had given up); `planned_at` the instant
    of the chosen hour on `local_date`; `sent_at` the moment of acceptance; `reason` says why it was late, failed or
    skipped. `doubts` counts transmissions whose reply was never read.
    """

    id: int
    enrollment_id: int
    lesson_key: str
    version_id: int
    scheduled: bool
    local_date: date | None
    planned_at: datetime
    zone: str
    state: DeliveryState
    attempts: int
    fence: int
    claim_id: str
    slot: int
    message_id: str
    created_at: datetime
    sent_at: datetime | None = None
    code: int = 0
    error: str = ""
    reason: str = ""
    doubts: int = 0

    @property
    def takes_day(self) -> bool:
        """Whether no other lesson may go on its local date."""
        return self.scheduled or self.local_date is not None
