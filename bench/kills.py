"""kill -9 of the whole worker under full load, again and again: how many mails went twice, how many never.

The sink counts each Message-ID it accepted, so what is compared is what a subscriber would have seen, not what the
ledger says. The lease is short, so that what a killed worker held is taken up within the run; mails in doubt are
sent once more at the end, as the policy `resend` does after half an hour.
"""

from __future__ import annotations

import random
import time

from bench import engine
from bench.engine import House
from bench.kit import Kit, Row
from bench.servers import LeanSink, lean_sink

PROCESSES = 2
LEASE, DEADLINE = 40, 5  # seconds
LOADED = 300  # mails that a new worker has handed over when it counts as loaded
_DOUBTS = """
UPDATE enrollment SET due_at = now() WHERE state = 'active' AND due_at < now() + interval '1 hour' AND EXISTS
    (SELECT 1 FROM delivery d WHERE d.enrollment_id = enrollment.id AND d.state = 'unknown')"""


def measure(kit: Kit) -> list[Row]:
    """Goals: at most one copy too many for each open connection and kill; nothing lost."""
    kills, due = (8, kit.mails * 2) if kit.quick else (40, kit.mails * 10)
    db = kit.database(max(due, kit.many))
    db.reset(due)
    settings = {"lease_seconds": LEASE, "smtp_deadline": DEADLINE, "smtp_timeout": DEADLINE}
    with lean_sink(kit.room, kit.lean, ids=True) as sink, engine.house(kit, db, sink.port, **settings) as there:
        there.tick()
        done = _kill(there, sink, kills)
        there.worker(PROCESSES)
        drained = there.until_drained(LEASE + 90, lambda: db.run(_DOUBTS))
    copies = sink.copies
    twice, lost = sum(copies.values()) - len(copies), due - len(copies)
    connections = PROCESSES * connections_of_a_process()
    note = f"{twice} copies too many, {due:,} due, {connections} connections" + ("" if drained else "; NOT drained")
    each = twice / max(done, 1)
    return [
        Row(
            f"copies per kill -9, {done} of {kills} kills",
            f"<= {connections}",
            f"{each:.2f}",
            each <= connections and done == kills,
            note,
        ),
        Row("mails lost", "0", f"{lost:,}", lost == 0 and drained and done == kills),
    ]


def connections_of_a_process() -> int:
    """How many connections one worker process keeps, by the product's default."""
    from dripcourse.config import Settings

    field = Settings.model_fields.get("smtp_connections")
    return int(field.default) if field is not None else 1


def _kill(there: House, sink: LeanSink, kills: int) -> int:
    """Start a worker, let it send at full speed, kill it with all its processes; how often that was done."""
    chance = random.Random(3)
    for number in range(kills):
        before = sink.accepted()
        worker = there.worker(PROCESSES)
        loaded = _under_load(sink, before, there)
        if loaded:
            time.sleep(chance.uniform(0.0, 0.4))
        worker.kill()
        there.workers.remove(worker)
        if not loaded:
            return number
    return kills


def _under_load(sink: LeanSink, before: int, there: House) -> bool:
    """Wait until mails arrive; False where there are none left or none comes."""
    end = time.monotonic() + 60
    while sink.accepted() < before + LOADED:
        if time.monotonic() > end or there.drained():
            return False
        time.sleep(0.02)
    return True
