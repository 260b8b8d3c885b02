"""Runs the whole engine as an installation does, a Celery worker and a beat as processes, and says how fast it was.

The rate is read from the ledger: the middle 90 % of the acceptances over the time they took. So neither the start of
the processes nor the last half-full batches count, and claim, settle and all that lies between two batches do.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from bench.kit import Kit
from bench.processes import Failed, Program
from bench.seed import Seeded

_RATE = """
SELECT count(*), count(*) * 0.9 / nullif(extract(epoch FROM
    percentile_disc(0.95) WITHIN GROUP (ORDER BY d.sent_at)
    - percentile_disc(0.05) WITHIN GROUP (ORDER BY d.sent_at)), 0)
FROM delivery d JOIN enrollment e ON e.id = d.enrollment_id JOIN subscriber s ON s.id = e.subscriber_id
WHERE d.id > %s AND d.state = 'sent' AND s.address LIKE %s"""
_WAITING = "SELECT EXISTS (SELECT 1 FROM enrollment WHERE state = 'active' AND due_at < now() + interval '2 hours')"


@dataclass(frozen=True)
class Run:
    """What came of a run: mails a second, how many were sent, and whether all of them were."""

    rate: float
    sent: int
    drained: bool


@dataclass
class House:
    """The processes of an installation on one database."""

    kit: Kit
    db: Seeded
    env: dict[str, str]
    folder: Path
    workers: list[Program]
    beat: Program | None = None

    def worker(self, concurrency: int = 2, app: str = "workers") -> Program:
        """Start a prefork worker."""
        words = [sys.executable, "-m", "celery", "-A", app, "worker", "-c", concurrency, "--loglevel", "WARNING"]
        log = self.folder / f"worker{len(self.workers)}.log"
        self.workers.append(Program(words, log, env=self.env))
        return self.workers[-1]

    def tick(self) -> None:
        """Start the beat: from now on a tick a second."""
        words = [sys.executable, "-m", "celery", "-A", "workers", "beat", "--loglevel", "WARNING"]
        words += ["--schedule", str(self.folder / "beat")]
        self.beat = Program(words, self.folder / "beat.log", env=self.env)

    def drained(self) -> bool:
        """Whether nothing is due any more and nobody holds anything."""
        return not self.db.ask(_WAITING)[0]

    def until_drained(self, patience: float, each: Callable[[], None] = lambda: None) -> bool:
        """Wait for it, asking twice a second; False when the time is over. Raises Failed when a process ends."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if self.drained():
                return True
            for program in [*self.workers, *([self.beat] if self.beat else [])]:
                if not program.running:
                    raise Failed(f"a process of the engine ended\n{program.words()}")
            each()
            time.sleep(0.5)
        return False

    def close(self) -> None:
        """End all processes in order: no more ticks, then the workers."""
        for program in [*([self.beat] if self.beat else []), *self.workers]:
            program.stop()


@contextmanager
def house(kit: Kit, db: Seeded, port: int, **settings: object) -> Iterator[House]:
    """A house with an empty queue and no process yet; all of them ended with the block."""
    folder = Path(tempfile.mkdtemp(prefix="house-", dir=kit.room))
    given = {
        "database_url": db.url,
        "redis_url": kit.redis,
        "smtp_port": port,
        "state_dir": folder / "state",
        **settings,
    }
    with redis.Redis.from_url(kit.redis) as client:
        client.flushall()
    found = House(kit, db, kit.settings(**given), folder, [])
    try:
        yield found
    finally:
        found.close()


def run(
    kit: Kit, db: Seeded, port: int, due: int, *, concurrency: int = 2, app: str = "workers", patience: float = 90,
    **settings: object,
) -> Run:  # fmt: skip
    """Send the lessons of `due` people and look how fast it went."""
    db.reset(due)
    with house(kit, db, port, **settings) as there:
        there.worker(concurrency, app)
        there.tick()
        drained = there.until_drained(patience)
    found = outcome(db, drained)
    if found.sent != due:
        over = "" if drained else f" when its {patience:.0f} s were over"
        kit.trouble.append(f"a run into port {port} had sent {found.sent:,} of {due:,}{over}")
    return found


def outcome(db: Seeded, drained: bool, address: str = "%") -> Run:
    """What the ledger says of the last run; of some addresses only, if given as a LIKE pattern."""
    sent, rate = db.ask(_RATE, db.old, address)
    return Run(float(rate or 0), sent, drained)
