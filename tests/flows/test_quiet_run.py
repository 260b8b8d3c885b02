"""One quiet run of four people against a real SMTP server, in wall-clock words; and disturbed runs that equal it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, time
from email import message_from_bytes
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dripcourse.domain.plan import EVERY_DAY, Plan
from dripcourse.flows.dispatch import send_due
from dripcourse.flows.tick import tick
from dripcourse.mail.transports.outbox import Outbox
from dripcourse.mail.transports.sink import Sink
from tests.flows.stage import MINUTE, Stage, raised, to_sink, utc
from tests.services.asking import ROOT

MON_WED_FRI = 0b0010101
#: All enroll on Monday 2 March 2026, 12:00 UTC: 13:00 in Berlin and Lagos, 07:00 in New York, 21:00 in Tokyo.
PEOPLE = {
    "anna": Plan("Europe/Berlin", time(8, 0)),
    "ben": Plan("America/New_York", time(7, 30)),
    "chie": Plan("Asia/Tokyo", time(22, 30), EVERY_DAY, 2),
    "dayo": Plan("Africa/Lagos", time(6, 15), MON_WED_FRI),
}
LESSONS = ("one", "two", "three", "four", "completion")
#: Which day of March each has which lesson on: Anna's 08:00 has passed on Monday, Ben's and Chie's hours are ahead.
DAYS = {"anna": (3, 4, 5, 6, 7), "ben": (2, 3, 4, 5, 6), "chie": (2, 4, 6, 8, 10), "dayo": (4, 6, 9, 11, 13)}
EXPECTED = {(name, "welcome", "") for name in PEOPLE} | {
    (name, key, f"2026-03-{day:02}") for name in PEOPLE for key, day in zip(LESSONS, DAYS[name], strict=True)
}
END = utc("2026-03-14 00:00")
Step = Callable[[Stage], None]


def run(stage: Stage, step: Step) -> None:
    """From one due moment to the next; `step` is what schedulers and workers do there."""
    for name, plan in PEOPLE.items():
        stage.enroll(name, plan)
    while (due := stage.next_due()) is not None and due < END:
        before = stage.clock()
        stage.jump(max(due, before))
        step(stage)
        assert stage.clock() > before or stage.next_due() != due, "it spins"


def judge(stage: Stage, outbox: Outbox) -> None:
    assert stage.ledger() == EXPECTED
    ids = [str(message_from_bytes(mail.raw)["Message-ID"]) for mail in outbox.mails]
    assert len(ids) == len(set(ids)) == len(EXPECTED)
    assert stage.doubts() == 0
    assert stage.broken_promises() == []


def at_once(number: int, act: Callable[[], object]) -> None:
    """The same from so many threads at once; what one raises is raised here."""
    start, errors = threading.Barrier(number), []

    def begin() -> None:
        start.wait(20)
        try:
            act()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=begin, daemon=True) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors, errors[0]


def scheduler(stage: Stage) -> None:
    """One tick, and the tasks it enqueues."""
    due = tick(stage.engine)
    for _ in range(due.senders):
        send_due(stage.engine)


def two_ticks_at_once(stage: Stage) -> None:
    at_once(2, lambda: scheduler(stage))


def five_schedulers(stage: Stage) -> None:
    at_once(5, lambda: scheduler(stage))


def fifty_duplicates_of_each_task(stage: Stage) -> None:
    at_once(10, lambda: [send_due(stage.engine) for _ in range(5)])


def three_ticks_whose_tasks_are_lost(stage: Stage) -> None:
    for _ in range(3):
        assert tick(stage.engine).senders
        stage.jump(stage.clock() + MINUTE)
    scheduler(stage)


def tasks_a_day_late_and_out_of_turn(stage: Stage) -> None:
    scheduler(stage)
    for _ in range(5):  # of yesterday's
        assert send_due(stage.engine).claimed == 0


@pytest.mark.parametrize(
    "step",
    [scheduler, two_ticks_at_once, five_schedulers, fifty_duplicates_of_each_task, three_ticks_whose_tasks_are_lost,
     tasks_a_day_late_and_out_of_turn],
    ids=lambda step: step.__name__,
)  # fmt: skip
def test_the_ledger_is_the_same_whatever_schedulers_and_brokers_do(
    database_url: str, tmp_path: Path, step: Step
) -> None:
    outbox = Outbox()
    with raised(database_url, tmp_path) as stage, Sink(outbox, clock=stage.clock) as sink:
        run(stage.with_engine(transport=to_sink(sink), batch_size=2), step)
        judge(stage, outbox)


def test_the_mails_come_at_the_wall_hour_of_each(stage: Stage) -> None:
    run(stage, scheduler)
    for mail in stage.post.accepted:
        name = mail.to.partition("@")[0]
        wall = mail.at.astimezone(ZoneInfo(PEOPLE[name].zone)).time()
        assert wall == PEOPLE[name].hour or mail.at == utc("2026-03-02 12:00")  # the welcome mails


#: A worker process: one call of send_due for each moment it is told.
WORKER = """
import sys
from datetime import datetime
from dripcourse.config import load
from dripcourse.flows.dispatch import send_due
from dripcourse.flows.engine import build_engine, relay
from dripcourse.storage.database import open_database
settings, moment = load(), None
engine = build_engine(settings, open_database(settings.database_url), lambda: moment, relay(settings))
for line in sys.stdin:
    moment = datetime.fromisoformat(line.strip())
    for _ in range(17):
        send_due(engine)
    print("done", flush=True)
"""


def test_fifty_duplicates_from_three_processes_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    outbox = Outbox()
    with raised(postgres_url, tmp_path) as stage, Sink(outbox, clock=stage.clock) as sink, ExitStack() as stack:
        env = {
            **os.environ,
            "DRIPCOURSE_DATABASE_URL": postgres_url,
            "DRIPCOURSE_STATE_DIR": str(tmp_path / "state"),
            "DRIPCOURSE_POSTAL_ADDRESS": "1 Main St",
            "DRIPCOURSE_SMTP_HOST": "127.0.0.1",
            "DRIPCOURSE_SMTP_PORT": str(sink.port),
            "DRIPCOURSE_SMTP_SECURITY": "plain",
            "DRIPCOURSE_BATCH_SIZE": "1",
        }
        workers = [
            subprocess.Popen(
                [sys.executable, "-c", WORKER], env=env, cwd=ROOT, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )
            for _ in range(3)
        ]  # fmt: skip
        for worker in workers:
            stack.callback(worker.wait, 20)
            stack.callback(worker.stdout.close)  # type: ignore[union-attr]
            stack.callback(worker.stdin.close)  # type: ignore[union-attr]

        def all_three(stage: Stage) -> None:
            for worker in workers:
                tell(worker, stage.clock())
            for worker in workers:
                assert worker.stdout is not None
                assert worker.stdout.readline() == "done\n"

        run(stage, all_three)
        judge(stage, outbox)


def tell(worker: subprocess.Popen[str], moment: datetime) -> None:
    assert worker.stdin is not None
    worker.stdin.write(f"{moment.isoformat()}\n")
    worker.stdin.flush()
