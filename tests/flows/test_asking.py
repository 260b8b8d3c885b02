"""A reader asks for his next lesson now: it comes at once, once, in order, and the plan of the others stays."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import time, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from dripcourse.addresses import parse_address
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.plan import EVERY_DAY, WEEKDAYS, Plan
from dripcourse.domain.states import EnrollmentState
from dripcourse.errors import Refused
from dripcourse.flows import pace
from dripcourse.flows.claiming import claim_due
from dripcourse.flows.explain import explain
from dripcourse.storage import deliveries
from tests.flows.stage import LOST, TAKEN, UTC_8, Stage, day, raised, refusal, utc

LESSONS = ("welcome", "one", "two", "three", "four", "completion")


def begun(stage: Stage, plan: Plan = UTC_8) -> Enrollment:
    """Anna, who enrolled on Monday at noon and has had the welcome mail."""
    anna = stage.enroll("anna", plan)
    stage.send()
    return anna


def ask(stage: Stage, one: Enrollment) -> Enrollment:
    return stage.do(pace.ask, one)


def test_after_todays_lesson_it_takes_no_day_and_tomorrow_stays_as_it_was(stage_on_both: Stage) -> None:
    stage = stage_on_both
    anna = begun(stage)
    stage.at("2026-03-03 08:00")
    stage.jump("2026-03-03 10:00")
    assert ask(stage, anna).due_at == utc("2026-03-03 10:00")
    stage.send()
    assert stage.sent(anna) == {"welcome": "", "one": "2026-03-03", "two": ""}
    assert (stage.again(anna).next_key, stage.again(anna).due_at) == ("three", utc("2026-03-04 08:00"))
    stage.at("2026-03-04 08:00")
    assert stage.sent(anna)["three"] == "2026-03-04"
    assert stage.broken_promises() == []


def test_before_todays_hour_it_simply_is_todays_lesson(stage: Stage) -> None:
    anna = begun(stage)
    stage.jump("2026-03-03 06:30")
    ask(stage, anna)
    stage.send()
    assert stage.sent(anna) == {"welcome": "", "one": "2026-03-03"}
    assert stage.rows(anna)["one"].planned_at == utc("2026-03-03 06:30")
    stage.at("2026-03-04 07:59")
    assert stage.sent(anna) == {"welcome": "", "one": "2026-03-03"}
    stage.at("2026-03-04 08:00")
    assert stage.sent(anna)["two"] == "2026-03-04"
    assert stage.broken_promises() == []


def test_asked_twice_is_asked_once_and_three_a_day_are_all(stage: Stage) -> None:
    anna = begun(stage)
    for number in range(3):
        stage.jump(utc("2026-03-02 12:00") + timedelta(minutes=number))
        assert ask(stage, anna) == ask(stage, anna)
        stage.send()
    with pytest.raises(Refused, match="3 lessons have been asked for within a day"):
        ask(stage, anna)
    stage.at("2026-03-03 12:30")
    assert [e.data["lesson"] for e in stage.happened(anna, "asked-now") if e.data] == ["one", "two", "three"]
    assert ask(stage, anna).next_key == "completion"


REFUSED: dict[str, Callable[[Stage, Enrollment], object]] = {
    "it is paused": lambda stage, one: stage.do(pace.pause, one),
    "it is paused until a day": lambda stage, one: stage.do(pace.pause, one, until=day("2026-03-09")),
    "the run has ended": lambda stage, one: stage.do(pace.cancel, one),
    "it was put off by the server": lambda stage, one: (
        setattr(stage.post, "answer", lambda _to, _try: refusal(451, "4.3.0 later")),
        stage.at("2026-03-03 08:00"),
    ),
    "a worker has it in hand": lambda stage, one: (
        stage.jump("2026-03-03 08:00"),
        claim_due(stage.engine, claim_id="a" * 32, now=stage.clock()),
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_nothing_can_be_asked_for_where(stage: Stage, why: str) -> None:
    anna = begun(stage)
    REFUSED[why](stage, anna)
    before = stage.again(anna)
    with pytest.raises(Refused):
        ask(stage, anna)
    assert stage.again(anna) == before


def test_one_that_is_due_already_is_left_alone(stage: Stage) -> None:
    anna = begun(stage)
    stage.jump("2026-03-03 08:00")
    assert not ask(stage, anna).asked
    stage.send()
    assert stage.sent(anna)["one"] == "2026-03-03"


def test_a_pause_takes_the_wish_back_and_another_hour_does_not(stage: Stage) -> None:
    anna = begun(stage)
    ask(stage, anna)
    moved = stage.do(pace.move, anna, Plan("Asia/Tokyo", time(7)))
    assert (moved.asked, moved.due_at) == (True, stage.clock())
    paused = stage.do(pace.pause, anna, until=day("2026-03-09"))
    assert (paused.asked, stage.again(anna).asked) == (False, False)
    ask_again = stage.do(pace.resume, anna)
    assert ask_again.due_at == utc("2026-03-02 22:00")


def test_what_is_passed_over_need_not_come_at_once(stage: Stage) -> None:
    anna = begun(stage)
    ask(stage, anna)
    skipped = stage.do(pace.skip, anna)
    assert (skipped.next_key, skipped.asked, skipped.due_at) == ("two", False, utc("2026-03-03 08:00"))


def test_a_copy_in_doubt_is_sent_once_more_and_still_takes_no_day(stage: Stage) -> None:
    anna = begun(stage)
    stage.at("2026-03-03 08:00")
    stage.post.answer = lambda _to, tried: LOST if tried == 3 else TAKEN
    ask(stage, anna)
    stage.at("2026-03-03 23:00")
    assert stage.sent(anna) == {"welcome": "", "one": "2026-03-03", "two": ""}
    assert stage.rows(anna)["two"].doubts == 1
    assert stage.broken_promises() == []


def test_explain_says_that_he_asked_for_it(stage: Stage) -> None:
    anna = begun(stage)
    stage.at("2026-03-03 09:00")
    ask(stage, anna)

    def told() -> list[str]:
        (account,) = explain(stage.db, stage.engine.shelf, parse_address("anna@example.com")).accounts
        return [line.text for line in account.lines] + [account.next]

    assert told()[-1].startswith("two («Subject of two») goes at once, because it was asked for; after it the plan is")
    stage.send()
    assert "Asked for two at once (cli)." in told()
    assert any("accepted Tue 2026-03-03 09:00 UTC, out of turn, because its reader asked for it." in x for x in told())


def test_verify_finds_a_lesson_out_of_turn_that_nobody_asked_for(stage: Stage) -> None:
    anna = begun(stage)
    stage.at("2026-03-03 08:00")
    with stage.db.writing() as tx:
        row = stage.rows(anna)["one"]
        deliveries.save(tx, [type(row)(**{**vars(row), "scheduled": False, "local_date": None})])
    assert any("nobody asked for it" in found for found in stage.broken_promises())


Deed = Callable[[Stage, Enrollment], object]
WITHDRAWN: dict[str, list[Deed]] = {
    "paused since": [lambda stage, one: stage.do(pace.pause, one), lambda stage, one: stage.do(pace.resume, one)],
    "skipped since": [lambda stage, one: stage.do(pace.skip, one)],
    "left since": [
        lambda stage, one: stage.do(pace.end, one, EnrollmentState.LEFT, "left"),
        lambda stage, one: stage.do(pace.come_back, one),
    ],
    "used already": [lambda stage, _one: stage.send()],
}


@pytest.mark.parametrize("why", WITHDRAWN)
def test_verify_counts_no_wish_that_did_not_hold_any_more(stage: Stage, why: str) -> None:
    """An engine that went wrong: it took the next lesson for one that was asked for."""
    anna = begun(stage)
    stage.at("2026-03-03 08:00")
    ask(stage, anna)
    for deed in WITHDRAWN[why]:
        deed(stage, anna)
    assert stage.broken_promises() == []
    stage.jump("2026-03-03 09:00")
    with stage.db.writing() as tx:
        tx.execute(text("UPDATE enrollment SET asked = 1, due_at = '2026-03-03 09:00:00.000000'"))
    stage.send()
    assert any("nobody asked for it" in found for found in stage.broken_promises())


def test_verify_compares_the_lesson_that_was_asked_for_unless_the_course_changed(stage: Stage) -> None:
    anna = begun(stage)
    stage.at("2026-03-03 08:00")
    ask(stage, anna)
    stage.publish("welcome", "one", "new", "two", "three", "four", "completion")
    stage.send()
    assert list(stage.sent(anna)) == ["welcome", "one", "new"]
    assert stage.broken_promises() == []
    with stage.db.writing() as tx:
        tx.execute(text("DELETE FROM event WHERE kind = 'course-changed'"))
    assert any("nobody asked for it" in found for found in stage.broken_promises())


PLANS = st.builds(
    Plan,
    st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/Los_Angeles"]),
    st.sampled_from([time(0, 0), time(8, 0), time(23, 50)]),
    st.sampled_from([EVERY_DAY, WEEKDAYS]),
    st.integers(1, 2),
)
DEEDS = st.lists(
    st.tuples(st.sampled_from(["ask", "ask", "ask", "pause", "open", "resume", "move", "skip", "crash", "wait"]),
              st.integers(0, 40), PLANS),
    max_size=12,
)  # fmt: skip
ANSWERS = st.lists(st.sampled_from([TAKEN, TAKEN, TAKEN, refusal(451, "4.3.0 later"), LOST]), max_size=10)
FOLDERS = count()


def do(stage: Stage, anna: Enrollment, deed: str, plan: Plan) -> None:
    """One thing that she, or a worker that dies, does; what cannot be done changes nothing."""
    with suppress(Refused):
        match deed:
            case "ask":
                ask(stage, anna)
            case "pause":
                stage.do(pace.pause, anna, until=day(str((stage.clock() + timedelta(days=3)).date())))
            case "open":
                stage.do(pace.pause, anna)
            case "resume" | "skip":
                stage.do(getattr(pace, deed), anna)
            case "move":
                stage.do(pace.move, anna, plan)
            case "crash":
                claim_due(stage.engine, claim_id=f"{next(FOLDERS):032}", now=stage.clock())
                stage.past_the_lease()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=PLANS, deeds=DEEDS, answers=ANSWERS)
def test_any_mix_of_wishes_pauses_and_crashes_gives_each_lesson_once_and_in_order(
    tmp_path: Path, plan: Plan, deeds: list[tuple[str, int, Plan]], answers: list[object]
) -> None:
    folder = tmp_path / str(next(FOLDERS))
    folder.mkdir()
    with raised(f"sqlite:///{folder / 'd.db'}", folder) as stage:
        said = iter(answers)
        stage.post.answer = lambda _to, _try: next(said, TAKEN)  # type: ignore[arg-type, return-value]
        anna = stage.enroll("anna", plan)
        for deed, hours, other in deeds:
            do(stage, anna, deed, other)
            stage.at(stage.clock() + timedelta(hours=hours))
            assert stage.broken_promises() == [], deed
        with suppress(Refused):
            stage.do(pace.resume, anna)
        stage.at(stage.clock() + timedelta(days=30))
        rows = stage.rows(anna)
        went = sorted((row.sent_at, key) for key, row in rows.items() if row.sent_at)
        assert [key for _, key in went] == [key for key in LESSONS if rows[key].sent_at]
        assert set(rows) == set(LESSONS)
        assert stage.again(anna).state == "finished"
        assert stage.broken_promises() == []
