"""A million lessons due in the same minute, on a machine that takes sign-ups meanwhile, against the engine left alone.

Fair because both run on the same database with four worker processes into the lean sink; only the peak has the web
part beside it, and people who sign up: a real form, a few a second, each answer timed where the browser would.
"""

from __future__ import annotations

import http.client
import statistics
import sys
import threading
import time

from bench import engine
from bench.kit import Kit, Row
from bench.processes import Program, answers, free_port, resident, running
from bench.seed import Seeded
from bench.servers import lean_sink
from bench.visitors import Entry, people

WORKERS = 4
LONGEST = 240.0  # seconds: a peak that takes longer is cut off, and the page says so
APART = 0.25  # seconds from one sign-up to the next
GOAL = 0.2  # seconds


class SignUps:
    """Somebody who fills in the form every quarter of a second; what the answers took."""

    def __init__(self, port: int, db: Seeded) -> None:
        self.port = port
        self.people = people(db, port, int(LONGEST / APART) + 1)
        self.took: list[float] = []
        self.refused = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> SignUps:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        number, begun = 0, time.monotonic()
        while not self._over.wait(max(0.0, begun + number * APART - time.monotonic())):
            number += 1
            started = time.perf_counter()
            self.refused += self._post(next(self.people)) != 202
            self.took.append(time.perf_counter() - started)

    def _post(self, entry: Entry) -> int:
        head = {"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": entry.network}
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            line.request("POST", entry.path, entry.body, head)
            answer = line.getresponse()
            answer.read()
        except OSError:
            return 0
        finally:
            line.close()
        return answer.status

    @property
    def p99(self) -> float:
        """Seconds that 99 of 100 answers took at most."""
        return statistics.quantiles(self.took, n=100)[98] if len(self.took) > 1 else 0.0


def measure(kit: Kit) -> list[Row]:
    """Goals: 0.9 of the rate alone, memory that does not grow by a tenth, sign-ups within 200 ms."""
    db = kit.database(kit.many, old=3 * kit.many)
    with lean_sink(kit.room, kit.lean) as sink:
        alone = engine.run(kit, db, sink.port, kit.mails, concurrency=WORKERS)
        db.reset(kit.many)
        peak, memory, sign_ups = _peak(kit, db, sink.port)
    share = peak.rate / alone.rate if alone.rate else 0.0
    grown = max(memory[len(memory) // 2 :]) / max(memory[: len(memory) // 2 or 1]) if memory else 0.0
    note = f"{peak.rate:,.0f}/s, alone {alone.rate:,.0f}/s; {peak.sent:,} sent" + ("" if peak.drained else ", cut off")
    median = statistics.median(sign_ups.took)
    ups = f"{len(sign_ups.took):,} sign-ups, {sign_ups.refused} not taken, median {median:.3f} s"
    fits = sign_ups.p99 < GOAL and not sign_ups.refused
    megabytes = f"{max(memory, default=0) / 1e6:,.0f} MB at most"
    return [
        Row(f"peak of {kit.many:,}: rate / alone", ">= 0.9", f"{share:.2f}", share >= 0.9, note),
        Row("its memory, second half / first", "<= 1.1", f"{grown:.2f}", grown <= 1.1, megabytes),
        Row("sign-up p99 meanwhile", f"< {GOAL * 1000:.0f} ms", f"{sign_ups.p99 * 1000:.0f} ms", fits, ups),
    ]


def _peak(kit: Kit, db: Seeded, port: int) -> tuple[engine.Run, list[int], SignUps]:
    memory: list[int] = []
    web = free_port()
    with engine.house(kit, db, port) as there:
        words = [sys.executable, "-m", "uvicorn", "dripcourse.web.main:app", "--port", web, "--no-access-log"]
        with running(words, there.folder / "web.log", env=there.env) as site:
            site.until(lambda: answers(web), "the web part")
            worker = there.worker(WORKERS)
            there.tick()
            with SignUps(web, db) as sign_ups:
                drained = there.until_drained(LONGEST, lambda: _sample(memory, worker))
    return engine.outcome(db, drained), memory[5:], sign_ups  # the first seconds: its processes are just being made


def _sample(memory: list[int], worker: Program) -> None:
    memory.append(resident(worker.pid))
