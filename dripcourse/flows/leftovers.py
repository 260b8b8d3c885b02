"""Settles what a dead worker held of runs that no claim will look at soon: paused, ended or re-planned meanwhile.

Without it a lesson would stay "sending" for as long as its reader pauses, and its journal could be gone by then.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from dripcourse.domain import deciding, sending
from dripcourse.domain.deciding import Recall, Situation
from dripcourse.domain.enrollment import Delivery, Enrollment
from dripcourse.domain.retry import ACCEPTED, DOUBT_WAIT
from dripcourse.domain.sending import Settlement
from dripcourse.domain.states import ENDED, DeliveryState, EnrollmentState
from dripcourse.flows.engine import Engine
from dripcourse.mail.journal import abandoned, discard, recall
from dripcourse.storage import deliveries, enrollments, events, leases
from dripcourse.storage.database import Transaction
from dripcourse.storage.events import Event

_LIMIT = 2000
_WHY = {
    "recovered": "accepted just before its worker died",
    "doubt": "its worker died while it was being handed over",
    "withdrawn": "its worker died before it began, and the run had ended",
    "deferred": "its worker died before it began",
}


def settle_leftovers(engine: Engine, tx: Transaction, now: datetime) -> int:
    """Look up what became of each such lesson, and end the leases; how many runs there were (at most 200)."""
    held = leases.abandoned(tx, now, _LIMIT)
    rows = deliveries.of_enrollments(tx, [one.id for one in held])
    for one in held:
        settled = one
        for row in rows[one.id]:
            if row.state is DeliveryState.SENDING:
                settled = _settle(engine, tx, settled, row, now)
        enrollments.save(tx, [replace(settled, lease_until=None)], now)
    return len(held)


def take_over_dead(engine: Engine, now: datetime) -> int:
    """Settle from their journals what dead workers of this machine held, without waiting for their leases; how many
    lessons that were. It is done here and in one transaction: released, they could be claimed where no journal is.
    """
    if engine.journals is None:
        return 0
    dead = abandoned(engine.journals, now - engine.lease)  # what is older holds nothing any more
    if not dead:
        return 0
    with engine.db.reading() as tx:
        if not leases.held_by(tx, dead):
            return 0  # a commit may be under way still: its journal must stay
    settled = engine.db.write(lambda tx: _take_over(engine, tx, dead, now))
    for claim_id in {row.claim_id for row in settled}:
        with engine.db.reading() as tx:
            if not leases.held_by(tx, [claim_id]):
                discard(engine.journals, claim_id)
    return len(settled)


def _take_over(engine: Engine, tx: Transaction, dead: list[str], now: datetime) -> list[Delivery]:
    held = leases.of_claims(tx, dead, _LIMIT)
    rows = deliveries.of_enrollments(tx, [one.id for one in held])
    settled: list[Delivery] = []
    for one in held:
        after = one
        for row in rows[one.id]:
            if row.state is DeliveryState.SENDING and row.claim_id in dead:
                after = _again(_settle(engine, tx, after, row, now), one, row, remembered(engine, row)[0], now)
                settled.append(row)
        enrollments.save(tx, [replace(after, lease_until=None)], now)
    return settled


def _again(after: Enrollment, one: Enrollment, row: Delivery, known: Recall, now: datetime) -> Enrollment:
    """The run with the moment at which its lesson is looked at again, where it was being sent to its reader."""
    mine = one.fence == row.fence and one.state is EnrollmentState.ACTIVE  # else its plan has another moment
    if not mine or known is Recall.ACCEPTED:
        return after
    doubtful = known in (Recall.IN_DOUBT, Recall.GONE)
    return replace(after, due_at=now + DOUBT_WAIT if doubtful else now)


def remembered(engine: Engine, row: Delivery) -> tuple[Recall, datetime | None]:
    """What the journal of its claim says of a delivery whose worker died, and since when; GONE where none is kept."""
    if engine.journals is None:
        return Recall.GONE, None
    verdict = recall(engine.journals, row.claim_id, row.slot)
    return Recall[verdict.state.name], verdict.at


def _settle(engine: Engine, tx: Transaction, one: Enrollment, row: Delivery, now: datetime) -> Enrollment:
    found = _found(engine, tx, one, row, now)
    deliveries.save(tx, [found.delivery])
    if found.delivery.state is DeliveryState.SENT:
        enrollments.count_down(tx, [one.id])
    data = {"lesson": row.lesson_key, "why": found.why or _WHY.get(found.event, "")}
    events.record(tx, [Event(now, found.event, "engine", one.subscriber_id, one.id, data)])
    return found.enrollment


def _found(engine: Engine, tx: Transaction, one: Enrollment, row: Delivery, now: datetime) -> Settlement:
    """What its journal says, turned into rows; the plan of the run stays what its reader made of it."""
    known, at = remembered(engine, row)
    if known is Recall.ACCEPTED:
        following = engine.shelf.book(tx, one.version_id).following(tx, one.id, row.lesson_key)
        found = sending.settle(one, row, following, ACCEPTED, at or now, late=_WHY["recovered"])
        return replace(found, event=found.event or "recovered")
    s = Situation(one, None, row, "", known)
    if deciding.is_in_doubt(s):
        return Settlement(replace(row, state=DeliveryState.UNKNOWN, doubts=row.doubts + 1), one, "doubt")
    freed = deciding.put_off(s) or row
    if one.state in ENDED:
        return Settlement(replace(freed, state=DeliveryState.WITHDRAWN, reason=one.state.value), one, "withdrawn")
    return Settlement(freed, one, "deferred")
