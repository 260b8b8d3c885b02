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
from bench.seed import Seeded
from bench.servers import lean_sink

PROCESSES = 2
LEASE, DEADLINE = 40, 5  # seconds
_CLAIMED = "SELECT coalesce(max(id), 0) FROM delivery"
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
        done = _kill(there, db, kills)
        there.worker(PROCESSES)
        drained = there.until_drained(LEASE + 90, lambda: db.run(_DOUBTS))
    copies = sink.copies
    twice, lost = sum(copies.values()) - len(copies), due - len(copies)
    connections = PROCESSES * connections_of_a_process()
    note = f"{twice} copies too many, {due:,} due, {connections} connections" + ("" if drained else "; NOT drained")
    each = twice / max(done, 1)
    return [
        Row(f"copies per kill -9, {done} kills", f"<= {connections}", f"{each:.2f}", each <= connections, note),
        Row("mails lost", "0", f"{lost:,}", lost == 0),
    ]


def connections_of_a_process() -> int:
    """How many connections one worker process keeps, by the product's default."""
    from dripcourse.config import Settings

    field = Settings.model_fields.get("smtp_connections")
    return int(field.default) if field is not None else 1


def _kill(there: House, db: Seeded, kills: int) -> int:
    """Start a worker, let it send for a moment, kill it with all its processes; how often that was done."""
    chance = random.Random(3)
    for number in range(kills):
        before = db.ask(_CLAIMED)[0]
        worker = there.worker(PROCESSES)
        end = time.monotonic() + 60
        while db.ask(_CLAIMED)[0] == before and worker.running:
            if there.drained() or time.monotonic() > end:  # nothing is left to be killed at
                worker.kill()
                there.workers.remove(worker)
                return number
            time.sleep(0.02)
        time.sleep(chance.uniform(0.05, 0.6))
        worker.kill()
        there.workers.remove(worker)
    return kills
