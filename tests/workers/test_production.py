"""The shape it runs in: Redis, PostgreSQL, a prefork Celery worker and a beat as processes, and a real SMTP server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis

from dripcourse.mail.transports.outbox import Outbox
from dripcourse.mail.transports.sink import Answer, Sink
from dripcourse.storage import deliveries, enrollments
from tests.flows.stage import MINUTE, Stage, raised
from tests.services.asking import ROOT

PATIENCE = 45.0


class House:
    """Everything that runs, and what has arrived."""

    def __init__(self, stage: Stage, outbox: Outbox, environment: dict[str, str], folder: Path) -> None:
        self.stage, self.outbox, self.environment, self.folder = stage, outbox, environment, folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{words[0]}-{len(self.processes)}.log").open("wb")
        command = [sys.executable, "-m", "celery", "-A", "workers", *words]
        with log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.processes.append(process)
        return process

    def worker(self) -> subprocess.Popen[bytes]:
        return self.start("worker", "--pool", "prefork", "--concurrency", "2", "--loglevel", "WARNING")

    def beat(self) -> subprocess.Popen[bytes]:
        return self.start("beat", "--schedule", str(self.folder / "beat"), "--loglevel", "WARNING")

    def until(self, what: str, met: Callable[[], bool]) -> None:
        """Wait for the condition. Fails with the processes' own words."""
        end = time.monotonic() + PATIENCE
        while not met():
            for process in self.processes:
                assert process.poll() in (None, 0), self.words()
            assert time.monotonic() < end, f"not within {PATIENCE} s: {what}; {self.counts()}\n{self.words()}"
            time.sleep(0.05)

    def counts(self) -> dict[str, int]:
        with self.stage.db.reading() as tx:
            return {**deliveries.counts(tx), "held": enrollments.count_leased(tx)}

    def words(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in sorted(self.folder.glob("*.log")))

    def people(self, number: int) -> None:
        """So many people, whose first mail is due since a moment ago."""
        self.stage.jump(datetime.now(UTC) - MINUTE)  # and no outage: the scheduler ticked a minute ago
        for n in range(number):
            self.stage.enroll(f"person-{n}")

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)

    def arrived(self) -> Counter[str]:
        return Counter(mail.recipient for mail in self.outbox.mails)


@contextmanager
def house(
    database: str, broker: str, folder: Path, answer: Answer | None = None, batch_size: int = 5
) -> Iterator[House]:
    outbox = Outbox()
    with raised(database, folder) as stage, Sink(outbox, answer=answer, clock=lambda: datetime.now(UTC)) as sink:
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("DRIPCOURSE_")},
            "DRIPCOURSE_DATABASE_URL": database,
            "DRIPCOURSE_REDIS_URL": broker,
            "DRIPCOURSE_STATE_DIR": str(folder / "state"),
            "DRIPCOURSE_POSTAL_ADDRESS": "1 Main St",
            "DRIPCOURSE_SMTP_HOST": "127.0.0.1",
            "DRIPCOURSE_SMTP_PORT": str(sink.port),
            "DRIPCOURSE_SMTP_SECURITY": "plain",
            "DRIPCOURSE_TICK_SECONDS": "1",
            "DRIPCOURSE_BATCH_SIZE": str(batch_size),
        }
        found = House(stage, outbox, environment, folder)
        try:
            yield found
        finally:
            found.stop()


def test_a_prefork_worker_and_a_beat_send_everything_once(postgres_url: str, redis_url: str, tmp_path: Path) -> None:
    with house(postgres_url, redis_url, tmp_path) as running:
        running.people(12)
        running.worker()
        running.beat()
        running.until("all mails sent", lambda: running.counts().get("sent") == 12)
        assert set(running.arrived().values()) == {1}
        assert len(running.arrived()) == 12
        running.until("nothing held", lambda: running.counts()["held"] == 0)


@pytest.mark.slow
def test_redis_emptied_in_the_middle_loses_and_doubles_nothing(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    with house(postgres_url, redis_url, tmp_path, batch_size=2) as running:
        running.people(30)
        running.worker()
        running.beat()
        running.until("some mails sent", lambda: len(running.outbox.mails) >= 4)
        with redis.Redis.from_url(redis_url) as client:
            client.flushdb()
        for n in range(10):
            running.stage.enroll(f"late-{n}")
        running.until("all mails sent", lambda: running.counts().get("sent") == 40)
        assert len(running.arrived()) == 40
        assert set(running.arrived().values()) == {1}


@pytest.mark.slow
def test_sigterm_in_the_middle_of_a_batch_drains_it(postgres_url: str, redis_url: str, tmp_path: Path) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def slow(recipient: str, _attempt: int) -> None:
        reached.set()
        go_on.wait(20)

    with house(postgres_url, redis_url, tmp_path, answer=slow, batch_size=10) as running:
        running.people(10)
        worker = running.worker()
        running.beat()
        assert reached.wait(PATIENCE), running.words()
        worker.send_signal(signal.SIGTERM)
        go_on.set()
        assert worker.wait(30) == 0, running.words()
        assert running.counts() == {"sent": 10, "doubts": 0, "held": 0}
        assert set(running.arrived().values()) == {1}
        assert list((tmp_path / "state" / "journal").glob("*")) == []


@pytest.mark.slow
def test_two_workers_and_three_beats_do_one_schedulers_worth(postgres_url: str, redis_url: str, tmp_path: Path) -> None:
    with house(postgres_url, redis_url, tmp_path, batch_size=3) as running:
        running.people(40)
        for number in range(2):
            running.start("worker", "--pool", "prefork", "--concurrency", "2", "--hostname", f"w{number}@localhost")
        for number in range(3):
            running.start("beat", "--schedule", str(tmp_path / f"beat-{number}"))
        running.until("all mails sent", lambda: running.counts().get("sent") == 40)
        assert set(running.arrived().values()) == {1}
        assert len(running.arrived()) == 40
