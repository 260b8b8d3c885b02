"""What a tick costs that finds nothing due among many enrollments, and which plans PostgreSQL takes for it.

Fair because it is the tick of the product, on a database that has just been vacuumed as autovacuum would; the plans
are those the server itself logs (auto_explain), not those of a query written for this file.
"""

from __future__ import annotations

import re
import statistics
import time
from dataclasses import astuple

from bench.inside import opened
from bench.kit import Kit, Row
from bench.seed import Seeded
from dripcourse.flows.tick import tick

TIMES = 300
GOAL = 2.0  # ms
#: One row, and none: PostgreSQL reads them as they are. That a full notice table is asked through its index is tested.
_SMALL = ("heartbeat", "notice")
_NODE = re.compile(r"^\s*(?:->\s+)?(\w[\w ]*Scan(?: using \w+)? on \w+)", re.M)


def measure(kit: Kit) -> list[Row]:
    """Goals: under 2 ms, and no scan but over an index."""
    db = kit.database(kit.many, old=3 * kit.many)
    db.reset(0)
    with opened(kit, db) as engine:
        tick(engine)  # the first of all writes the heartbeat
        took = []
        for _ in range(TIMES):
            started = time.perf_counter()
            due = tick(engine)
            took.append((time.perf_counter() - started) * 1000)
    if any(astuple(due)):
        kit.trouble.append("idle_tick: something was due")
    middle, slow = statistics.median(took), statistics.quantiles(took, n=100)[98]
    scans = _scans(kit, db)
    whole = [scan for scan in scans if scan.startswith("Seq Scan on") and not scan.endswith(_SMALL)]
    said = f"{len(scans)} scans, {len(whole)} of a whole table (heartbeat has one row, notice none)"
    plans = Row("plans of that tick", "index only", said, not whole)
    said = f"{middle:.2f} ms (p99 {slow:.2f})"
    shown = Row(f"tick with nothing due, {kit.many:,}", f"< {GOAL:g} ms", said, middle < GOAL, "\n".join(scans))
    return [shown, plans]


def _scans(kit: Kit, db: Seeded) -> list[str]:
    """The scans of one tick, as the server logged them."""
    log = kit.room / "postgresql.log"
    name = db.url.rpartition("/")[2]
    settings = {"session_preload_libraries": "auto_explain", "auto_explain.log_min_duration": "0"}
    with db.connect() as line:
        for setting, value in settings.items():
            line.execute(f"ALTER DATABASE \"{name}\" SET {setting} = '{value}'")
        before = log.stat().st_size
        with opened(kit, db) as engine:
            tick(engine)
        for setting in settings:
            line.execute(f'ALTER DATABASE "{name}" RESET {setting}')
    text = log.read_bytes()[before:].decode("utf-8", "replace")
    return sorted({found[1] for found in _NODE.finditer(text)})
