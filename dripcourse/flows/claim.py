"""One claimed batch while it is put together: what to send, what was settled at once, and why something is late."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dripcourse.domain.deciding import Send, Situation
from dripcourse.domain.enrollment import Delivery, Enrollment, Step
from dripcourse.domain.sending import is_late
from dripcourse.flows.books import Book
from dripcourse.flows.jobs import Group, Job
from dripcourse.mail.journal import Journal
from dripcourse.storage import events
from dripcourse.storage.database import Transaction
from dripcourse.storage.events import Event
from dripcourse.storage.outcomes import Sheet

_OUTAGES_SINCE = timedelta(days=3)


@dataclass
class Claim:
    """One claimed batch: what to send (`jobs`) and what was settled without sending."""

    id: str
    now: datetime
    lease_until: datetime
    looked_at: int = 0
    jobs: list[Job] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    new: list[Delivery] = field(default_factory=list)
    changed: list[Delivery] = field(default_factory=list)
    moved: list[Enrollment] = field(default_factory=list)
    ledger: list[Event] = field(default_factory=list)
    recovered: list[int] = field(default_factory=list)  # runs whose lesson was found to have gone
    journal: Journal | None = None
    outages: list[tuple[datetime, datetime]] | None = None  # read when something is late

    def note(self, one: Enrollment, kind: str, **data: object) -> None:
        """Add to the ledger what happened to this enrollment."""
        self.ledger.append(Event(self.now, kind, "engine", one.subscriber_id, one.id, data))

    def group(self, book: Book, one: Enrollment, step: Step, found: Send) -> Group:
        """A new group for runs at that lesson, on that day of the plan, or out of turn."""
        day = found.slot.day if step.scheduled and found.takes_day else None
        by_plan = step.scheduled and not found.asked
        sheet = Sheet(step.key, one.version_id, by_plan, day, found.slot.at, one.plan.zone)
        self.sheets.append(sheet)
        return Group(book, sheet, len(self.sheets) - 1, self.id, self.now, self.lease_until)


def late_reason(tx: Transaction, claim: Claim, delivery: Delivery, at: datetime) -> str:
    """Why a lesson accepted at that moment went later than planned, in words for `explain`; "" where it did not."""
    if not is_late(delivery, at):
        return ""
    if delivery.doubts:
        return "sent once more: the first copy's reply was lost"
    if delivery.error:
        return f"tried {delivery.attempts} times; {delivery.error}"
    return _outage_over(tx, claim, delivery.planned_at) or "backlog: more was due than could be sent in time"


def why_moved(tx: Transaction, claim: Claim, s: Situation, planned: datetime) -> str:
    """Why a lesson goes on another day than planned."""
    if s.delivery is not None and s.delivery.error:
        return s.delivery.error
    return _outage_over(tx, claim, planned) or "its hour had passed"


def _outage_over(tx: Transaction, claim: Claim, planned: datetime) -> str:
    if claim.outages is None:
        claim.outages = [
            (datetime.fromisoformat((e.data or {})["since"]), e.at)
            for e in events.of_kind(tx, "outage", since=claim.now - _OUTAGES_SINCE)
        ]
    for since, until in claim.outages:
        if since <= planned <= until:
            return f"the service was down from {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC"
    return ""
