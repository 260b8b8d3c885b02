"""Runs long over lose their single days and nothing else; what is left of them still tells what there was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import time, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from dripcourse.addresses import parse_address
from dripcourse.domain.consent import Inbound
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.plan import Plan
from dripcourse.domain.progress import Rule
from dripcourse.domain.states import DeliveryState, EnrollmentState
from dripcourse.flows import inbound, pace, prune
from dripcourse.flows.explain import explain
from dripcourse.flows.notify import send_notices
from dripcourse.flows.prune import Pruned, preview
from dripcourse.flows.tick import tick
from dripcourse.flows.verify import Proof, verify
from dripcourse.storage import deliveries, enrollments, events, pruning, subscribers
from dripcourse.storage.database import Transaction
from dripcourse.storage.events import Event
from dripcourse.storage.pruning import Ended
from dripcourse.storage.tables import consent, delivery, enrollment, event, subscriber, suppression
from tests.flows.stage import DAY, LOST, MINUTE, TAKEN, Stage, day, raised, utc
from tests.flows.test_quiet_run import at_once

YEAR = timedelta(days=365)
#: All that there is, in the order in which it may be read.
TABLES = (subscriber, consent, enrollment, delivery, event, suppression)
LATER = "2027-06-01 09:00"


@pytest.fixture
def over(stage_on_both: Stage) -> Stage:
    """Anna has finished the course (six mails, 2 to 7 March 2026); now it is June of the next year."""
    stage_on_both.enroll("anna")
    stage_on_both.at("2026-03-20 09:00")
    stage_on_both.jump(LATER)
    return stage_on_both


def done(stage: Stage, **more: Any) -> Pruned:
    return prune.prune(stage.db, YEAR, stage.clock(), **more)


def run_of(stage: Stage, name: str) -> Enrollment:
    """His newest run."""
    with stage.db.reading() as tx:
        person = subscribers.find(tx, parse_address(f"{name}@example.com"))
        return enrollments.of_subscriber(tx, person.id)[-1]


def content(stage: Stage) -> dict[str, list[tuple[Any, ...]]]:
    """All rows about people."""
    with stage.db.reading() as tx:
        return {t.name: [tuple(row) for row in tx.execute(select(t).order_by(*t.primary_key))] for t in TABLES}


def proof(stage: Stage) -> Proof:
    return verify(stage.db, stage.engine.shelf, stage.clock())


def lines(stage: Stage, name: str = "anna") -> list[str]:
    """What is told of his newest run."""
    found = explain(stage.db, stage.engine.shelf, parse_address(f"{name}@example.com"))
    return [line.text for line in found.accounts[-1].lines]


def end(stage: Stage, one: Enrollment, how: str) -> None:
    """The run ends in that way."""
    match how:
        case "left":
            inbound.leave(stage.engine, one.public_id, Inbound.ONE_CLICK, stage.clock())
            send_notices(stage.engine)
        case "stopped":
            stage.do(pace.end, one, EnrollmentState.STOPPED, "hard-bounce")
        case "cancelled":
            stage.do(pace.cancel, one)
        case "restarted":
            stage.do(pace.restart, one)
        case "finished":
            stage.at("2026-03-20 09:00")


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


def many(stage: Stage, number: int) -> Stage:
    """So many runs that had the welcome mail and were cancelled, long ago."""
    people = [stage.enroll(f"reader-{n}") for n in range(number)]
    stage.send()
    for one in people:
        stage.do(pace.cancel, one)
    stage.jump(LATER)
    return stage


class Died(Exception):
    """The process, between two batches."""


def test_a_crash_between_batches_leaves_whole_runs_and_the_next_call_goes_on(
    stage_on_both: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prune, "BATCH", 3)
    stage = many(stage_on_both, 8)
    before = proof(stage)
    batches = []

    def die(runs: int) -> None:
        batches.append(runs)
        if len(batches) == 2:
            raise Died

    with pytest.raises(Died):
        done(stage, progress=die)
    assert proof(stage) == before
    assert totals(stage, "pruned") == 6
    assert done(stage).runs == 2
    assert (proof(stage), totals(stage, "pruned")) == (before, 8)


def test_a_crash_within_a_batch_undoes_the_whole_of_it(over: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content(over)

    def die(*_: Any, **__: Any) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(pruning, "mark", die)
        with pytest.raises(Died):
            done(over)
    assert content(over) == before
    assert done(over).runs == 1


def totals(stage: Stage, kind: str) -> int:
    with stage.db.reading() as tx:
        return tx.execute(select(func.count()).select_from(event).where(event.c.kind == kind)).scalar_one()


def test_a_run_that_comes_back_to_life_meanwhile_keeps_its_days(
    stage_on_both: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ben's run has been found already when he presses undo, just before its batch takes the locks."""
    stage = stage_on_both
    anna, ben = stage.enroll("anna"), stage.enroll("ben")
    stage.at("2026-03-04 09:00")
    for one in (anna, ben):
        end(stage, one, "left")
    stage.jump(LATER)
    with interrupted(monkeypatch, lambda: back(stage, ben)):
        assert done(stage).runs == 1
    assert (stage.rows(anna), stage.again(ben).state) == ({}, EnrollmentState.ACTIVE)
    assert {"welcome", "one", "two"} == set(stage.rows(ben))
    assert stage.happened(ben, "pruned") == []
    stage.at("2027-07-01 09:00")
    assert len(stage.sent(ben)) == 6
    assert stage.broken_promises() == []


