"""What is asked all day long is found through an index, whatever the number of people and of years behind them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text

from dripcourse.domain.budgets import Outcome
from dripcourse.flows import prune
from dripcourse.flows.dispatch import send_due
from dripcourse.flows.tick import Due, tick
from dripcourse.storage import (
    attempts,
    claims,
    deliveries,
    enrollments,
    forgotten,
    heartbeats,
    hook_deliveries,
    lapses,
    leases,
    notices,
    pruning,
    sign_ups,
    spent,
    subscribers,
)
from dripcourse.storage.attempts import Marks
from dripcourse.storage.claims import Mark
from dripcourse.storage.database import Transaction
from tests.flows.stage import DAY, HOUR, MINUTE, Stage, raised
from tests.services import asking
from tests.storage.crowd import NOW, fill
from tests.storage.plans import Plan, watched

YEAR = timedelta(days=365)
FIRST = Mark(NOW - DAY, 0)
NO_WIDE = Marks(network=("n7", "n8"))
MARKS = Marks(("a7", "a8"), ("n7", "n8"), ("w7", "w8"), ("d7", "d8"))  # under two keys
#: (what is asked, the index by which it is found)
ASKED: list[tuple[Callable[[Transaction], object], str]] = [
    (lambda tx: enrollments.count_due(tx, NOW, 16_000), "ix_enrollment_due"),
    (enrollments.next_due, "ix_enrollment_due"),
    (enrollments.count_leased, "ix_enrollment_leased"),
    (lambda tx: leases.abandoned(tx, NOW, 200), "ix_enrollment_leased"),
    (lambda tx: leases.held_by(tx, ["a", "b"]), "ix_enrollment_leased"),
    (lambda tx: leases.of_claims(tx, ["a", "b"], 200), "ix_enrollment_leased"),
    (lambda tx: claims.take(tx, now=NOW, lease_until=NOW + HOUR, limit=100), "ix_enrollment_due"),
    (lambda tx: claims.take(tx, now=NOW, lease_until=NOW + HOUR, limit=100, after=FIRST), "ix_enrollment_due"),
    (lambda tx: deliveries.of_next_lessons(tx, list(range(100, 10_000, 50))), "delivery"),
    (lambda tx: subscribers.fields_of(tx, list(range(100, 10_000, 50))), "subscriber"),
    (lambda tx: notices.count_due(tx, NOW, 500), "ix_notice_due"),
    (notices.next_due, "ix_notice_due"),
    (lambda tx: notices.claim(tx, now=NOW, lease_until=NOW + HOUR, limit=20), "ix_notice_due"),
    (lambda tx: hook_deliveries.due_hooks(tx, NOW), "ix_hook_delivery_"),
    (lambda tx: hook_deliveries.claim(tx, 1, now=NOW, lease_until=NOW + MINUTE), "ix_hook_delivery_"),
    (lambda tx: hook_deliveries.failed_count(tx, 1, NOW - 5 * DAY, 3, but=5), "ix_hook_delivery_"),
    (lambda tx: hook_deliveries.rest(tx, 1, NOW, NOW + HOUR), "ix_hook_delivery_"),
    (lambda tx: hook_deliveries.log(tx, 1, failed=False, limit=100), "ix_hook_delivery_hook_id_at"),
    (lambda tx: hook_deliveries.old(tx, NOW - 29 * DAY, 500), "ix_hook_delivery_hook_id_at"),
    (lambda tx: pruning.ended(tx, NOW - YEAR, 500), "ix_enrollment_over"),
    (lambda tx: pruning.count_ended(tx, NOW - YEAR), "ix_enrollment_over"),
    (lambda tx: lapses.lapsed(tx, NOW - 15 * DAY, 200), "ix_subscriber_pending"),
    (lambda tx: lapses.remove(tx, [10**9]), "ix_event_subscriber_id"),
    (lambda tx: forgotten.aged(tx, NOW - YEAR, 200), "ix_forgotten_at"),
    (lambda tx: forgotten.find(tx, "a"), "forgotten"),
    (lambda tx: lapses.networks(tx, NOW - 30 * DAY, 200), "ix_consent_network"),
    (enrollments.any_quiet, "ix_enrollment_quiet"),
    (lambda tx: enrollments.quiet(tx, 200), "ix_enrollment_quiet"),
    (lambda tx: pruning.stray(tx, NOW - YEAR, 500), "ix_event_enrollment_id_at"),
    (lambda tx: pruning.count_stray(tx, NOW - YEAR), "ix_event_enrollment_id_at"),
    (lambda tx: attempts.load(tx, MARKS, 7, NOW, NOW - HOUR), "ix_attempt_network_at"),
    (lambda tx: attempts.load(tx, MARKS, 7, NOW, NOW - HOUR), "ix_attempt_wide_at"),
    (lambda tx: attempts.to_domain(tx, MARKS.domain, NOW), "ix_attempt_domain_at"),
    (lambda tx: attempts.sent(tx, MARKS, 7, NOW), "ix_attempt_domain_at"),
    (lambda tx: attempts.sent(tx, MARKS, 7, NOW), "ix_attempt_wide_at"),
    (lambda tx: attempts.sent(tx, NO_WIDE, 7, NOW), "ix_attempt_network_at"),
    (lambda tx: attempts.sent(tx, MARKS, 7, NOW), "ix_attempt_form_id_outcome_at"),
    (lambda tx: attempts.hour(tx, 7, NOW, NOW - HOUR), "ix_attempt_form_id_outcome_at"),
    (lambda tx: attempts.week(tx, 7, NOW), "ix_attempt_form_id_outcome_at"),
    (lambda tx: attempts.load(tx, MARKS, 7, NOW, NOW - HOUR), "ix_attempt_form_id_outcome_at"),
    (lambda tx: attempts.refusals(tx, 7, NOW - HOUR, 1000), "ix_attempt_form_id_outcome_at"),
    (lambda tx: attempts.mailed(tx, MARKS.address, NOW - 30 * DAY), "ix_attempt_address_outcome_at"),
    (lambda tx: attempts.declined(tx, MARKS.address), "ix_attempt_address_outcome_at"),
    (lambda tx: attempts.aged(tx, NOW - 30 * DAY, 500), "ix_attempt_at"),
    (lambda tx: attempts.recent(tx, NOW - HOUR), "ix_attempt_at"),
    (
        lambda tx: attempts.advance(tx, MARKS.address, [Outcome.MAILED], Outcome.CONFIRMED, 7),
        "ix_attempt_address_outcome_at",
    ),
    (lambda tx: spent.lapsed(tx, NOW, 500), "ix_spent_until"),
    (lambda tx: sign_ups.due(tx, NOW, 100), "ix_sign_up_due_at"),
    (lambda tx: tx.execute(select(sign_ups.waiting(NOW))), "ix_sign_up_due_at"),
]


@pytest.fixture(scope="module", params=["postgresql", "sqlite"])
def crowd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A database of its own for all tests of this file: 20,000 people on PostgreSQL, a tenth of them on SQLite."""
    folder = tmp_path_factory.mktemp("crowd")
    with database(request.param, folder) as url, raised(url, folder, batch_size=100, consent_age=5) as stage:
        fill(stage)
        yield stage


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a new one."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'crowd.db'}"
        return
    server, name = asking.url("postgresql"), f"dripcourse_plans_{os.getpid()}_{asking.worker_number()}"
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as maker:
        maker.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield asking.in_database(server, name)
        finally:
            maker.execute(f"DROP DATABASE {name} WITH (FORCE)")


