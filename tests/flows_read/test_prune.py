"""Runs long over lose their single days and nothing else; what is left of them still tells what there was."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.plan import Plan
from dripcourse.domain.states import DeliveryState
from dripcourse.flows import pace, prune
from dripcourse.flows.prune import Pruned, preview
from dripcourse.storage import deliveries, events
from dripcourse.storage.events import Event
from dripcourse.storage.tables import enrollment, event
from tests.flows.stage import DAY, LOST, MINUTE, TAKEN, Stage, day, utc
from tests.flows_read.long_ago import (
    LATER,
    YEAR,
    content,
    done,
    end,
    finished,
    lines,
    many,
    proof,
    run_of,
)


@pytest.fixture
def over(stage_on_both: Stage) -> Stage:
    """Anna finished the course fifteen months ago."""
    return finished(stage_on_both)


def test_a_run_long_over_keeps_one_event_in_place_of_its_days(over: Stage) -> None:
    anna = run_of(over, "anna")
    before = content(over)
    removed = done(over)
    assert (removed.runs, removed.deliveries) == (1, 6)
    assert over.rows(anna) == {}
    (left,) = over.happened(anna)
    assert left == Event(
        over.clock(), "pruned", "engine", anna.subscriber_id, anna.id,
        {"version": 1, "lessons": 6, "sent": 6, "late": 0, "doubts": 0, "first": "2026-03-02", "last": "2026-03-07"},
    )  # fmt: skip
    after = content(over)
    assert {name: after[name] for name in ("subscriber", "consent", "suppression")} == {
        name: before[name] for name in ("subscriber", "consent", "suppression")
    }
    assert over.again(anna) == anna, "the run is what it was"


def test_explain_still_says_what_there_was_and_verify_counts_it(over: Stage) -> None:
    before = proof(over)
    done(over)
    assert lines(over) == [
        "6 lessons between 2026-03-02 and 2026-03-07 of version 1; the single days are no longer kept."
    ]
    assert proof(over) == before
    assert (before.sent, before.findings) == (6, [])


@pytest.mark.parametrize("how", ["finished", "left", "stopped", "cancelled", "restarted"])
def test_however_a_run_ended_verify_finds_no_gap_and_nothing_left_out(stage_on_both: Stage, how: str) -> None:
    stage = stage_on_both
    anna, ben = stage.enroll("anna"), stage.enroll("ben")
    stage.at("2026-03-04 09:00")
    stage.do(pace.pause, anna, until=utc("2026-03-06 00:00").date())
    stage.at("2026-03-06 09:00")
    end(stage, anna, how)
    stage.do(pace.cancel, ben) if how != "finished" else None
    stage.at("2026-03-30 09:00")
    stage.jump(LATER)
    before = proof(stage)
    assert done(stage).runs >= 2
    assert stage.happened(anna, "pruned")
    assert stage.rows(anna) == {}
    assert stage.again(anna).state == how
    assert proof(stage) == before
    assert before.findings == []


@pytest.mark.parametrize(("age", "removed"), [(DAY, 1), (100 * DAY, 1), (451 * DAY, 1), (452 * DAY, 0)])
def test_only_what_ended_longer_ago_than_that_goes(over: Stage, age: timedelta, removed: int) -> None:
    """Anna's run ended on 7 March 2026, 08:00; 1 June 2027, 09:00 is 451 days and an hour later."""
    assert prune.prune(over.db, age, over.clock()).runs == removed


def test_a_run_under_way_is_never_touched_however_old_it_is(stage_on_both: Stage) -> None:
    stage = stage_on_both
    active, paused = stage.enroll("anna"), stage.enroll("ben")
    stage.at("2026-03-04 09:00")
    stage.do(pace.pause, paused)
    stage.jump(LATER)
    before = {one.id: (stage.rows(one), stage.happened(one)) for one in (active, paused)}
    assert done(stage).runs == 0
    assert {one.id: (stage.rows(one), stage.happened(one)) for one in (active, paused)} == before


@pytest.mark.parametrize("state", [DeliveryState.SENDING, DeliveryState.RETRY, DeliveryState.UNKNOWN])
def test_a_run_with_a_lesson_whose_outcome_is_open_keeps_all_its_days(over: Stage, state: DeliveryState) -> None:
    anna = run_of(over, "anna")
    with over.db.writing() as tx:
        (row,) = [r for r in deliveries.of_enrollment(tx, anna.id) if r.lesson_key == "three"]
        deliveries.save(tx, [replace(row, state=state, sent_at=None)])
    before = (over.rows(anna), over.happened(anna), over.again(anna))
    assert preview(over.db, YEAR, over.clock()).runs == 0
    assert (done(over).runs, done(over).runs) == (0, 0)
    assert (over.rows(anna), over.happened(anna), over.again(anna)) == before


def test_a_run_that_a_worker_holds_is_pruned_once_it_is_free(over: Stage) -> None:
    anna = run_of(over, "anna")
    hold(over, anna, over.clock() + DAY)
    assert (done(over).runs, preview(over.db, YEAR, over.clock()).runs) == (0, 0)
    assert len(over.rows(anna)) == 6
    hold(over, anna, None)
    assert done(over).runs == 1


