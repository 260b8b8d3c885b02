"""The real engine on a virtual clock: what would happen, day by day, without a mail. Proof and forecast in one.

    scratch database | publish, enroll (or copy the real runs) | jump to the next due moment | tick, send_due | again

Only the clock and the way out are not the real ones; claims, plans and settlements are.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from dripcourse.addresses import EmailAddress
from dripcourse.config import Settings
from dripcourse.domain.calendar import Slot, next_slot
from dripcourse.domain.course import Course
from dripcourse.domain.enrollment import Delivery
from dripcourse.domain.plan import Plan
from dripcourse.domain.progress import Rule
from dripcourse.flows import pace
from dripcourse.flows.dispatch import send_due
from dripcourse.flows.engine import Engine, build_engine
from dripcourse.flows.enroll import Wish, add_subscriber, enroll
from dripcourse.flows.explain import reasons
from dripcourse.flows.publish import publish
from dripcourse.flows.tick import OUTAGE_AFTER, tick
from dripcourse.mail.transports.null import NullTransport
from dripcourse.storage import copies, courses, deliveries, enrollments, events, heartbeats, schema
from dripcourse.storage.database import Database, Transaction, open_database

_POSTAL = "Simulation"


@dataclass(frozen=True)
class Pause:
    """On course day `day`, pause for `days`."""

    day: int
    days: int


@dataclass(frozen=True)
class Outage:
    """From the hour of course day `day`, everything stands still for `hours`."""

    day: int
    hours: float


@dataclass(frozen=True)
class Scenario:
    """What to simulate. `start` is the local date and wall hour of the sign-up (aware UTC instant)."""

    plan: Plan
    start: datetime
    days: int | None = None  # None: until everybody has finished
    pauses: Sequence[Pause] = ()
    outages: Sequence[Outage] = ()
    subscribers: int = 1


@dataclass
class Progress:
    """How far a simulation is; `sent` counts mails."""

    now: datetime
    sent: int = 0


@dataclass
class VirtualClock:
    """A clock that stands still until it is moved."""

    now: datetime
    changes: list[tuple[datetime, Callable[[Transaction], None]]] = field(default_factory=list)

    def __call__(self) -> datetime:
        """The moment it shows."""
        return self.now


@contextmanager
def scratch(settings: Settings) -> Iterator[tuple[Engine, VirtualClock]]:
    """An empty database of its own in a temporary folder, and an engine on it that delivers to nobody."""
    with (
        tempfile.TemporaryDirectory(prefix="dripcourse-") as folder,
        closing(open_database(f"sqlite:///{Path(folder) / 'simulation.db'}", scratch=True)) as db,
    ):
        with db.writing() as tx:
            schema.upgrade(tx)
        clock = VirtualClock(datetime.min.replace(tzinfo=UTC))
        own = settings.model_copy(update={"batch_size": 500, "postal_address": settings.postal_address or _POSTAL})
        yield replace(build_engine(own, db, clock, NullTransport()), journals=None), clock


def simulate_course(
    engine: Engine, clock: VirtualClock, course: Course, scenario: Scenario, report: Callable[[Progress], None]
) -> Progress:
    """Publish the course, enroll the scenario's people at its start, and let time pass."""
    clock.now = scenario.start
    publish(engine.db, course, engine.brand, Rule.FOLLOW, clock.now, how="simulate", compiled=False)
    _enroll_all(engine, course, scenario)
    for pause in scenario.pauses:
        slot = _slot(scenario, pause.day)
        at = max(slot.at - timedelta(minutes=1), scenario.start)  # nobody pauses before he has signed up
        clock.changes.append((at, _pauser(engine, slot.day + timedelta(days=pause.days), at)))
    return _run(engine, clock, scenario.days, _spans(scenario), report)


def simulate_everybody(
    engine: Engine, clock: VirtualClock, real: Database, now: datetime, days: int, report: Callable[[Progress], None]
) -> tuple[int, Progress]:
    """Copy every real run and go on from now; (how many runs, how far it came). The real database is only read."""
    with real.reading() as source, engine.db.writing() as target:
        runs = copies.copy_engine_state(source, target)
    clock.now = now
    return runs, _run(engine, clock, days, (), report)


