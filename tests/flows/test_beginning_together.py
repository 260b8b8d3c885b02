"""A group begins on a day of its own: whatever one of it does before, he gets no lesson earlier, and none is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dripcourse.addresses import parse_address
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.plan import WEEKDAYS, Plan
from dripcourse.errors import DripcourseError, Refused
from dripcourse.flows import pace, turns
from dripcourse.flows.explain import explain
from tests.flows.stage import Stage, day, raised

GROUP = day("2026-03-16")  # a Monday, in two weeks
NUMBERS = count()

Change = Callable[[Stage, Enrollment], object]


def pause(until: str = "") -> Change:
    return lambda stage, one: stage.do(pace.pause, one, until=day(until) if until else None)


def resume(stage: Stage, one: Enrollment) -> object:
    return stage.do(pace.resume, one)


def move(stage: Stage, one: Enrollment) -> object:
    return stage.do(pace.move, one, Plan("Pacific/Auckland", time(6, 0)))


def skip(stage: Stage, one: Enrollment) -> object:
    return stage.do(pace.skip, one)


def restart(stage: Stage, one: Enrollment) -> object:
    return stage.do(pace.restart, one)


@pytest.mark.parametrize(
    ("changes", "lesson", "came"),
    [
        ([], "one", "2026-03-16"),
        ([pause("2026-03-05")], "one", "2026-03-16"),
        ([pause("2026-03-20")], "one", "2026-03-20"),
        ([pause("2026-03-20"), resume], "one", "2026-03-16"),
        ([pause("2026-03-20"), pause("2026-03-05")], "one", "2026-03-16"),
        ([pause(), resume], "one", "2026-03-16"),
        ([pause(), pause("2026-03-05")], "one", "2026-03-16"),
        ([move], "one", "2026-03-16"),
        ([skip], "two", "2026-03-16"),
        ([pause("2026-03-20"), restart], "one", "2026-03-16"),
    ],
)
def test_the_first_lesson_comes_with_the_group(stage: Stage, changes: list[Change], lesson: str, came: str) -> None:
    anna = stage.enroll("anna", start=GROUP)
    stage.at("2026-03-02 13:00")  # the welcome has come
    for change in changes:
        change(stage, newest(stage, anna))
    stage.at("2026-03-21 12:00")
    assert stage.sent(newest(stage, anna))[lesson] == came
    assert stage.broken_promises() == []


def newest(stage: Stage, one: Enrollment) -> Enrollment:
    with stage.db.reading() as tx:
        return pace.enrollments.of_subscriber(tx, one.subscriber_id)[-1]


def test_who_waits_for_his_group_has_no_pause_to_end_and_no_lesson_to_ask_for(stage: Stage) -> None:
    anna = stage.enroll("anna", start=GROUP)
    stage.at("2026-03-02 13:00")
    with pytest.raises(Refused, match="not paused; it begins on 2026-03-16"):
        stage.do(pace.resume, anna)
    with pytest.raises(turns.NotNow, match="begins on 2026-03-16") as why:
        stage.do(pace.ask, anna)
    assert why.value.why == "begins"
    stage.do(pace.pause, anna, until=day("2026-03-05"))  # over before it begins: nothing to note
    assert stage.happened(anna, "paused") == []


def test_explain_says_that_it_begins_and_after_a_longer_pause_that_it_is_paused(stage: Stage) -> None:
    anna = stage.enroll("anna", Plan("UTC", time(8), WEEKDAYS), start=GROUP - timedelta(days=1))  # a Sunday
    stage.at("2026-03-02 13:00")
    assert said(stage).endswith("Mon-Fri, beginning on 2026-03-15.")
    stage.do(pace.pause, anna, until=day("2026-03-20"))
    assert said(stage).endswith("Mon-Fri, paused until 2026-03-20.")


def said(stage: Stage) -> str:
    return explain(stage.db, stage.engine.shelf, parse_address("anna@example.com")).accounts[-1].next


def test_from_its_first_day_on_a_pause_ends_when_one_likes(stage: Stage) -> None:
    anna = stage.enroll("anna", start=GROUP)
    stage.at("2026-03-16 07:00")
    stage.do(pace.pause, anna, until=day("2026-03-25"))
    stage.at("2026-03-18 07:00")
    stage.do(pace.resume, anna)
    stage.at("2026-03-18 09:00")
    assert stage.sent(anna)["one"] == "2026-03-18"
    stage.do(pace.ask, anna)
    stage.send()
    assert "two" in stage.sent(anna)
    assert stage.broken_promises() == []


CHANGES = st.sampled_from([pause("2026-03-06"), pause("2026-03-19"), pause(), resume, move, skip, restart])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(CHANGES, st.integers(0, 60)), max_size=6))
def test_nothing_brings_a_lesson_before_the_group_begins(tmp_path: Path, changes: list[tuple[Change, int]]) -> None:
    folder = tmp_path / str(next(NUMBERS))
    folder.mkdir()
    with raised(f"sqlite:///{folder / 'd.db'}", folder) as stage:
        anna = stage.enroll("anna", start=GROUP)
        for change, hours in changes:
            stage.at(stage.clock() + timedelta(hours=hours))
            try:
                change(stage, newest(stage, anna))
            except DripcourseError:
                continue  # not offered at this moment
        if newest(stage, anna).state == "paused":
            stage.do(pace.resume, newest(stage, anna))
        stage.at("2026-03-25 12:00")
        days = [when for _, _, when in stage.ledger() if when]
        assert days
        assert min(days) >= str(GROUP)
        assert stage.broken_promises() == []
