"""Leaving, coming back, beginning anew: nobody is written to again who did not ask for it, and never twice a day."""

from __future__ import annotations

from datetime import time

import pytest

from dripcourse.domain.consent import Inbound
from dripcourse.domain.plan import Plan
from dripcourse.errors import InputError, Refused
from dripcourse.flows import inbound, pace
from dripcourse.flows.notify import send_notices
from dripcourse.storage import suppressions
from dripcourse.storage.heartbeats import beat, last_beat
from tests.flows.stage import MONDAY_NOON, Stage, day, utc


def test_who_left_is_not_enrolled_again_without_asking(stage: Stage) -> None:
    anna = stage.enroll("anna")
    inbound.leave(stage.engine, anna.public_id, Inbound.ONE_CLICK, stage.clock())
    with pytest.raises(Refused, match="has left this course"):
        stage.enroll("anna")
    with pytest.raises(Refused, match="has left this course"):
        stage.do(pace.restart, anna)


def test_who_left_and_asks_again_gets_a_new_run(stage: Stage) -> None:
    anna = stage.enroll("anna")
    inbound.leave(stage.engine, anna.public_id, Inbound.ONE_CLICK, stage.clock())
    assert stage.do(pace.restart, anna, again=True).run == 2


def test_a_suppressed_address_cannot_restart(stage: Stage) -> None:
    anna = stage.enroll("anna")
    with stage.db.writing() as tx:
        suppressions.add(tx, "anna@example.com", "complaint", stage.clock())
    with pytest.raises(Refused, match="complaint"):
        stage.do(pace.restart, anna)


def test_leaving_and_undoing_in_turns_sends_three_mails_a_day_at_most(stage: Stage) -> None:
    anna = stage.enroll("anna")
    for _ in range(10):
        inbound.leave(stage.engine, anna.public_id, Inbound.LEFT, stage.clock())
        inbound.come_back(stage.engine, stage.engine.shelf, anna.public_id, stage.clock())
    while send_notices(stage.engine):
        pass
    assert len(stage.post.accepted) == 3
    stage.jump("2026-03-04 12:00")
    inbound.leave(stage.engine, anna.public_id, Inbound.LEFT, stage.clock())
    send_notices(stage.engine)
    assert len(stage.post.accepted) == 4


def test_undo_does_nothing_for_an_address_that_was_declined(stage: Stage) -> None:
    anna = stage.enroll("anna")
    inbound.leave(stage.engine, anna.public_id, Inbound.LEFT, stage.clock())
    with stage.db.writing() as tx:
        suppressions.add(tx, "anna@example.com", "signup-declined", stage.clock())
    with pytest.raises(Refused, match="nothing is sent to this address"):
        inbound.come_back(stage.engine, stage.engine.shelf, anna.public_id, stage.clock())


def test_undo_of_an_old_run_does_not_bring_it_back_after_a_later_one(stage: Stage) -> None:
    first = stage.enroll("anna")
    inbound.leave(stage.engine, first.public_id, Inbound.LEFT, stage.clock())
    second = stage.do(pace.restart, first, again=True)
    stage.do(pace.cancel, second)
    with pytest.raises(Refused, match="began this course anew"):
        inbound.come_back(stage.engine, stage.engine.shelf, first.public_id, stage.clock())


def test_a_restart_brings_no_second_lesson_on_the_same_day(stage: Stage) -> None:
    """Lesson one at 08:00; moved to 20:00 and begun anew at noon: the next lesson comes tomorrow at 20:00."""
    anna = stage.enroll("anna")
    stage.at("2026-03-03 12:00")
    assert stage.sent(anna)["one"] == "2026-03-03"
    stage.do(pace.move, anna, Plan("UTC", time(20, 0)))
    again = stage.do(pace.restart, anna)
    stage.at("2026-03-04 21:00")
    assert stage.sent(again)["one"] == "2026-03-04"
    assert stage.broken_promises() == []


def test_skip_leaves_a_lesson_alone_that_went_already(stage: Stage) -> None:
    """After a re-ordering the next lesson may be one he had: then the one behind it is skipped."""
    anna = stage.enroll("anna")
    stage.at("2026-03-04 12:00")  # one, two
    stage.publish("welcome", "three", "two", "one", "four", "completion")
    with stage.db.writing() as tx:
        pace.enrollments.save(tx, [pace.replace(stage.again(anna), next_key="one")], stage.clock())
    stage.do(pace.skip, anna)
    assert {key: row.state.value for key, row in stage.rows(anna).items()}["one"] == "sent"
    assert stage.rows(anna)["four"].state == "skipped"


@pytest.mark.parametrize(
    ("zone", "now", "until", "allowed"),
    [
        ("America/Los_Angeles", "2026-03-03 04:00", "2026-03-03", True),  # there it is still the 2nd
        ("Pacific/Kiritimati", "2026-03-02 12:00", "2026-03-03", False),  # there it is the 3rd already
        ("UTC", "2026-03-02 12:00", "2026-03-02", False),
    ],
)
def test_a_pause_ends_on_a_later_date_of_ones_own_calendar(
    stage: Stage, zone: str, now: str, until: str, allowed: bool
) -> None:
    anna = stage.enroll("anna", Plan(zone, time(8, 0)))
    stage.clock.now = utc(now)
    if allowed:
        assert stage.do(pace.pause, anna, until=day(until)).plan.paused_until == day(until)
    else:
        with pytest.raises(InputError, match="must lie ahead"):
            stage.do(pace.pause, anna, until=day(until))


def test_back_a_minute_before_the_hour_nobody_loses_that_day(stage: Stage) -> None:
    """Down for a week; back on the 10th at 07:59: lesson one goes on the 10th at 08:00, not on the 11th."""
    anna = stage.enroll("anna")
    stage.at("2026-03-02 13:00")
    stage.outage_until("2026-03-10 07:59")
    stage.at("2026-03-10 09:00")
    assert stage.sent(anna)["one"] == "2026-03-10"
    assert stage.broken_promises() == []


def test_a_beat_from_a_wrong_clock_does_not_hide_that_nobody_ticks(stage: Stage) -> None:
    with stage.db.writing() as tx:
        beat(tx, "clock", utc("2026-03-09 12:00"))
        beat(tx, "clock", MONDAY_NOON)
        assert last_beat(tx, "clock") == MONDAY_NOON
