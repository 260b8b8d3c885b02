"""A relay far away (each reply 20 ms later) and one slow provider: what the rate depends on there.

Fair because nothing changes but the number of connections, or whether the slow domain's people are due, too. On a far
relay a lock-step or single connection waits; the machine idles. So the rate should follow the connections.
"""

from __future__ import annotations

from bench import engine
from bench.kit import Kit, Row
from bench.seed import Seeded
from bench.servers import lean_sink

CONNECTIONS = (1, 4, 16, 64)
DELAY, SLOW = 20, 500  # milliseconds
PEOPLE, SLOW_ONE_IN = 24_000, 10
SECONDS = 6  # about so long a run should take, at one round trip a mail


def measure(kit: Kit) -> list[Row]:
    """Goals: 0.7 of the ideal growth at 16 connections, and 0.7 of the others' rate beside a slow
    provider, which may hold a quarter of the connections."""
    db = kit.database(PEOPLE, slow=SLOW_ONE_IN)
    found = {}
    for connections in CONNECTIONS:
        due = min(PEOPLE, int(connections * SECONDS * 1000 / DELAY))
        with lean_sink(kit.room, kit.lean, delay=DELAY) as sink:
            found[connections] = _run(kit, db, sink.port, due, connections)
    growth = found[16] / found[1] / 16 if found[1] else 0.0
    words = ", ".join(f"{number}: {rate:,.0f}/s" for number, rate in found.items())
    rows = [Row(f"relay {DELAY} ms away: growth to 16 connections", ">= 0.7", f"{growth:.2f}", growth >= 0.7, words)]
    return [*rows, _beside_a_slow_one(kit, db)]


def _beside_a_slow_one(kit: Kit, db: Seeded) -> Row:
    due = 16 * SECONDS * 1000 // DELAY
    rates = []
    for slow_ms in (0, SLOW):
        with lean_sink(kit.room, kit.lean, delay=DELAY, slow_ms=slow_ms) as sink:
            _run(kit, db, sink.port, due, 16)
            rates.append(engine.outcome(db, True, "%@example.com").rate)
    without, beside = rates
    share = beside / without if without else 0.0
    note = f"{without:,.0f}/s and {beside:,.0f}/s; one in {SLOW_ONE_IN} is {SLOW} ms slow at RCPT and at the dot"
    return Row("other domains' rate beside a slow one", ">= 0.7", f"{share:.2f}", share >= 0.7, note)


def _run(kit: Kit, db: Seeded, port: int, due: int, connections: int) -> float:
    """One worker process with so many connections. Batches are smaller, so that even a short run has several."""
    batch = max(20, min(500, due // 6))
    settings = {"smtp_connections": connections, "batch_size": batch}
    return engine.run(kit, db, port, due, concurrency=1, patience=45, **settings).rate
