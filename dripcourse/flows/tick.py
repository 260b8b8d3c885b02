"""What the scheduler does every few seconds: notice an outage, see how much is due, say how many batches to send."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.progress import spread, timing
from dripcourse.flows import lapses
from dripcourse.flows.engine import Engine
from dripcourse.flows.leftovers import settle_leftovers, take_over_dead
from dripcourse.flows.prune import prune_some
from dripcourse.flows.telling import queue_pick_ups
from dripcourse.mail import journal
from dripcourse.storage import deliveries, enrollments, events, heartbeats, outlook
from dripcourse.storage.database import Transaction
from dripcourse.storage.events import Event
from dripcourse.storage.outlook import Outlook

#: Silence of this length is an outage; a scheduler that restarts within it leaves no trace.
OUTAGE_AFTER = timedelta(minutes=10)
#: How often the heartbeat is written; every tick would be a write for nothing.
BEAT_EVERY = timedelta(minutes=1)
#: Journals of workers that died are needed until the next claim reads them; a month is long enough for any lease.
JOURNALS_KEPT = timedelta(days=30)
#: Never more tasks a tick than this. A task goes on for as long as there is something due (`send_due`), so this is
#: how many worker processes a tick can set to work at once.
MOST_TASKS = 32


@dataclass(frozen=True)
class Due:
    """How many `send_due`, `send_notices`, `send_hooks` tasks to enqueue. They are hints: more or fewer do no harm."""

    senders: int
    notices: int
    hooks: int = 0


def tick(engine: Engine) -> Due:
    """One tick. Any number of schedulers may do it at once. A quiet one reads four indexes and writes nothing."""
    now = engine.clock()
    take_over_dead(engine, now)
    found = _look(engine, now)
    if found.last_beat is None or abs(now - found.last_beat) >= BEAT_EVERY:
        _beat(engine, now)
        found = _look(engine, now)
    return Due(-(-found.lessons // engine.batch_size), 1 if found.notices or found.sign_ups else 0, found.hooks)


def _look(engine: Engine, now: datetime) -> Outlook:
    most = engine.batch_size * MOST_TASKS
    with engine.db.reading() as tx:
        return outlook.look(tx, "tick", now, most_lessons=most, most_notices=1)


def _beat(engine: Engine, now: datetime) -> None:
    with engine.db.writing() as tx:
        last = heartbeats.beat(tx, "tick", now)  # of several schedulers, one gets the old value
        if last is not None and now - last > OUTAGE_AFTER:
            _after_outage(engine, tx, last, now)
        settle_leftovers(engine, tx, now)
    if engine.journals is not None:  # a simulation sends no notices, keeps no journals, and its whole ledger
        queue_pick_ups(engine.db, engine.shelf, engine.brand.domain, now, wanted=engine.pick_up)
        journal.sweep(engine.journals, now - JOURNALS_KEPT)
        prune_some(engine.db, engine.history, now)
        lapses.forget(engine.db, engine.links.keys, engine.signup_lapse, now, most=lapses.A_BEAT)


def _after_outage(engine: Engine, tx: Transaction, since: datetime, now: datetime) -> None:
    """Note the outage. What still goes today is spread, so that the backlog leaves evenly and not in one burst;
    what is too late moves to the next hour of its plan at once, which may be a minute from now. What a reader asked for
    is never too late.
    """
    events.record(tx, [Event(now, "outage", "engine", data={"since": since.isoformat(), "until": now.isoformat()})])
    last_id = 0
    while batch := enrollments.overdue(tx, before=now, after_id=last_id, limit=1000):
        last_id = batch[-1].id
        tried = deliveries.of_next_lessons(tx, [one.id for one in batch])
        moved = [_after(engine, tx, one, one.id in tried, since, now) for one in batch]
        enrollments.save(tx, moved, now)
        why = f"the service was down from {since:%Y-%m-%d %H:%M} to {now:%Y-%m-%d %H:%M} UTC"
        events.record(
            tx, [_moved(one, why, now) for one, old in zip(moved, batch, strict=True) if one.next_date != old.next_date]
        )


def _after(engine: Engine, tx: Transaction, one: Enrollment, tried: bool, since: datetime, now: datetime) -> Enrollment:
    step = engine.shelf.book(tx, one.version_id).version.step(one.next_key or "")
    if step is not None and one.next_date is not None and not one.asked:
        found = timing(one.plan, step, one.next_date, one.last_date, tried, now)
        if found.slot is not None:
            return replace(one, next_date=found.slot.day, due_at=found.slot.at)
    return replace(one, due_at=now + spread(one.id, now - since))


def _moved(one: Enrollment, why: str, now: datetime) -> Event:
    data = {"lesson": one.next_key, "to": str(one.next_date), "why": why}
    return Event(now, "moved", "engine", one.subscriber_id, one.id, data)