def timetable(engine: Engine) -> Iterator[tuple[int, Delivery, str]]:
    """(enrollment id, a delivery, why it came later than the day after the one before or "") of every run, in order;
    in bounded memory.
    """
    last_id = 0
    while True:
        with engine.db.reading() as tx:
            batch = enrollments.after(tx, last_id, 500)
            ids = [one.id for one in batch]
            rows, ledger = deliveries.of_enrollments(tx, ids), events.of_enrollments(tx, ids)
        if not batch:
            return
        last_id = batch[-1].id
        for one in batch:
            yield from ((one.id, row, why) for row, why in reasons(rows[one.id], ledger[one.id]))


def _run(
    engine: Engine, clock: VirtualClock, days: int | None, down: Sequence[tuple[datetime, datetime]],
    report: Callable[[Progress], None],
) -> Progress:  # fmt: skip
    """Jump from one due moment to the next. While a span of `down` lasts, nothing ticks."""
    progress = Progress(clock.now)
    end = clock.now + timedelta(days=days) if days is not None else None
    while (moment := _next_moment(engine, clock)) is not None and (end is None or moment <= end):
        before = clock.now
        outage = next((span for span in down if span[0] <= max(moment, before) < span[1]), None)
        clock.now = max(before, moment) if outage is None else outage[1]
        _keep_beating(engine, before, clock.now - timedelta(minutes=1) if outage is None else outage[0])
        _apply_changes(engine, clock)
        tick(engine)
        while (batch := send_due(engine)).claimed:
            progress.sent += batch.outcomes.get("sent", 0)
        progress.now = clock.now
        report(progress)
    return progress


def _next_moment(engine: Engine, clock: VirtualClock) -> datetime | None:
    with engine.db.reading() as tx:
        due = enrollments.next_due(tx)
    moments = [at for at, _change in clock.changes] + ([due] if due is not None else [])
    return min(moments, default=None)


def _apply_changes(engine: Engine, clock: VirtualClock) -> None:
    ripe = [change for at, change in clock.changes if at <= clock.now]
    clock.changes = [pair for pair in clock.changes if pair[0] > clock.now]
    for change in ripe:
        with engine.db.writing() as tx:
            change(tx)


def _keep_beating(engine: Engine, before: datetime, until: datetime) -> None:
    """A quiet stretch is no outage: the scheduler would have ticked through it."""
    if until - before > OUTAGE_AFTER:
        with engine.db.writing() as tx:
            heartbeats.beat(tx, "tick", until)


def _enroll_all(engine: Engine, course: Course, scenario: Scenario) -> None:
    with engine.db.writing() as tx:
        row = courses.find(tx, course.slug)
        for number in range(scenario.subscribers):
            address = f"subscriber-{number + 1}@subscriber.example"
            person = add_subscriber(tx, EmailAddress(address, address), "", scenario.start)
            enroll(tx, engine.shelf, person, row, Wish(scenario.plan), scenario.start, how="simulate")


def _pauser(engine: Engine, until: date, at: datetime) -> Callable[[Transaction], None]:
    def change(tx: Transaction) -> None:
        last_id = 0
        while batch := enrollments.after(tx, last_id, 500):
            last_id = batch[-1].id
            for one in batch:
                pace.pause(tx, engine.shelf, one.id, at, how="simulate", until=until)

    return change


def _slot(scenario: Scenario, day: int) -> Slot:
    """Where lesson number `day` would go if nothing came between."""
    slot = next_slot(scenario.plan, after=None, not_before=scenario.start)
    for _ in range(day - 1):
        slot = next_slot(scenario.plan, after=slot.day, not_before=slot.at)
    return slot


def _spans(scenario: Scenario) -> list[tuple[datetime, datetime]]:
    """(from, to) of each outage; it begins a minute before the lesson of its day."""
    starts = [(_slot(scenario, o.day).at - timedelta(minutes=1), o.hours) for o in scenario.outages]
    return [(at, at + timedelta(hours=hours)) for at, hours in starts]