def plans_of(stage: Stage, patch: pytest.MonkeyPatch, ask: Callable[[Transaction], object]) -> list[Plan]:
    """The plans of what `ask` asks, in a transaction that is rolled back."""
    with watched(stage, patch) as plans, stage.db.reading() as tx:
        ask(tx)
    return plans


def scans(plans: list[Plan]) -> list[Any]:
    """Each look that grows with the tables, with its statement."""
    assert plans
    return [(plan.unbounded, plan.statement[:200]) for plan in plans if plan.unbounded]


@pytest.mark.parametrize(("ask", "index"), ASKED)
def test_it_is_found_through_its_index(
    crowd: Stage, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Transaction], object], index: str
) -> None:
    plans = plans_of(crowd, monkeypatch, ask)
    assert scans(plans) == []
    assert any(index in look for plan in plans for look in plan.looks), plans


def test_what_is_due_is_counted_in_the_index_alone(crowd: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite looks up each counted row all the same: it compares its state, though the index holds none but active."""
    (plan,) = plans_of(crowd, monkeypatch, lambda tx: enrollments.count_due(tx, NOW, 16_000))
    (look,) = [look for look in plan.looks if "enrollment" in look]
    kind = "SEARCH enrollment USING INDEX" if crowd.db.is_sqlite else "Index Only Scan"
    assert look.startswith(f"{kind} ix_enrollment_due (due_at")


@pytest.mark.parametrize("index", ["ix_enrollment_due", "ix_enrollment_leased", "ix_enrollment_over"])
def test_without_its_index_it_would_be_a_scan_and_this_is_seen(
    crowd: Stage, monkeypatch: pytest.MonkeyPatch, index: str
) -> None:
    (ask, *_) = [ask for ask, used in ASKED if used == index]

    def ask_without(tx: Transaction) -> None:
        tx.execute(text(f"DROP INDEX {index}"))
        ask(tx)

    assert scans(plans_of(crowd, monkeypatch, ask_without))


def test_a_batch_is_claimed_written_asked_about_and_settled_without_a_scan(
    crowd: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd.clock.now = NOW
    with watched(crowd, monkeypatch) as plans:
        report = send_due(crowd.engine)
    assert report.outcomes == {"sent": report.claimed}
    assert report.claimed > 0
    assert scans(plans) == []
    said = " ".join(" ".join(plan.statement.split()) for plan in plans)
    for part in ("INSERT INTO delivery", "UPDATE enrollment", "UPDATE delivery", "suppression x"):
        assert part in said, f"{part} was never seen"


def test_pruning_reads_and_removes_without_a_scan(crowd: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch is a small part of the ledger, as it is where anything is large; half of it would rightly be scanned."""
    monkeypatch.setattr(prune, "BATCH", 20)
    with watched(crowd, monkeypatch) as plans:
        foreseen = prune.preview(crowd.db, YEAR, NOW)
        removed = prune.prune(crowd.db, YEAR, NOW, most=1)
    assert foreseen.runs > removed.runs == 20
    assert scans(plans) == []
    said = " ".join(plan.statement for plan in plans)
    for part in ("DELETE FROM delivery", "DELETE FROM event", "INSERT INTO event", "UPDATE enrollment"):
        assert part in said, f"{part} was never seen"


def beaten(stage: Stage, at: datetime, *, ago: timedelta) -> Stage:
    """The scheduler beat so long before that moment, which it is now."""
    with stage.db.writing() as tx:
        tx.execute(text("DELETE FROM heartbeat"))
        heartbeats.beat(tx, "tick", at - ago)
    stage.clock.now = at
    return stage


def test_a_tick_with_nothing_due_asks_one_question_of_indexes_and_writes_nothing(
    crowd: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    beaten(crowd, NOW - HOUR, ago=MINUTE / 2)
    with watched(crowd, monkeypatch) as plans:
        assert tick(crowd.engine) == Due(0, 0)
    assert len(plans) == 1
    assert [plan.statement for plan in plans if plan.writes] == []
    assert scans(plans) == []
    assert [name for plan in plans for look in plan.looks for name in look.split() if name.startswith("ix_")] == [
        "ix_enrollment_due", "ix_notice_due", "ix_sign_up_due_at", "ix_hook_delivery_due"
    ]  # fmt: skip


def test_a_beat_with_nothing_to_do_asks_a_few_more_and_writes_only_that_it_beat(
    crowd: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = crowd.with_engine(history=10 * YEAR)
    tick(beaten(quiet, NOW - HOUR, ago=2 * MINUTE).engine)  # this one settles what dead workers held
    beaten(quiet, NOW - HOUR, ago=2 * MINUTE)
    with watched(quiet, monkeypatch) as plans:
        assert tick(quiet.engine) == Due(0, 0)
    assert len(plans) <= 16
    assert [" ".join(plan.statement.split()[:2]) for plan in plans if plan.writes] == ["UPDATE heartbeat"]
    assert scans(plans) == []