@contextmanager
def interrupted(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> Iterator[None]:
    """`act` happens once, between the search for a batch and its locks."""
    search, acts = pruning.ended, [act]

    def search_and_act(*args: Any) -> list[Ended]:
        found = search(*args)
        if found and acts:
            acts.pop()()
        return found

    with monkeypatch.context() as patch:
        patch.setattr(pruning, "ended", search_and_act)
        yield
    assert not acts


def test_who_is_quicker_prunes_and_the_other_finds_nothing_left(over: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = run_of(over, "anna")
    with interrupted(monkeypatch, lambda: done(over)):
        assert done(over) == Pruned()
    assert len(over.happened(anna)) == 1


def test_several_beats_at_once_prune_each_run_once(stage_on_both: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "BATCH", 7)
    stage = many(stage_on_both, 60)
    before, found = proof(stage), []
    at_once(4, lambda: found.append(done(stage)))
    assert sum(one.runs for one in found) == totals(stage, "pruned") == 60
    assert sum(one.deliveries for one in found) == 60
    assert proof(stage) == before


def test_undos_and_restarts_at_the_same_time_neither_fail_nor_lose_anything(
    stage_on_both: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prune, "BATCH", 4)
    stage = stage_on_both
    people = [stage.enroll(f"reader-{n}") for n in range(24)]
    stage.send()
    for one in people:
        end(stage, one, "left")
    stage.jump(LATER)
    turns = count()

    def act() -> None:
        if next(turns):
            done(stage)
        else:
            for one in people[::2]:
                back(stage, one)

    at_once(3, act)
    for one in people:
        kept = set(stage.rows(one)) == {"welcome"}
        assert kept != bool(stage.happened(one, "pruned")), "its days, or what they come to; never both or neither"
    assert stage.broken_promises() == []


def back(stage: Stage, one: Enrollment) -> None:
    inbound.come_back(stage.engine, stage.engine.shelf, one.public_id, stage.clock())


@pytest.mark.parametrize("edited", [False, True])
@pytest.mark.parametrize("rule", [Rule.FOLLOW, Rule.BACKFILL])
def test_an_undo_after_the_pruning_brings_no_lesson_a_second_time(
    stage_on_both: Stage, rule: Rule, *, edited: bool
) -> None:
    """Which lessons he had is no longer known: the run is over for good, and a restart begins a new one."""
    stage = stage_on_both
    stage.publish("welcome", "one", "two", "three", "completion", rule=rule)
    anna = stage.enroll("anna")
    stage.at("2026-03-04 09:00")
    end(stage, anna, "left")
    stage.jump(LATER)
    had = [mail.message_id for mail in stage.post.accepted]
    assert done(stage).runs == 1
    if edited:
        stage.publish("welcome", "new", "one", "two", "three", "completion", rule=rule)
    back(stage, anna)
    stage.at("2027-08-01 09:00")
    assert [mail.message_id for mail in stage.post.accepted] == had
    assert stage.broken_promises() == []
    assert stage.again(anna).state is EnrollmentState.FINISHED
    assert stage.do(pace.restart, anna).next_key == "welcome"


def test_a_run_that_was_pruned_came_back_and_ended_anew_adds_up(stage_on_both: Stage) -> None:
    stage = stage_on_both
    anna = stage.enroll("anna")
    stage.at("2026-03-04 09:00")
    end(stage, anna, "left")
    stage.jump(LATER)
    done(stage)
    stage.clock.now += MINUTE
    back(stage, anna)
    stage.jump("2028-08-01 09:00")
    assert done(stage).runs == 1
    (left,) = stage.happened(anna)
    assert left.data == {
        "version": 1, "lessons": 3, "sent": 3, "late": 0, "doubts": 0, "first": "2026-03-02", "last": "2026-03-04"
    }  # fmt: skip
    assert done(stage).runs == 0


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


def test_a_verify_that_read_the_rows_just_before_they_were_pruned_finds_nothing_wrong(
    over: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = proof(over)
    read = deliveries.of_enrollments

    def read_and_prune(tx: Transaction, ids: list[int]) -> Any:
        rows = read(tx, ids)
        with monkeypatch.context() as patch:
            patch.setattr(deliveries, "of_enrollments", read)
            done(over)
        return rows

    monkeypatch.setattr(deliveries, "of_enrollments", read_and_prune)
    assert proof(over) == before
    assert proof(over) == before, "and the same afterwards"


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


def test_a_beat_prunes_a_few_batches_and_the_next_one_goes_on(
    stage_on_both: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prune, "BATCH", 2)
    stage = many(stage_on_both, 12).with_engine(history=YEAR)
    for left in (4, 0, 0):
        stage.clock.now += 2 * MINUTE
        tick(stage.engine)
        assert prune.count_runs(stage.db, YEAR, stage.clock()) == left
    assert totals(stage, "pruned") == 12


@pytest.mark.parametrize("changes", [{"history": None}, {"history": YEAR, "journals": None}])
def test_a_beat_prunes_nothing_where_all_is_kept_or_in_a_simulation(over: Stage, changes: dict[str, Any]) -> None:
    before = content(over)
    over.clock.now += 2 * MINUTE
    tick(over.with_engine(**changes).engine)
    assert content(over) == before


def test_the_setting_reaches_the_engine(tmp_path: Path) -> None:
    for days, kept in ((0, None), (30, 30 * DAY), (400, 400 * DAY)):
        with raised(f"sqlite:///{tmp_path / f'{days}.db'}", tmp_path, course=False, history_days=days) as stage:
            assert stage.engine.history == kept
