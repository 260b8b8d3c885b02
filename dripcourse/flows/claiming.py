"""Claims a batch of due enrollments and decides for each, in one transaction, before anything touches the network."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dripcourse.domain import deciding, sending
from dripcourse.domain.calendar import Slot, instant, local_date
from dripcourse.domain.consent import may_send
from dripcourse.domain.deciding import Doubt, Move, PassOver, Recall, Recover, Send, Situation, Stop
from dripcourse.domain.enrollment import Delivery, Enrollment, Step
from dripcourse.domain.retry import ACCEPTED
from dripcourse.domain.states import DeliveryState, EnrollmentState, SubscriberState
from dripcourse.errors import DripcourseError
from dripcourse.flows.books import Book
from dripcourse.flows.engine import Engine
from dripcourse.flows.leftovers import remembered
from dripcourse.flows.moving import caught_up
from dripcourse.flows.transmit import Job
from dripcourse.mail import wire
from dripcourse.mail.journal import Journal
from dripcourse.storage import deliveries, enrollments, events, subscribers, suppressions
from dripcourse.storage.database import Transaction
from dripcourse.storage.events import Event
from dripcourse.storage.subscribers import Subscriber

#: A row that cannot be decided is looked at again this much later.
_TROUBLE_WAIT = timedelta(hours=1)
_OUTAGES_SINCE = timedelta(days=3)


@dataclass
class Claim:
    """One claimed batch: what to send (`jobs`) and what was settled without sending."""

    id: str
    now: datetime
    lease_until: datetime
    outages: list[tuple[datetime, datetime]] = field(default_factory=list)
    looked_at: int = 0
    jobs: list[Job] = field(default_factory=list)
    new: list[Delivery] = field(default_factory=list)
    changed: list[Delivery] = field(default_factory=list)
    moved: list[Enrollment] = field(default_factory=list)
    ledger: list[Event] = field(default_factory=list)
    journal: Journal | None = None

    def note(self, one: Enrollment, kind: str, **data: object) -> None:
        """Add to the ledger what happened to this enrollment."""
        self.ledger.append(Event(self.now, kind, "engine", one.subscriber_id, one.id, data))


def claim_due(engine: Engine, *, claim_id: str, now: datetime) -> Claim:
    """Claim and decide. When it returns, the rows to be sent are in the database as "sending"."""
    journals: list[Journal] = []

    def claimed(tx: Transaction) -> Claim:
        while journals:  # a deadlock undid the batch that this one was for
            journals.pop().discard()
        claim = Claim(claim_id, now, now + engine.lease)
        due = enrollments.claim(tx, now=now, lease_until=claim.lease_until, limit=engine.batch_size)
        claim.looked_at = len(due)
        if due:
            _decide_all(engine, tx, claim, _still_going(caught_up(tx, engine.shelf, due, now)))
            if claim.jobs and engine.journals is not None:
                claim.journal = Journal.create(engine.journals, claim.id, len(claim.jobs))
                journals.append(claim.journal)
            _write(tx, claim)
        return claim

    return engine.db.write(claimed)


def _still_going(due: list[Enrollment]) -> list[Enrollment]:
    """Without those for whom the course ended with its new version."""
    return [one for one in due if one.next_key is not None]


def _write(tx: Transaction, claim: Claim) -> None:
    deliveries.save(tx, claim.changed)
    deliveries.add(tx, claim.new)
    enrollments.save(tx, claim.moved, claim.now)
    events.record(tx, claim.ledger)


def _decide_all(engine: Engine, tx: Transaction, claim: Claim, due: list[Enrollment]) -> None:
    people = subscribers.many(tx, [one.subscriber_id for one in due])
    dead = suppressions.among(tx, [p.address_key for p in people.values()])
    earlier = deliveries.of_next_lessons(tx, [one.id for one in due])
    claim.outages = [
        (datetime.fromisoformat((e.data or {})["since"]), e.at)
        for e in events.of_kind(tx, "outage", since=claim.now - _OUTAGES_SINCE)
    ]
    for one in due:
        person, book = people[one.subscriber_id], engine.shelf.book(tx, one.version_id)
        barred = may_send(
            confirmed=person.state is SubscriberState.CONFIRMED, suppressed=person.address_key in dead, ended=False
        )
        try:
            _act(engine, tx, claim, _situation(engine, one, book, earlier.get(one.id), barred), person, book)
        except (DripcourseError, LookupError, ValueError) as error:  # a zone that is no more: others must not wait
            claim.moved.append(replace(one, due_at=claim.now + _TROUBLE_WAIT, lease_until=None))
            claim.note(one, "trouble", lesson=one.next_key, why=f"{type(error).__name__}: {error}")


def _situation(engine: Engine, one: Enrollment, book: Book, earlier: Delivery | None, barred: str) -> Situation:
    step = book.version.step(one.next_key or "")
    known, at = Recall.GONE, None
    if earlier is not None and earlier.state is DeliveryState.SENDING:
        known, at = remembered(engine, earlier)
    return Situation(one, step, earlier, barred, known, at, engine.resend_unknown)


def _act(engine: Engine, tx: Transaction, claim: Claim, s: Situation, person: Subscriber, book: Book) -> None:
    """Turn the decision into rows. The branches are the decisions of domain.deciding, one each."""
    one, now = s.enrollment, claim.now
    decision = deciding.decide(s, now)
    match decision:
        case Send():
            _send(engine, claim, s, person, book, decision)
        case Move(slot):
            _move(claim, s, slot)
        case Doubt(until) if s.delivery is not None:
            claim.changed.append(replace(s.delivery, state=DeliveryState.UNKNOWN, doubts=s.delivery.doubts + 1))
            claim.moved.append(replace(one, due_at=until, lease_until=None))
            claim.note(one, "doubt", lesson=one.next_key, why="its worker died while it was being handed over")
        case Recover(at) if s.delivery is not None:
            _recover(claim, one, s.delivery, book.following(tx, one.id, s.delivery.lesson_key), at)
        case PassOver(why):
            if s.delivery is not None:
                claim.changed.append(sending.closed(s.delivery, DeliveryState.SKIPPED, why))
            following = book.following(tx, one.id, one.next_key or "")
            claim.moved.append(sending.pass_over(one, s.step, following, s.delivery, now, now))
            claim.note(one, "passed-over", lesson=one.next_key, why=why)
        case Stop(why):
            if s.delivery is not None:
                claim.changed.append(_stopped(s, s.delivery, why))
            claim.moved.append(replace(one, state=EnrollmentState.STOPPED, reason=why, due_at=None, lease_until=None))
            claim.note(one, "stopped", why=why)


def _move(claim: Claim, s: Situation, slot: Slot) -> None:
    one, freed = s.enrollment, deciding.put_off(s)
    claim.changed += [freed] if freed is not None else []
    claim.moved.append(replace(one, next_date=slot.day, due_at=slot.at, lease_until=None))
    why = _why_moved(claim, s, _planned(one, claim.now))
    claim.note(one, "moved", lesson=one.next_key, to=str(slot.day), why=why)


def _recover(claim: Claim, one: Enrollment, delivery: Delivery, following: Step | None, at: datetime) -> None:
    found = sending.settle(one, delivery, following, ACCEPTED, at, late=late_reason(claim, delivery))
    claim.changed.append(found.delivery)
    claim.moved.append(found.enrollment)
    claim.note(one, "recovered", lesson=one.next_key, why="accepted just before its worker died")
    if found.event:
        claim.note(one, found.event, lesson=one.next_key)


def _stopped(s: Situation, delivery: Delivery, why: str) -> Delivery:
    """What becomes of a lesson under way when nothing may be sent any more."""
    if deciding.is_in_doubt(s):
        return replace(delivery, state=DeliveryState.UNKNOWN, doubts=delivery.doubts + 1)
    return sending.closed(delivery, DeliveryState.WITHDRAWN, why)


def _planned(one: Enrollment, now: datetime) -> datetime:
    """The instant the lesson was planned for: its hour on its day (the row's due moment is the lease by now)."""
    day = one.next_date or local_date(now, one.plan.zone)
    return instant(day, one.plan.hour, one.plan.zone) or now


def _send(engine: Engine, claim: Claim, s: Situation, person: Subscriber, book: Book, found: Send) -> None:
    one, step = s.enrollment, s.step
    if step is None:  # decide() sends no lesson that the version does not have
        return
    row = replace(
        s.delivery or _first_row(engine, claim, one, step.key),
        version_id=one.version_id,
        scheduled=step.scheduled,
        local_date=found.slot.day if step.scheduled else None,
        planned_at=found.slot.at,
        zone=one.plan.zone,
        state=DeliveryState.SENDING,
        attempts=found.tried + 1,
        fence=one.fence,
        claim_id=claim.id,
        slot=len(claim.jobs),
        created_at=claim.now if s.delivery is None or not found.tried else s.delivery.created_at,
    )
    (claim.new if s.delivery is None else claim.changed).append(row)
    claim.jobs.append(Job(one, row, person, book))


def _first_row(engine: Engine, claim: Claim, one: Enrollment, key: str) -> Delivery:
    """The row of a lesson never tried before. Its Message-ID is the same for every attempt, for ever."""
    domain = engine.brand.domain
    return Delivery(
        id=0,
        enrollment_id=one.id,
        lesson_key=key,
        version_id=one.version_id,
        scheduled=True,
        local_date=None,
        planned_at=claim.now,
        zone=one.plan.zone,
        state=DeliveryState.SENDING,
        attempts=0,
        fence=one.fence,
        claim_id=claim.id,
        slot=0,
        message_id=wire.message_id(f"{one.public_id}/{key}", domain),
        created_at=claim.now,
    )


def late_reason(claim: Claim, delivery: Delivery) -> str:
    """Why a lesson goes later than planned, in words for `explain` and `verify`."""
    if delivery.doubts:
        return "sent once more: the first copy's reply was lost"
    if delivery.error:
        return f"tried {delivery.attempts} times; {delivery.error}"
    return _outage_over(claim, delivery.planned_at) or "backlog: more was due than could be sent in time"


def _why_moved(claim: Claim, s: Situation, planned: datetime) -> str:
    if s.delivery is not None and s.delivery.error:
        return s.delivery.error
    return _outage_over(claim, planned) or "its hour had passed"


def _outage_over(claim: Claim, planned: datetime) -> str:
    for since, until in claim.outages:
        if since <= planned <= until:
            return f"the service was down from {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC"
    return ""
