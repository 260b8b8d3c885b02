"""Nothing runs for some hours: every plan shifts or catches up on its own day, and nobody is skipped."""

from __future__ import annotations

import threading
from datetime import time

import pytest

from dripcourse.domain.plan import Plan
from dripcourse.flows import pace
from dripcourse.flows.tick import tick
from dripcourse.storage import enrollments, events
from tests.flows.stage import HOUR, MINUTE, UTC_8, Stage, utc


def outages(stage: Stage) -> int:
    with stage.db.reading() as tx:
        return len(events.of_kind(tx, "outage"))


@pytest.mark.parametrize(
    ("hours", "first_after", "then"),
    [
        (3, "2026-03-04", "2026-03-05"),  # back at 10:59: still worth sending today
        (12, "2026-03-05", "2026-03-06"),  # back at 19:59: too late for today
        (36, "2026-03-06", "2026-03-07"),  # back at 19:59 on the fifth: the fourth and the fifth are gone
    ],
)
def test_down_for_hours(stage_on_both: Stage, hours: int, first_after: str, then: str) -> None:
    stage = stage_on_both
    people = [stage.enroll(f"person-{n}") for n in range(30)]
    stage.at("2026-03-04 07:59")
    back = utc("2026-03-04 07:59") + hours * HOUR
    stage.outage_until(f"{back:%Y-%m-%d %H:%M}")
    stage.at("2026-03-20 12:00")
    for one in people:
        sent = stage.sent(one)
        assert list(sent) == ["welcome", "one", "two", "three", "four", "completion"]
        assert (sent["two"], sent["three"]) == (first_after, then)
        assert len(set(sent.values())) == 6
        if hours == 3:
            assert "the service was down from 2026-03-04 07:59 to 2026-03-04 10:59" in stage.rows(one)["two"].reason
    moments = [stage.rows(one)["two"].sent_at or back for one in people]
    if hours == 3:
        assert back <= min(moments) <= max(moments) <= back + 30 * MINUTE
        assert max(moments) - min(moments) > 10 * MINUTE  # spread, not a burst
    else:
        assert set(moments) == {utc(f"{first_after} 08:00")}
        assert all("was down" in str((e.data or {})["why"]) for one in people for e in stage.happened(one, "moved"))
    assert outages(stage) == 1
    assert stage.broken_promises() == []


def test_several_schedulers_that_come_back_at_once_note_one_outage(stage_on_both: Stage) -> None:
    stage = stage_on_both
    people = [stage.enroll(f"person-{n}") for n in range(5)]
    stage.at("2026-03-03 07:59")
    stage.clock.now = utc("2026-03-03 11:00")
    start = threading.Barrier(5)

    def come_back() -> None:
        start.wait(10)
        tick(stage.engine)

    threads = [threading.Thread(target=come_back, daemon=True) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert outages(stage) == 1
    with stage.db.reading() as tx:
        due = enrollments.next_due(tx)
    assert due is not None
    assert due >= utc("2026-03-03 11:00")
    stage.at("2026-03-03 12:00")
    assert {stage.sent(one)["one"] for one in people} == {"2026-03-03"}


@pytest.mark.parametrize(("back", "day"), [("2026-03-03 10:30", ""), ("2026-03-04 19:00", "2026-03-04")])
def test_a_lesson_that_was_asked_for_comes_when_the_service_is_back(stage_on_both: Stage, back: str, day: str) -> None:
    """And not at the hour of a later day: after its own day's hour it is simply that day's lesson."""
    stage = stage_on_both
    anna = stage.enroll("anna", UTC_8)
    stage.send()
    stage.at("2026-03-03 08:00")
    stage.jump("2026-03-03 10:00")
    stage.do(pace.ask, anna)
    stage.outage_until(back)
    assert stage.again(anna).due_at < utc(back) + 31 * MINUTE
    again = stage.do(pace.ask, anna)  # nobody has to wait out what is spread
    assert again.due_at == utc(back)
    assert stage.do(pace.ask, anna) == again
    stage.send()
    assert stage.sent(anna)["two"] == day
    assert [e.kind for e in stage.happened(anna)].count("asked-now") == 1
    stage.at("2026-03-05 08:00")
    assert stage.rows(anna)["three"].scheduled
    assert stage.broken_promises() == []


def test_a_short_silence_is_no_outage(stage: Stage) -> None:
    ben = stage.enroll("ben")
    stage.at("2026-03-03 07:55")
    stage.outage_until("2026-03-03 08:04")
    stage.send()
    row = stage.rows(ben)["one"]
    assert (outages(stage), row.sent_at, row.reason) == (0, utc("2026-03-03 08:04"), "")


def test_an_outage_over_midnight_sends_nobody_two_on_one_date(stage: Stage) -> None:
    late = stage.enroll("late", Plan("UTC", time(23, 50)))
    early = stage.enroll("early", Plan("UTC", time(0, 10)))
    stage.at("2026-03-04 23:00")
    stage.outage_until("2026-03-05 01:00")
    stage.at("2026-03-20 12:00")
    for one in (late, early):
        sent = stage.sent(one)
        assert len(sent) == len(set(sent.values())) == 6
    assert stage.sent(late)["three"] == "2026-03-05"
    assert stage.sent(early)["three"] == "2026-03-05"
    assert stage.broken_promises() == []


def test_the_clock_jumping_back_two_hours_sends_nothing_early_and_nothing_twice(stage: Stage) -> None:
    ben = stage.enroll("ben")
    stage.at("2026-03-03 08:30")
    stage.clock.now = utc("2026-03-03 06:30")
    tick(stage.engine)
    stage.send()
    stage.at("2026-03-04 09:00")
    assert stage.sent(ben) == {"welcome": "", "one": "2026-03-03", "two": "2026-03-04"}
    assert outages(stage) == 0
    assert stage.broken_promises() == []
