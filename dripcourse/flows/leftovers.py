"""Settles what a dead worker held of runs that no claim will look at soon: paused, ended or re-planned meanwhile.

Without it a lesson would stay "sending" for as long as its reader pauses, and its journal could be gone by then.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from dripcourse.domain import deciding, sending
from dripcourse.domain.deciding import Recall, Situation
from dripcourse.domain.enrollment import Delivery, Enrollment
from dripcourse.domain.retry import ACCEPTED
from dripcourse.domain.sending import Settlement
from dripcourse.domain.states import ENDED, DeliveryState
from dripcourse.flows.engine import Engine
from dripcourse.mail.journal import abandoned, recall
from dripcourse.storage import deliveries, enrollments, events, leases
from dripcourse.storage.database import Transaction
from dripcourse.storage.events import Event

_LIMIT = 200
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
    """End the leases of batches whose worker on this machine is dead, so that the next claim asks their journals at
    once; how many lessons that were. What a worker on another machine held waits for its lease.
    """
    if engine.journals is None:
        return 0
    dead = abandoned(engine.journals, now - engine.lease)  # what is older holds nothing any more
    if not dead:
        return 0
    with engine.db.reading() as tx:
        if not leases.held_by(tx, dead, now):
            return 0
    return engine.db.write(lambda tx: leases.release(tx, dead, now))


def remembered(engine: Engine, row: Delivery) -> tuple[Recall, datetime | None]:
    """What the journal of its claim says of a delivery whose worker died, and since when; GONE where none is kept."""
    if engine.journals is None:
        return Recall.GONE, None
    verdict = recall(engine.journals, row.claim_id, row.slot)
    return Recall[verdict.state.name], verdict.at


def _settle(engine: Engine, tx: Transaction, one: Enrollment, row: Delivery, now: datetime) -> Enrollment:
    found = _found(engine, tx, one, row, now)
    deliveries.save(tx, [found.delivery])
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
