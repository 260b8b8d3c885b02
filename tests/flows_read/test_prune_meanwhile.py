"""Pruning beside everything else: crashes, undos, several beats at once, a verify under way; and its pace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from dripcourse.domain.progress import Rule
from dripcourse.domain.states import EnrollmentState
from dripcourse.errors import Refused
from dripcourse.flows import pace, prune
from dripcourse.flows.prune import Pruned
from dripcourse.flows.tick import tick
from dripcourse.storage import deliveries, pruning
from dripcourse.storage.database import Transaction
from dripcourse.storage.pruning import Ended
from tests.flows.stage import DAY, MINUTE, Stage, raised
from tests.flows.test_quiet_run import at_once
from tests.flows_read.long_ago import (
    LATER,
    YEAR,
    back,
    content,
    done,
    end,
    finished,
    many,
    proof,
    run_of,
    totals,
)


@pytest.fixture
def over(stage_on_both: Stage) -> Stage:
    """Anna finished the course fifteen months ago."""
    return finished(stage_on_both)


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


def test_undos_at_the_same_time_neither_fail_nor_lose_anything(
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
                with suppress(Refused):  # the pruning was quicker
                    back(stage, one)

    at_once(3, act)
    for one in people:
        kept = set(stage.rows(one)) == {"welcome"}
        assert kept != bool(stage.happened(one, "pruned")), "its days, or what they come to; never both or neither"
    assert stage.broken_promises() == []


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
    with pytest.raises(Refused, match="too long ago"):
        back(stage, anna)
    stage.at("2027-08-01 09:00")
    assert [mail.message_id for mail in stage.post.accepted] == had
    assert stage.broken_promises() == []
    assert stage.again(anna).state is EnrollmentState.LEFT
    assert stage.do(pace.restart, anna, again=True).next_key == "welcome"


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
