"""The embedded mode: one process, SQLite, memory broker, `dripcourse serve` with a relay; its rate and its memory.

There is nothing to compare it with, so it is reported: mails a second into the lean sink over the middle 90 %, and the
memory of the whole process (web part, scheduler and worker) when everybody has been sent his lesson.
"""

from __future__ import annotations

import sys
import time

from bench.kit import Kit, Row
from bench.processes import free_port, resident, running
from bench.servers import lean_sink
from bench.small import filled, sent

PEOPLE = 100_000
MEMORY = 200  # MB
PATIENCE = 120.0


def measure(kit: Kit) -> list[Row]:
    """Goal: under 200 MB at 100,000 enrollments."""
    due, home = min(PEOPLE, kit.mails), kit.room / "embedded"
    home.mkdir()
    file = home / "course.db"
    with lean_sink(kit.room, kit.lean) as sink:
        given = {"database_url": f"sqlite:///{file}", "smtp_port": sink.port, "state_dir": home / "state"}
        env = kit.settings(**given)
        filled(env, PEOPLE, due)
        words = [sys.executable, "-m", "dripcourse", "serve", "--port", free_port()]
        peak, end = 0, time.monotonic() + PATIENCE
        with running(words, home / "log", env=env) as program:
            while len(done := sent(file)) < due and time.monotonic() < end and program.running:
                peak = max(peak, resident(program.pid))
                time.sleep(1)
            peak = max(peak, resident(program.pid))
    if len(done) != due:
        kit.trouble.append(f"embedded: {len(done):,} of {due:,} were sent\n{program.words()[-300:]}")
    middle = done[len(done) // 20 : -len(done) // 20 or None]
    rate = len(middle) / max(middle[-1] - middle[0], 0.001) if len(middle) > 1 else 0.0
    memory = peak / 1e6
    return [
        Row("embedded mode (SQLite, one process)", "report", f"{rate:,.0f} mails/s", None),
        Row(f"its memory at {PEOPLE:,} enrollments", f"< {MEMORY} MB", f"{memory:.0f} MB", memory < MEMORY),
    ]
