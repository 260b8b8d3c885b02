"""kill -9 at each named point of a delivery: nothing is lost, and only a mail in doubt may come twice, counted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from sqlalchemy.event import listen

from dripcourse.faults import POINTS
from dripcourse.flows.claiming import claim_due
from dripcourse.flows.dispatch import send_due
from dripcourse.flows.low_water import LowWater
from dripcourse.flows.tick import tick
from dripcourse.mail.transports.outbox import Outbox
from dripcourse.mail.transports.sink import Sink
from tests.flows.stage import MINUTE, MONDAY_NOON, Stage, raised, to_sink
from tests.services.asking import ROOT

PEOPLE = ("anna", "ben", "chie", "dayo", "elena")
#: The worker that dies: one call of send_due on a real database, over a real SMTP conversation.
WORKER = """
import sys
from datetime import datetime
from dripcourse.config import load
from dripcourse.flows.dispatch import send_due
from dripcourse.flows.engine import build_engine, relay
from dripcourse.storage.database import open_database
settings = load()
moment = datetime.fromisoformat(sys.argv[1])
send_due(build_engine(settings, open_database(settings.database_url), lambda: moment, relay(settings)))
"""
#: Points at which the first mail's final dot has gone out and no reply is in the journal yet.
IN_DOUBT = {"after_dot", "after_reply", "before_journal"}


def die(stage: Stage, url: str, sink: Sink, point: str, policy: str) -> None:
    """A worker process that kills itself at that point."""
    env = {
        **{key: value for key, value in os.environ.items() if not key.startswith("DRIPCOURSE_")},
        "DRIPCOURSE_DATABASE_URL": url,
        "DRIPCOURSE_STATE_DIR": str(stage.engine.journals.parent if stage.engine.journals else ""),
        "DRIPCOURSE_POSTAL_ADDRESS": "1 Main St",
        "DRIPCOURSE_SMTP_HOST": "127.0.0.1",
        "DRIPCOURSE_SMTP_PORT": str(sink.port),
        "DRIPCOURSE_SMTP_SECURITY": "plain",
        "DRIPCOURSE_UNKNOWN_POLICY": policy,
        "CRASH_AT": point,
    }
    command = [sys.executable, "-c", WORKER, stage.clock().isoformat()]
    done = subprocess.run(command, env=env, cwd=ROOT, check=False, timeout=60, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def copies(outbox: Outbox) -> Counter[tuple[str, str]]:
    """How often each (person, Message-ID) arrived."""
    return Counter((mail.recipient, str(message_from_bytes(mail.raw)["Message-ID"])) for mail in outbox.mails)


@contextmanager
def before_the_sink(url: str, folder: Path, **values: object) -> Iterator[tuple[Stage, Sink, Outbox]]:
    """A stage whose way out is a real SMTP conversation with a sink in this process."""
    outbox = Outbox()
    with raised(url, folder, scratch=False, **values) as stage, Sink(outbox, clock=stage.clock) as sink:
        yield stage.with_engine(transport=to_sink(sink)), sink, outbox


def prove(url: str, folder: Path, point: str, policy: str) -> None:
    with before_the_sink(url, folder, unknown_policy=policy) as (stage, sink, outbox):
        runs = [stage.enroll(name) for name in PEOPLE]
        die(stage, url, sink, point, policy)
        stage.past_the_lease()
        stage.send()
        doubts = 1 if point in IN_DOUBT else 0
        assert stage.doubts() == doubts, "the doubt is counted before anything goes again"
        assert len(outbox.mails) == len(PEOPLE)
        stage.jump(stage.clock() + 31 * MINUTE)
        stage.send()
        again = doubts if policy == "resend" else 0
        found = copies(outbox)
        assert {to for to, _ in found} == {f"{name}@example.com" for name in PEOPLE}, "nothing is lost"
        assert len(found) == len(PEOPLE), "each lesson has one Message-ID, whatever happens"
        assert sorted(found.values()) == [1] * (len(PEOPLE) - again) + [2] * again
        assert stage.doubts() == doubts
        states = Counter(stage.rows(one)["welcome"].state.value for one in runs)
        unknown = doubts if policy == "skip" else 0
        assert states == Counter({"sent": len(PEOPLE) - unknown, **({"unknown": 1} if unknown else {})})
        stage.at("2026-03-03 08:00")
        assert {stage.sent(one).get("one") for one in runs} == {"2026-03-03"}, "the course goes on for all"
        assert len(outbox.mails) == 2 * len(PEOPLE) + again
        assert stage.broken_promises() == []


@pytest.mark.parametrize("policy", ["resend", "skip"])
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_nothing_is_lost_and_only_doubt_doubles(
    sqlite_url: str, tmp_path: Path, point: str, policy: str
) -> None:
    prove(sqlite_url, tmp_path, point, policy)


@pytest.mark.parametrize("point", ["after_claim", "after_dot", "in_settle"])
def test_the_same_on_postgresql(postgres_url: str, tmp_path: Path, point: str) -> None:
    prove(postgres_url, tmp_path, point, "resend")


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["resend", "skip"])
@pytest.mark.parametrize("point", POINTS)
def test_at_every_point_on_postgresql(postgres_url: str, tmp_path: Path, point: str, policy: str) -> None:
    prove(postgres_url, tmp_path, point, policy)


def test_killed_twice_in_a_row_one_lesson_still_comes_at_most_twice(sqlite_url: str, tmp_path: Path) -> None:
    with before_the_sink(sqlite_url, tmp_path) as (stage, sink, outbox):
        anna = stage.enroll("anna")
        die(stage, sqlite_url, sink, "after_dot", "resend")
        stage.past_the_lease()
        stage.send()
        stage.jump(stage.clock() + 31 * MINUTE)
        die(stage, sqlite_url, sink, "after_dot", "resend")
        stage.past_the_lease()
        stage.send()
        stage.at("2026-03-04 09:00")
        assert stage.rows(anna)["welcome"].doubts == 2
        assert list(copies(outbox).values()) == [2, 1, 1]
        assert stage.sent(anna) == {"one": "2026-03-03", "two": "2026-03-04"}


def test_without_the_dead_machines_journal_all_it_held_is_in_doubt(sqlite_url: str, tmp_path: Path) -> None:
    with before_the_sink(sqlite_url, tmp_path) as (stage, sink, outbox):
        runs = [stage.enroll(name) for name in PEOPLE]
        assert stage.clock() == MONDAY_NOON
        die(stage, sqlite_url, sink, "before_settle", "resend")
        other = stage.with_engine(journals=tmp_path / "another machine")
        other.past_the_lease()
        other.send()
        assert stage.doubts() == len(PEOPLE)
        other.jump(stage.clock() + 31 * MINUTE)
        other.send()
        assert sorted(copies(outbox).values()) == [2] * len(PEOPLE)
        assert {stage.rows(one)["welcome"].state.value for one in runs} == {"sent"}


@pytest.mark.parametrize("point", ["after_claim", "after_dot", "before_settle"])
def test_the_next_tick_on_the_machine_takes_over_what_a_killed_worker_held(
    database_url: str, tmp_path: Path, point: str
) -> None:
    """Ten seconds later, not when the lease of fifteen minutes is over."""
    with before_the_sink(database_url, tmp_path) as (stage, sink, outbox):
        runs = [stage.enroll(name) for name in PEOPLE]
        die(stage, database_url, sink, point, "resend")
        stage.clock.now += timedelta(seconds=10)
        all_accepted = point == "before_settle"
        assert tick(stage.engine).senders == (0 if all_accepted else 1)
        stage.send()
        in_doubt = 1 if point in IN_DOUBT else 0
        states = Counter(stage.rows(one)["welcome"].state.value for one in runs)
        assert (states["sent"], states["unknown"]) == (len(PEOPLE) - in_doubt, in_doubt)
        assert sorted(copies(outbox).values()) == [1] * len(PEOPLE)
        assert stage.broken_promises() == []


def test_a_worker_that_lives_keeps_its_batch(stage_of_two: tuple[Stage, Stage]) -> None:
    mine, other = stage_of_two
    mine.enroll("anna")
    claim = claim_due(mine.engine, claim_id="mine", now=mine.clock())
    assert tick(other.engine).senders == 0
    assert send_due(other.engine).claimed == 0
    assert claim.journal is not None
    claim.journal.close()
    assert send_due(other.engine).claimed == 1, "now it is dead"


@pytest.fixture
def stage_of_two(sqlite_url: str, tmp_path: Path) -> Iterator[tuple[Stage, Stage]]:
    """Two workers on one machine."""
    with raised(sqlite_url, tmp_path) as stage:
        yield stage, stage.with_engine(water=LowWater())


def test_what_is_taken_over_cannot_be_claimed_by_a_machine_that_has_no_journal(
    database_url: str, tmp_path: Path
) -> None:
    """Everything is settled where the journal lies, in one transaction: accepted is sent, never begun is due again."""
    with before_the_sink(database_url, tmp_path) as (stage, sink, outbox):
        runs = [stage.enroll(name) for name in PEOPLE]
        die(stage, database_url, sink, "before_settle", "resend")
        late = [stage.enroll(name) for name in ("fritz", "gudrun")]
        die(stage, database_url, sink, "after_claim", "resend")
        tick(stage.engine)
        other = stage.with_engine(journals=tmp_path / "another machine", water=LowWater())
        assert send_due(other.engine).outcomes == {"sent": 2}
        assert stage.doubts() == 0
        assert sorted(copies(outbox).values()) == [1] * 7
        assert {stage.rows(one)["welcome"].state.value for one in [*runs, *late]} == {"sent"}
        assert list((stage.engine.journals or tmp_path).iterdir()) == [], "and the journals have done their work"


def test_under_skip_a_lesson_that_never_began_is_sent(sqlite_url: str, tmp_path: Path) -> None:
    with before_the_sink(sqlite_url, tmp_path, unknown_policy="skip") as (stage, sink, outbox):
        runs = [stage.enroll(name) for name in PEOPLE]
        die(stage, sqlite_url, sink, "after_claim", "skip")
        tick(stage.engine)
        other = stage.with_engine(journals=tmp_path / "another machine", water=LowWater())
        other.send()
        assert {stage.rows(one)["welcome"].state.value for one in runs} == {"sent"}
        assert len(outbox.mails) == len(PEOPLE)


def test_a_quiet_tick_after_a_takeover_writes_nothing(sqlite_url: str, tmp_path: Path) -> None:
    with before_the_sink(sqlite_url, tmp_path) as (stage, sink, _outbox):
        stage.enroll("anna")
        die(stage, sqlite_url, sink, "after_dot", "resend")
        tick(stage.engine)
        writes: list[str] = []
        listen(stage.db.engine, "before_cursor_execute", lambda _c, _x, said, *_: writes.append(said))
        tick(stage.engine)
        assert [said for said in writes if not said.lstrip().startswith(("SELECT", "BEGIN"))] == []
        assert "BEGIN IMMEDIATE" not in writes
