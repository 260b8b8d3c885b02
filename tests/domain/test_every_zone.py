"""A lesson a day at the wall hour, around every clock change of every zone from 2024 to 2040."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripcourse.domain.calendar import instant, next_slot
from dripcourse.domain.enrollment import Step
from dripcourse.domain.plan import EVERY_DAY, Plan
from dripcourse.domain.progress import last_date_after, timing
from tests.domain.clock_changes import changes, first_minute, stretches, telling_hours, wall_clock, zone_names

DAY = timedelta(days=1)
LESSON = Step("breath", 1, scheduled=True)


def different_zones() -> list[str]:
    """One name for each way the clocks go; the rest are other names of the same zones."""
    return list({(stretches(name)[-1][2], changes(name)): name for name in reversed(zone_names())}.values())


def days_with_a_lesson(plan: Plan, start: date, end: date) -> list[tuple[date, datetime]]:
    """The promise in wall-clock words: each wanted day from `start`, at its first minute not before the hour."""
    found: list[tuple[date, datetime]] = []
    for n in range((end - start).days + 1):
        day = start + n * DAY
        wanted = plan.weekdays & (1 << day.weekday()) and not (plan.paused_until and day < plan.paused_until)
        rested = not found or (day - found[-1][0]).days >= plan.every
        at = first_minute(plan.zone, day, plan.hour) if wanted and rested else None
        if at is not None:
            found.append((day, at.replace(tzinfo=UTC)))
    return found


def days_sent(plan: Plan, start: date, end: date) -> list[tuple[date, datetime]]:
    """What the code does, one lesson after the other, asked for the first time just before `start` begins."""
    slot = next_slot(plan, after=start - plan.every * DAY, not_before=datetime.combine(start - DAY * 2, time(), UTC))
    found = []
    while slot.day <= end:
        found.append((slot.day, slot.at))
        slot = next_slot(plan, after=slot.day, not_before=slot.at)
    return found


def sent_around_each_change(names: list[str], days_before: int, days_after: int) -> int:
    """How many plans were tried; each was right."""
    tried = 0
    for name in names:
        for moment, old, new in changes(name):
            start, end = moment.date() - days_before * DAY, moment.date() + days_after * DAY
            for hour in telling_hours(moment, old, new):
                plan = Plan(zone=name, hour=hour)
                expected = days_with_a_lesson(plan, start, end)
                assert days_sent(plan, start, end) == expected, f"{plan} around {moment} UTC"
                tried += 1
    return tried


def test_there_are_zones_and_changes_to_try() -> None:
    assert len(zone_names()) > 450
    assert len(changes("Europe/Berlin")) == 34
    assert len(changes("Africa/Casablanca")) >= 30
    assert changes("Asia/Kathmandu") == ()
    assert changes("Australia/Lord_Howe")[0][2] - changes("Australia/Lord_Howe")[0][1] == timedelta(minutes=-30)


def test_every_change_of_every_zone_keeps_one_lesson_a_day_at_the_wall_hour() -> None:
    assert sent_around_each_change(zone_names(), 2, 3) > 20_000


@pytest.mark.slow
def test_every_change_of_every_zone_keeps_a_whole_month_whole() -> None:
    assert sent_around_each_change(zone_names(), 15, 15) > 20_000


@pytest.mark.slow
def test_every_minute_of_the_day_of_a_change_is_right() -> None:
    for name in different_zones():
        for moment, old, _ in changes(name, 2026, 2027):
            for n in range(-1, 2):
                day = (moment + old).date() + n * DAY
                for minute in range(24 * 60):
                    hour = time(minute // 60, minute % 60)
                    expected = first_minute(name, day, hour)
                    assert instant(day, hour, name) == (expected and expected.replace(tzinfo=UTC)), (
                        f"{name} {day} {hour}"
                    )


def test_each_zone_name_gives_the_wall_hour_on_an_ordinary_day() -> None:
    for name in zone_names():
        at = instant(date(2026, 7, 15), time(8, 0), name)
        assert at is not None
        assert at.astimezone(ZoneInfo(name)).replace(tzinfo=None) == datetime(2026, 7, 15, 8, 0), name


@st.composite
def around_a_change(draw: st.DrawFn) -> tuple[Plan, date]:
    """A plan and a first day two weeks before a clock change of its zone, its hour often inside the change."""
    name = draw(st.sampled_from([z for z in different_zones() if changes(z)]))
    moment, old, new = draw(st.sampled_from(changes(name)))
    low, high = sorted((moment + old, moment + new))
    inside = st.integers(0, int((high - low).total_seconds() // 60)).map(lambda m: (low + timedelta(minutes=m)).time())
    hour = draw(
        inside.map(lambda t: t.replace(second=0)) | st.times().map(lambda t: t.replace(second=0, microsecond=0))
    )
    day = moment.date()
    pause = draw(st.none() | st.integers(-10, 10).map(lambda n: day + n * DAY))
    weekdays, every = draw(st.just(EVERY_DAY) | st.integers(1, EVERY_DAY)), draw(st.just(1) | st.integers(1, 9))
    return Plan(name, hour, weekdays, every, pause), day - 14 * DAY


@settings(deadline=None, max_examples=80)
@given(around_a_change())
def test_any_plan_gets_each_of_its_days_once_around_a_change(case: tuple[Plan, date]) -> None:
    plan, start = case
    end = start + 45 * DAY
    assert days_sent(plan, start, end) == days_with_a_lesson(plan, start, end)


@settings(deadline=None, max_examples=80)
@given(around_a_change(), st.integers(0, 14 * 24 * 60), st.integers(0, 72 * 60), st.integers(0, 20))
def test_an_outage_across_a_change_shifts_the_plan_and_doubles_nothing(
    case: tuple[Plan, date], down_after: int, down_for: int, delay: int
) -> None:
    """Down for a while around the change, and every mail some minutes behind its time."""
    plan, start = case
    now = datetime.combine(start, time(), UTC)
    down = now + timedelta(days=8, minutes=down_after)
    back = down + timedelta(minutes=down_for)
    last, sent = None, []
    slot = next_slot(plan, after=None, not_before=now)
    while slot.at < now + 60 * DAY:
        at = slot.at + timedelta(minutes=delay)
        at = back if down <= at < back else at
        found = timing(plan, LESSON, slot.day, last, False, at)
        if found.slot is not None:
            assert found.slot.at >= at
            slot = found.slot
            continue
        sent.append((found.day, at))
        last = last_date_after(last, found.day, at, plan.zone)
        slot = next_slot(plan, after=last, not_before=at)
    assert_one_a_day_and_none_early(plan, sent)


def assert_one_a_day_and_none_early(plan: Plan, sent: list[tuple[date, datetime]]) -> None:
    recorded = [day for day, _ in sent]
    shown = [wall_clock(plan.zone, at.replace(tzinfo=None)) for _, at in sent]
    assert recorded == sorted(set(recorded))
    assert [wall.date() for wall in shown] == sorted({wall.date() for wall in shown})
    for wall, (_, at) in zip(shown, sent, strict=True):
        today, eve = (first_minute(plan.zone, wall.date() - n * DAY, plan.hour) for n in (0, 1))
        on_its_day = today is not None and at.replace(tzinfo=None) >= today
        minutes_past_midnight = eve is not None and at.replace(tzinfo=None) - eve <= timedelta(minutes=15)
        assert on_its_day or minutes_past_midnight


@settings(deadline=None, max_examples=80)
@given(around_a_change(), st.integers(0, 45 * 24 * 60))
def test_asked_at_any_minute_the_slot_is_the_first_one_left(case: tuple[Plan, date], minutes: int) -> None:
    plan, start = case
    asked = datetime.combine(start, time(), UTC) + timedelta(minutes=minutes)
    slot = next_slot(plan, after=None, not_before=asked)
    first = next(at for _, at in days_with_a_lesson_each(plan, asked) if at >= asked)
    assert slot.at == first


def days_with_a_lesson_each(plan: Plan, asked: datetime) -> list[tuple[date, datetime]]:
    """Every wanted day of the coming weeks, without the pace: what somebody who has had no lesson yet can get."""
    start = asked.date() - 2 * DAY
    return days_with_a_lesson(Plan(plan.zone, plan.hour, plan.weekdays, 1, plan.paused_until), start, start + 60 * DAY)
