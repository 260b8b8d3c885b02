"""Claims a batch of due enrollments and decides for each, in one transaction, before anything touches the network.

Runs in the same situation are decided once for all of them; whatever is odd about a run (a lesson tried before, a new
version, an address that may not be written to) is decided for itself, by the same rules.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from dripcourse.domain import deciding, sending
from dripcourse.domain.calendar import Slot, instant, local_date
from dripcourse.domain.consent import may_send
from dripcourse.domain.deciding import Decision, Doubt, Move, PassOver, Recall, Recover, Send, Situation, Stop
from dripcourse.domain.enrollment import Delivery, Enrollment
from dripcourse.domain.progress import Rule
from dripcourse.domain.retry import ACCEPTED
from dripcourse.domain.states import DeliveryState, EnrollmentState, SubscriberState
from dripcourse.errors import DripcourseError
from dripcourse.flows.books import Book
from dripcourse.flows.claim import Claim, late_reason, why_moved
from dripcourse.flows.engine import Engine
from dripcourse.flows.jobs import Job
from dripcourse.flows.leftovers import remembered
from dripcourse.flows.moving import caught_up
from dripcourse.mail import wire
from dripcourse.mail.journal import Journal
from dripcourse.storage import deliveries, enrollments, events, outcomes
from dripcourse.storage.claims import Claimed
from dripcourse.storage.database import Transaction
from dripcourse.storage.outcomes import Begun

#: A row that cannot be decided is looked at again this much later.
_TROUBLE_WAIT = timedelta(hours=1)
_UNDECIDABLE = (DripcourseError, LookupError, ValueError)


def claim_due(engine: Engine, *, claim_id: str, now: datetime) -> Claim:
    """Claim and decide. When it returns, the rows to be sent are in the database as "sending"."""
    journals: list[Journal] = []

    def claimed(tx: Transaction) -> tuple[Claim, list[Claimed]]:
        while journals:  # a deadlock undid the batch that this one was for
            journals.pop().discard()
        claim = Claim(claim_id, now, now + engine.lease)
        rows = engine.water.take(tx, now=now, lease_until=claim.lease_until, limit=engine.batch_size)
        claim.looked_at = len(rows)
        if rows:
            _decide_all(engine, tx, claim, rows)
            if claim.jobs and engine.journals is not None:
                claim.journal = Journal.create(engine.journals, claim.id, len(claim.jobs))
                journals.append(claim.journal)
            _write(tx, claim)
        return claim, rows

    claim, rows = engine.db.write(claimed)
    engine.water.passed(rows)
    return claim


def _write(tx: Transaction, claim: Claim) -> None:
    deliveries.save(tx, claim.changed)
    deliveries.add(tx, claim.new)
    plain = (job for job in claim.jobs if job.is_plain)
    begun = [Begun(job.claimed.id, job.claimed.fence, job.slot, job.message_id, job.group.number) for job in plain]
    outcomes.begin(tx, claim.id, claim.now, claim.sheets, begun)
    enrollments.save(tx, claim.moved, claim.now)
    enrollments.count_down(tx, claim.recovered)
    events.record(tx, claim.ledger)


def _decide_all(engine: Engine, tx: Transaction, claim: Claim, rows: list[Claimed]) -> None:
    alike: dict[tuple[object, ...], list[Claimed]] = {}
    odd: list[Claimed] = []
    for row in rows:
        if row.tried or row.suppressed or row.asked or _is_behind(engine, tx, row):
            odd.append(row)
        else:
            alike.setdefault(row.situation, []).append(row)
    for members in alike.values():
        _decide_alike(engine, tx, claim, members)
    _decide_odd(engine, tx, claim, odd)


def _is_behind(engine: Engine, tx: Transaction, row: Claimed) -> bool:
    """Whether the course has a newer version that this run has yet to be moved to."""
    if row.version_id == row.current_id:
        return False
    return engine.shelf.book(tx, row.current_id).version.rule is not Rule.PIN


def _decide_alike(engine: Engine, tx: Transaction, claim: Claim, members: list[Claimed]) -> None:
    """Decide for one of them; a lesson to send goes to all, for nothing a decision looks at differs between them."""
    one = members[0].enrollment(claim.lease_until)
    try:
        book = engine.shelf.book(tx, one.version_id)
        s = _situation(engine, members[0], one, book, None)
        decision = deciding.decide(s, claim.now)
    except _UNDECIDABLE:
        decision = None
    if not isinstance(decision, Send) or s.step is None:
        for row in members:
            _decide_one(engine, tx, claim, row, row.enrollment(claim.lease_until), None)
        return
    group = claim.group(book, one, s.step, decision)
    for row in members:
        message_id = wire.message_id(f"{row.public_id}/{s.step.key}", engine.brand.domain)
        claim.jobs.append(Job(row, group, len(claim.jobs), message_id))


def _decide_odd(engine: Engine, tx: Transaction, claim: Claim, odd: list[Claimed]) -> None:
    if not odd:
        return
    by_id = {row.id: row for row in odd}
    earlier = deliveries.of_next_lessons(tx, list(by_id))
    for one in caught_up(tx, engine.shelf, [row.enrollment(claim.lease_until) for row in odd], claim.now):
        if one.next_key is not None:  # else the course ended for him with its new version
            _decide_one(engine, tx, claim, by_id[one.id], one, earlier.get(one.id))


def _decide_one(
    engine: Engine, tx: Transaction, claim: Claim, row: Claimed, one: Enrollment, earlier: Delivery | None
) -> None:
    """Decide for this run alone. One that cannot be decided is put off: the others must not wait for it."""
    try:
        book = engine.shelf.book(tx, one.version_id)
        s = _situation(engine, row, one, book, earlier)
        _act(engine, tx, claim, row, s, deciding.decide(s, claim.now), book)
    except _UNDECIDABLE as error:  # such as a zone that is no more
        _trouble(claim, one, error)


def _trouble(claim: Claim, one: Enrollment, error: Exception) -> None:
    claim.moved.append(replace(one, due_at=claim.now + _TROUBLE_WAIT, lease_until=None))
    claim.note(one, "trouble", lesson=one.next_key, why=f"{type(error).__name__}: {error}")


def _situation(engine: Engine, row: Claimed, one: Enrollment, book: Book, earlier: Delivery | None) -> Situation:
    step = book.version.step(one.next_key or "")
    confirmed = row.person_state == SubscriberState.CONFIRMED.value
    barred = may_send(confirmed=confirmed, suppressed=row.suppressed, ended=False)
    known, at = Recall.GONE, None
    if earlier is not None and earlier.state is DeliveryState.SENDING:
        known, at = remembered(engine, earlier)
    return Situation(one, step, earlier, barred, known, at, engine.resend_unknown)


def _act(
    engine: Engine, tx: Transaction, claim: Claim, row: Claimed, s: Situation, decision: Decision, book: Book
) -> None:
    """Turn the decision into rows. The branches are the decisions of domain.deciding, one each."""
    one, now = s.enrollment, claim.now
    match decision:
        case Send():
            _send(engine, claim, row, s, book, decision)
        case Move(slot):
            _move(tx, claim, s, slot)
        case Doubt(until) if s.delivery is not None:
            claim.changed.append(replace(s.delivery, state=DeliveryState.UNKNOWN, doubts=s.delivery.doubts + 1))
            claim.moved.append(replace(one, due_at=until, lease_until=None))
            claim.note(one, "doubt", lesson=one.next_key, why="its worker died while it was being handed over")
        case Recover(at) if s.delivery is not None:
            _recover(tx, claim, one, s.delivery, book, at)
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


def _move(tx: Transaction, claim: Claim, s: Situation, slot: Slot) -> None:
    one, freed = s.enrollment, deciding.put_off(s)
    claim.changed += [freed] if freed is not None else []
    claim.moved.append(replace(one, next_date=slot.day, due_at=slot.at, lease_until=None))
    why = why_moved(tx, claim, s, _planned(one, claim.now))
    claim.note(one, "moved", lesson=one.next_key, to=str(slot.day), why=why)


def _recover(tx: Transaction, claim: Claim, one: Enrollment, delivery: Delivery, book: Book, at: datetime) -> None:
    following = book.following(tx, one.id, delivery.lesson_key)
    late = late_reason(tx, claim, delivery, at)
    found = sending.settle(one, delivery, following, ACCEPTED, at, late=late)
    claim.changed.append(found.delivery)
    claim.moved.append(found.enrollment)
    claim.recovered.append(one.id)
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


def _send(engine: Engine, claim: Claim, claimed: Claimed, s: Situation, book: Book, found: Send) -> None:
    """Begin a lesson of a run that something is odd about: its delivery is written, and later settled, by itself."""
    one, step, earlier = s.enrollment, s.step, s.delivery
    if step is None:  # decide() sends no lesson that the version does not have
        return
    # The Message-ID is the same for every attempt, for ever.
    message_id = earlier.message_id if earlier else wire.message_id(f"{one.public_id}/{step.key}", engine.brand.domain)
    group = claim.group(book, one, step, found)
    job = Job(claimed, group, len(claim.jobs), message_id, run=one)
    job.row = replace(
        earlier or job.delivery,
        **vars(group.sheet),
        state=DeliveryState.SENDING,
        attempts=found.tried + 1,
        fence=one.fence,
        claim_id=claim.id,
        slot=job.slot,
        created_at=earlier.created_at if earlier and found.tried else claim.now,
    )
    (claim.new if earlier is None else claim.changed).append(job.row)
    claim.jobs.append(job)
