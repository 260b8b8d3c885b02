"""One lesson for one person on its way through a batch: what is to be sent, to whom, and what came of it. Values only.

A batch of a thousand has a few dozen situations: runs at the same lesson with the same plan. What they share stands in
their `Group`; a `Job` holds what is its own, and becomes rows of the domain only where somebody asks for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dripcourse.domain.enrollment import Delivery, Enrollment
from dripcourse.domain.states import DeliveryState
from dripcourse.flows.books import Book
from dripcourse.mail.transports import Reply
from dripcourse.storage.claims import Claimed
from dripcourse.storage.outcomes import Sheet


@dataclass(frozen=True, eq=False)
class Group:
    """What all jobs of one claim in one situation share. `number` counts the claim's sheets from 0."""

    book: Book
    sheet: Sheet
    number: int
    claim_id: str
    claimed_at: datetime
    lease_until: datetime


class Job:
    """One lesson to hand over. Its delivery stands in the database as "sending".

    `run` and `row` are given where they are not what the claim and the sheet say: a run that was moved to a new
    version, a lesson that was tried before. Then it is settled by itself.
    """

    __slots__ = ("claimed", "group", "message_id", "row", "run", "slot")

    def __init__(
        self,
        claimed: Claimed,
        group: Group,
        slot: int,
        message_id: str,
        run: Enrollment | None = None,
        row: Delivery | None = None,
    ) -> None:
        self.claimed = claimed
        self.group = group
        self.slot = slot
        self.message_id = message_id
        self.run = run
        self.row = row

    @property
    def is_plain(self) -> bool:
        """Whether it may be settled together with others of its situation."""
        return self.run is None and self.row is None

    @property
    def enrollment(self) -> Enrollment:
        """The run as it was claimed."""
        return self.run or self.claimed.enrollment(self.group.lease_until)

    @property
    def delivery(self) -> Delivery:
        """The row as it stands in the database; its `id` is not known here."""
        if self.row is not None:
            return self.row
        sheet = self.group.sheet
        return Delivery(
            id=0,
            enrollment_id=self.claimed.id,
            lesson_key=sheet.lesson_key,
            version_id=sheet.version_id,
            scheduled=sheet.scheduled,
            local_date=sheet.local_date,
            planned_at=sheet.planned_at,
            zone=sheet.zone,
            state=DeliveryState.SENDING,
            attempts=1,
            fence=self.claimed.fence,
            claim_id=self.group.claim_id,
            slot=self.slot,
            message_id=self.message_id,
            created_at=self.group.claimed_at,
        )


@dataclass(slots=True)
class Outcome:
    """What became of a job: the server's reply, or None where it was never begun; when; how long it is to wait then."""

    job: Job
    reply: Reply | None
    at: datetime
    wait: timedelta = timedelta(0)