def hold(stage: Stage, one: Enrollment, until: Any) -> None:
    with stage.db.writing() as tx:
        tx.execute(enrollment.update().where(enrollment.c.id == one.id).values(lease_until=until))


def test_a_dry_run_changes_nothing_and_says_what_would_go(over: Stage) -> None:
    before = content(over)
    foretold = preview(over.db, YEAR, over.clock())
    assert content(over) == before
    assert foretold == done(over)
    assert preview(over.db, YEAR, over.clock()) == Pruned()


def test_what_would_go_is_counted_over_all_batches(stage_on_both: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "BATCH", 3)
    stage = many(stage_on_both, 10)
    told: list[int] = []
    foretold = preview(stage.db, YEAR, stage.clock(), told.append)
    assert (foretold.runs, foretold.deliveries, told) == (10, 10, [3, 3, 3, 1])
    assert prune.count_runs(stage.db, YEAR, stage.clock()) == 10
    assert done(stage) == foretold
    assert prune.count_runs(stage.db, YEAR, stage.clock()) == 0


def test_a_restart_after_the_pruning_still_knows_the_used_day(stage_on_both: Stage) -> None:
    """The last lesson's date lies ahead of the restart in the wall time of its zone: never two on one local day."""
    stage = stage_on_both
    anna = stage.enroll("anna")
    stage.at("2026-03-04 09:00")
    end(stage, anna, "cancelled")
    used = stage.again(anna).last_date
    assert used == day("2026-03-04")
    stage.jump("2026-03-04 10:00")
    assert prune.prune(stage.db, 30 * MINUTE, stage.clock()).runs == 1
    again = stage.do(pace.restart, anna)
    assert stage.again(again).last_date == used
    stage.at("2026-03-20 09:00")
    assert min(found for found in stage.sent(again).values() if found) == "2026-03-05"
    assert stage.broken_promises() == []


def test_doubts_lateness_and_second_copies_are_still_counted_afterwards(stage_on_both: Stage) -> None:
    stage = stage_on_both
    anna = stage.enroll("anna")
    stage.post.answer = lambda _to, nth: LOST if nth == 2 else TAKEN
    stage.at("2026-03-20 09:00")
    with stage.db.writing() as tx:
        data = {"lesson": "four", "accepted": True}
        events.record(tx, [Event(stage.clock(), "taken-over", "engine", anna.subscriber_id, anna.id, data)])
    stage.jump(LATER)
    before = proof(stage)
    assert (before.sent, before.late, before.doubts) == (6, 1, 2)
    done(stage)
    assert proof(stage) == before
    assert "2 in doubt" in lines(stage)[0]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"version": 2, "sent": 0}, "No lesson of version 2; the single days are no longer kept."),
        (
            {"version": 2, "sent": 1, "first": "2026-03-02", "last": "2026-03-02"},
            "1 lesson on 2026-03-02 of version 2; the single days are no longer kept.",
        ),
        (
            {"version": 1, "sent": 9, "doubts": 1, "first": "2026-03-02", "last": "2026-04-01"},
            "9 lessons between 2026-03-02 and 2026-04-01 of version 1, 1 in doubt; the single days are no longer kept.",
        ),
    ],
)
def test_what_there_was_is_said_in_one_sentence(stage: Stage, data: dict[str, Any], told: str) -> None:
    anna = stage.enroll("anna")
    with stage.db.writing() as tx:
        events.record(tx, [Event(stage.clock(), "pruned", "engine", anna.subscriber_id, anna.id, data)])
    assert told in lines(stage)


def test_the_dates_are_those_of_the_persons_own_zone(stage_on_both: Stage) -> None:
    """Monday 2 March 2026, 12:00 UTC is Tuesday 01:00 in Auckland; 08:00 there is 19:00 UTC of the day before."""
    stage = stage_on_both
    anna = stage.enroll("anna", Plan("Pacific/Auckland", time(8, 0)))
    stage.at("2026-03-03 20:00")
    stage.do(pace.cancel, anna)
    stage.jump(LATER)
    done(stage)
    (left,) = stage.happened(anna)
    assert left.data is not None
    assert (left.data["first"], left.data["last"], left.data["sent"]) == ("2026-03-03", "2026-03-04", 3)


def test_events_of_no_run_go_when_they_are_old_and_stay_while_they_are_read(stage_on_both: Stage) -> None:
    stage = stage_on_both.with_engine(history=None)
    stage.outage_until("2026-03-05 12:00")
    stage.jump("2027-06-01 00:00")
    stage.outage_until("2027-06-01 09:00")
    assert kinds(stage) == ["outage", "outage", "published"]
    assert preview(stage.db, YEAR, stage.clock()).events == 2
    assert kinds(stage) == ["outage", "outage", "published"]
    assert done(stage) == Pruned(events=2)
    assert kinds(stage) == ["outage"]
    with stage.db.reading() as tx:
        (outage,) = events.of_kind(tx, "outage")
    assert outage.at == stage.clock()


def kinds(stage: Stage) -> list[str]:
    """Of the events that belong to no run."""
    with stage.db.reading() as tx:
        return list(tx.execute(select(event.c.kind).where(event.c.enrollment_id.is_(None)).order_by("kind")).scalars())
