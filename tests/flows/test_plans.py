"""People change their minds: zone, hour, pace, pauses, skips, a new run. Never two lessons on one date they read."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

import pytest

from dripcourse.domain.plan import EVERY_DAY, WEEKDAYS, Plan
from dripcourse.errors import Refused
from dripcourse.flows import pace
from tests.flows.stage import DAY, HOUR, MINUTE, UTC_8, Stage, day, refusal, utc

LOS_ANGELES, AUCKLAND = Plan("America/Los_Angeles", time(8, 0)), Plan("Pacific/Auckland", time(8, 0))


def dates_read(stage: Stage, one: object) -> list[str]:
    """The date his calendar showed as each scheduled lesson came, in the zone he had then."""
    rows = sorted((r for r in stage.rows(one).values() if r.sent_at and r.scheduled), key=lambda r: r.sent_at)  # type: ignore[arg-type, return-value]
    return [f"{row.sent_at.astimezone(ZoneInfo(row.zone)):%Y-%m-%d}" for row in rows if row.sent_at]


def test_from_los_angeles_to_auckland_no_date_has_two(stage_on_both: Stage) -> None:
    stage = stage_on_both
    anna = stage.enroll("anna", LOS_ANGELES)
    stage.at("2026-03-02 17:00")  # she had lesson one at 16:00 UTC: Monday in Los Angeles, Tuesday in Auckland
    stage.do(pace.move, anna, AUCKLAND)
    assert stage.again(anna).due_at == utc("2026-03-03 19:00")  # Wednesday 08:00 in Auckland (UTC+13)
    stage.at("2026-03-07 00:00")
    assert dates_read(stage, anna) == ["2026-03-02", "2026-03-04", "2026-03-05", "2026-03-06", "2026-03-07"]
    assert stage.broken_promises() == []


def test_there_and_back_within_a_day(stage: Stage) -> None:
    anna = stage.enroll("anna", LOS_ANGELES)
    stage.at("2026-03-02 17:00")
    stage.do(pace.move, anna, AUCKLAND)
    stage.at("2026-03-03 02:00")
    stage.do(pace.move, anna, LOS_ANGELES)
    stage.at("2026-03-12 00:00")
    read = dates_read(stage, anna)
    assert len(read) == len(set(read)) == 5
    assert read[0] == "2026-03-02"
    assert stage.broken_promises() == []


def test_from_auckland_to_los_angeles_the_same_date_comes_again_and_stays_empty(stage: Stage) -> None:
    anna = stage.enroll("anna", AUCKLAND)
    stage.at("2026-03-04 20:00")  # lesson three at 08:00 on Thursday the fifth in Auckland
    assert dates_read(stage, anna) == ["2026-03-03", "2026-03-04", "2026-03-05"]
    stage.do(pace.move, anna, LOS_ANGELES)  # where it is still Wednesday the fourth
    stage.at("2026-03-05 17:00")  # Thursday the fifth, 08:00 has passed there: the date of lesson three
    assert len(dates_read(stage, anna)) == 3
    stage.at("2026-03-06 17:00")
    assert dates_read(stage, anna)[-1] == "2026-03-06"
    assert stage.broken_promises() == []


def test_always_asking_for_the_very_next_minute_never_gives_two_on_a_date(stage: Stage) -> None:
    anna = stage.enroll("anna", LOS_ANGELES)
    zones = ["Pacific/Auckland", "Europe/Berlin", "Pacific/Kiritimati", "America/Los_Angeles", "Etc/GMT+12"]
    for hour in range(1, 24 * 8, 3):
        moment = utc("2026-03-02 12:00") + hour * HOUR
        stage.at(moment)
        if stage.again(anna).state != "active":
            break
        local = (moment + 5 * MINUTE).astimezone(ZoneInfo(zones[hour % 5]))
        stage.do(pace.move, anna, Plan(zones[hour % 5], time(local.hour, local.minute)))
    read = dates_read(stage, anna)
    assert 3 <= len(read) == len(set(read))
    assert read == sorted(read)
    recorded = [row.local_date for row in stage.rows(anna).values() if row.scheduled and row.local_date]
    assert len(recorded) == len(set(recorded))
    assert stage.broken_promises() == []


@pytest.mark.parametrize(
    ("new_hour", "next_lesson"),
    [("07:00", "2026-03-04 07:00"), ("20:00", "2026-03-04 20:00"), ("08:00", "2026-03-04 08:00")],
)
def test_a_new_hour_counts_from_the_next_day(stage: Stage, new_hour: str, next_lesson: str) -> None:
    anna = stage.enroll("anna")
    stage.at("2026-03-03 09:00")  # had lesson one an hour ago
    stage.do(pace.move, anna, Plan("UTC", time.fromisoformat(new_hour)))
    assert stage.again(anna).due_at == utc(next_lesson)


def test_a_new_hour_before_todays_lesson_moves_it_within_today(stage: Stage) -> None:
    anna = stage.enroll("anna")
    stage.at("2026-03-03 07:00")
    stage.do(pace.move, anna, Plan("UTC", time(21, 30)))
    stage.at("2026-03-03 22:00")
    assert stage.rows(anna)["one"].sent_at == utc("2026-03-03 21:30")


def test_weekdays_only(stage: Stage) -> None:
    anna = stage.enroll("anna", Plan("UTC", time(8, 0), WEEKDAYS))
    stage.at("2026-03-10 12:00")
    assert dates_read(stage, anna) == ["2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06", "2026-03-09"]


def test_every_second_day(stage: Stage) -> None:
    anna = stage.enroll("anna", Plan("UTC", time(8, 0), EVERY_DAY, 2))
    stage.at("2026-03-12 12:00")
    assert dates_read(stage, anna) == ["2026-03-03", "2026-03-05", "2026-03-07", "2026-03-09", "2026-03-11"]


def test_a_slower_pace_chosen_late_counts_from_the_last_lesson(stage: Stage) -> None:
    anna = stage.enroll("anna")
    stage.at("2026-03-04 09:00")
    stage.do(pace.move, anna, Plan("UTC", time(8, 0), EVERY_DAY, 3))
    stage.at("2026-03-11 09:00")
    assert dates_read(stage, anna) == ["2026-03-03", "2026-03-04", "2026-03-07", "2026-03-10"]


def test_a_pause_of_five_days_moves_the_whole_rest(stage_on_both: Stage) -> None:
    stage = stage_on_both
    anna = stage.enroll("anna")
    stage.at("2026-03-04 09:00")
    stage.do(pace.pause, anna, until=day("2026-03-10"))
    assert stage.again(anna).due_at == utc("2026-03-10 08:00")
    stage.at("2026-03-14 09:00")
    assert dates_read(stage, anna) == ["2026-03-03", "2026-03-04", "2026-03-10", "2026-03-11", "2026-03-12"]
    assert stage.broken_promises() == []


def test_an_open_pause_ends_with_resume_at_the_next_hour(stage: Stage) -> None:
    anna = stage.enroll("anna")
    stage.at("2026-03-04 09:00")
    stage.do(pace.pause, anna)
    stage.at("2026-03-20 09:00")
    assert (stage.again(anna).state, stage.again(anna).due_at) == ("paused", None)
    stage.do(pace.resume, anna)
    stage.at("2026-03-22 09:00")
    assert dates_read(stage, anna) == ["2026-03-03", "2026-03-04", "2026-03-21", "2026-03-22"]
    assert stage.broken_promises() == []


def test_resume_ends_a_dated_pause_early(stage: Stage) -> None:
    anna = stage.enroll("anna")
    stage.at("2026-03-03 09:00")
    stage.do(pace.pause, anna, until=day("2026-03-30"))
    stage.do(pace.resume, anna)
    assert stage.again(anna).due_at == utc("2026-03-04 08:00")


def test_skip_gives_the_day_to_the_following_lesson(stage: Stage) -> None:
    anna = stage.enroll("anna")
    stage.at("2026-03-03 09:00")
    stage.do(pace.skip, anna)
    stage.at("2026-03-04 09:00")
    assert stage.sent(anna) == {"welcome": "", "one": "2026-03-03", "three": "2026-03-04"}
    assert stage.rows(anna)["two"].state == "skipped"


def test_skipping_the_welcome_mail_leaves_the_first_lesson_at_its_hour(stage: Stage) -> None:
    anna = stage.enroll("anna")
    stage.do(pace.skip, anna)
    assert stage.again(anna).due_at == utc("2026-03-03 08:00")


def test_skipping_everything_finishes_the_course(stage: Stage) -> None:
    anna = stage.enroll("anna")
    stage.at("2026-03-03 09:00")
    for _ in range(4):
        stage.do(pace.skip, anna)
    assert stage.again(anna).state == "finished"
    with pytest.raises(Refused, match="finished"):
        stage.do(pace.skip, anna)


def test_restart_is_a_new_run_in_which_every_lesson_may_go_again(stage_on_both: Stage) -> None:
    stage = stage_on_both
    anna = stage.enroll("anna")
    stage.at("2026-03-04 09:00")
    again = stage.do(pace.restart, anna)
    assert (again.run, stage.again(anna).state) == (2, "restarted")
    stage.at("2026-03-20 09:00")
    assert list(stage.sent(anna)) == ["welcome", "one", "two"]
    assert list(stage.sent(again)) == ["welcome", "one", "two", "three", "four", "completion"]
    assert len({mail.message_id for mail in stage.post.accepted}) == 9
    assert stage.broken_promises() == []


def test_cancel_ends_it_and_nothing_changes_an_ended_run(stage: Stage) -> None:
    anna = stage.enroll("anna")
    stage.at("2026-03-03 09:00")
    stage.do(pace.cancel, anna)
    for change, words in ((pace.pause, "paused"), (pace.resume, "resumed"), (pace.skip, "skipped")):
        with pytest.raises(Refused, match=f"cancelled and cannot be {words}"):
            stage.do(change, anna)
    with pytest.raises(Refused, match="cancelled and cannot be moved"):
        stage.do(pace.move, anna, UTC_8)
    stage.at("2026-03-20 09:00")
    assert list(stage.sent(anna)) == ["welcome", "one"]


def test_a_plan_changed_while_a_lesson_is_put_off_keeps_one_a_day(stage: Stage) -> None:
    anna = stage.enroll("anna", LOS_ANGELES)
    stage.at("2026-03-04 17:00")
    stage.post.answer = lambda _, number: refusal(451, "4.3.0 later")
    stage.at("2026-03-05 16:30")
    stage.do(pace.move, anna, AUCKLAND)
    stage.post.answer = type(stage.post).answer
    stage.at("2026-03-20 00:00")
    read = dates_read(stage, anna)
    assert len(read) == len(set(read)) == 5
    assert stage.broken_promises() == []


@pytest.mark.parametrize("days", [1, 2, 6])
def test_a_change_of_mind_after_the_last_lesson_of_a_day_never_brings_two(stage: Stage, days: int) -> None:
    anna = stage.enroll("anna", Plan("Europe/Berlin", time(0, 5)))
    for number in range(days):
        stage.at(utc("2026-03-03 00:30") + number * DAY)
        stage.do(pace.move, anna, Plan("Europe/Berlin", time(23, 55) if number % 2 == 0 else time(0, 5)))
    stage.at("2026-03-14 12:00")
    read = dates_read(stage, anna)
    assert len(read) == len(set(read)) == 5
    assert stage.broken_promises() == []
