"""A lesson that is due: does it go now, or on another day? Outages, backlogs, servers that put off, used dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripcourse.domain.enrollment import Step
from dripcourse.domain.plan import Plan, parse_hour, parse_weekdays
from dripcourse.domain.progress import ON_TIME, SPREAD, spread, timing
from dripcourse.errors import InputError

LESSON = Step("breath", 3, scheduled=True)
WELCOME = Step("welcome", 0, scheduled=False)
ZONE = "Europe/Berlin"


def asked(hour: str, weekdays: str = "daily", every: int = 1, paused: str = "", zone: str = ZONE) -> Plan:
    return Plan(zone, parse_hour(hour), parse_weekdays(weekdays), every, date.fromisoformat(paused) if paused else None)


def on_the_wall(text: str, zone: str = ZONE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def what_happens(plan: Plan, due: str, last: str, now: str, tried: bool = False) -> str:
    """ "goes <date that it counts for>" or "moves to <date and hour on the wall>"; 15 June 2026 is a Monday."""
    last_date = date.fromisoformat(last) if last else None
    found = timing(plan, LESSON, date.fromisoformat(due), last_date, tried, on_the_wall(now, plan.zone))
    if found.go:
        assert found.slot is None
        return f"goes for {found.day}"
    assert found.slot is not None
    assert (found.day, found.planned_at) == (found.slot.day, found.slot.at)
    return f"moves to {found.planned_at.astimezone(ZoneInfo(plan.zone)):%a %Y-%m-%d %H:%M}"


EIGHT, LATE = asked("08:00"), asked("23:55")
DUE = [
    # plan, due date, date used last, now on the wall, what happens
    (EIGHT, "2026-06-15", "2026-06-14", "2026-06-15 08:00", "goes for 2026-06-15"),
    (EIGHT, "2026-06-15", "", "2026-06-15 08:00:04", "goes for 2026-06-15"),
    (EIGHT, "2026-06-15", "2026-06-14", "2026-06-15 07:59:59", "moves to Mon 2026-06-15 08:00"),  # asked too early
    # down since before Monday 08:00
    (EIGHT, "2026-06-15", "2026-06-14", "2026-06-15 13:00", "goes for 2026-06-15"),  # late, still worth it
    (EIGHT, "2026-06-15", "2026-06-14", "2026-06-15 14:00", "goes for 2026-06-15"),
    (EIGHT, "2026-06-15", "2026-06-14", "2026-06-15 14:01", "moves to Tue 2026-06-16 08:00"),
    (EIGHT, "2026-06-15", "2026-06-14", "2026-06-15 20:00", "moves to Tue 2026-06-16 08:00"),
    (EIGHT, "2026-06-15", "2026-06-14", "2026-06-16 07:00", "moves to Tue 2026-06-16 08:00"),
    (EIGHT, "2026-06-15", "2026-06-14", "2026-06-16 08:00", "moves to Tue 2026-06-16 08:00"),
    (EIGHT, "2026-06-15", "2026-06-14", "2026-06-16 08:01", "moves to Wed 2026-06-17 08:00"),
    (EIGHT, "2026-06-15", "2026-06-14", "2026-06-16 20:00", "moves to Wed 2026-06-17 08:00"),  # 36 hours
    (EIGHT, "2026-06-15", "2026-06-14", "2026-07-20 09:00", "moves to Tue 2026-07-21 08:00"),
    (asked("08:00", "Mon-Fri"), "2026-06-19", "2026-06-18", "2026-06-20 20:00", "moves to Mon 2026-06-22 08:00"),
    (asked("20:00"), "2026-06-15", "2026-06-14", "2026-06-15 23:59", "goes for 2026-06-15"),
    (asked("20:00"), "2026-06-15", "2026-06-14", "2026-06-16 01:00", "moves to Tue 2026-06-16 20:00"),
    # a backlog that passes midnight by minutes takes the new day too
    (LATE, "2026-06-15", "2026-06-14", "2026-06-16 00:05", "goes for 2026-06-16"),
    (LATE, "2026-06-15", "2026-06-14", "2026-06-16 00:10", "goes for 2026-06-16"),
    (LATE, "2026-06-15", "2026-06-14", "2026-06-16 00:11", "moves to Tue 2026-06-16 23:55"),
    (asked("23:55", "Fri"), "2026-06-19", "2026-06-12", "2026-06-20 00:05", "goes for 2026-06-20"),
    # the date is used already
    (EIGHT, "2026-06-15", "2026-06-15", "2026-06-15 09:00", "moves to Tue 2026-06-16 08:00"),
    (EIGHT, "2026-06-15", "2026-06-16", "2026-06-15 09:00", "moves to Wed 2026-06-17 08:00"),
    (LATE, "2026-06-15", "2026-06-15", "2026-06-16 00:05", "moves to Tue 2026-06-16 23:55"),
    (LATE, "2026-06-15", "2026-06-16", "2026-06-16 00:05", "moves to Wed 2026-06-17 23:55"),
    # the date is free, but too close behind the last for the pace he has now
    (asked("08:00", every=2), "2026-06-15", "2026-06-14", "2026-06-15 08:00", "moves to Tue 2026-06-16 08:00"),
    (asked("08:00", every=2), "2026-06-15", "2026-06-13", "2026-06-15 08:00", "goes for 2026-06-15"),
    # the plan allows that date no more
    (asked("08:00", "Tue"), "2026-06-15", "2026-06-14", "2026-06-15 08:00", "moves to Tue 2026-06-16 08:00"),
    (asked("08:00", paused="2026-06-20"), "2026-06-15", "2026-06-14", "2026-06-15 08:00",
     "moves to Sat 2026-06-20 08:00"),
    (asked("08:00", paused="2026-06-15"), "2026-06-15", "2026-06-14", "2026-06-15 08:00", "goes for 2026-06-15"),
    # the hour was put later after the due moment had been written down, or earlier
    (asked("21:00"), "2026-06-15", "2026-06-14", "2026-06-15 08:00", "moves to Mon 2026-06-15 21:00"),
    (asked("05:00"), "2026-06-15", "2026-06-14", "2026-06-15 08:00", "goes for 2026-06-15"),
    # hours that a clock change swallows or repeats
    (asked("02:30"), "2026-03-29", "2026-03-28", "2026-03-29 03:00", "goes for 2026-03-29"),
    (asked("08:00", zone="Pacific/Apia"), "2011-12-30", "2011-12-29", "2011-12-31 00:00",
     "moves to Sat 2011-12-31 08:00"),
]  # fmt: skip


@pytest.mark.parametrize(("plan", "due", "last", "now", "happens"), DUE)
def test_a_due_lesson_goes_on_its_own_day_or_moves_to_the_next(
    plan: Plan, due: str, last: str, now: str, happens: str
) -> None:
    assert what_happens(plan, due, last, now) == happens


PUT_OFF = [
    (EIGHT, "2026-06-15 08:05", "goes for 2026-06-15"),
    (EIGHT, "2026-06-15 20:00", "goes for 2026-06-15"),  # twelve hours of "later": the evening is still today
    (EIGHT, "2026-06-15 23:59", "goes for 2026-06-15"),
    (EIGHT, "2026-06-16 00:01", "moves to Tue 2026-06-16 08:00"),
    (asked("02:00"), "2026-06-15 22:00", "goes for 2026-06-15"),
    (asked("02:00"), "2026-06-15 22:01", "moves to Tue 2026-06-16 02:00"),
    (LATE, "2026-06-16 00:01", "goes for 2026-06-16"),
    (LATE, "2026-06-16 00:30", "moves to Tue 2026-06-16 23:55"),
]


@pytest.mark.parametrize(("plan", "now", "happens"), PUT_OFF)
def test_what_the_server_put_off_goes_till_the_evening_and_past_midnight_moves(
    plan: Plan, now: str, happens: str
) -> None:
    assert what_happens(plan, "2026-06-15", "2026-06-14", now, tried=True) == happens


def test_a_second_pass_of_a_repeated_hour_is_an_hour_late_not_a_second_lesson() -> None:
    second_pass = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    found = timing(asked("02:30"), LESSON, date(2026, 10, 25), date(2026, 10, 24), False, second_pass)
    assert found.go
    assert second_pass - found.planned_at == timedelta(hours=1)
    assert not timing(asked("02:30"), LESSON, date(2026, 10, 25), date(2026, 10, 25), False, second_pass).go


def test_the_welcome_goes_whenever_it_is_due_even_in_a_pause_and_on_a_used_date() -> None:
    now = on_the_wall("2026-06-20 22:00")
    plan = asked("08:00", "Mon", paused="2026-07-01")
    found = timing(plan, WELCOME, date(2026, 6, 15), date(2026, 6, 20), False, now)
    assert (found.go, found.day, found.planned_at) == (True, date(2026, 6, 20), now)


def test_a_naive_now_is_refused() -> None:
    with pytest.raises(InputError, match="no time zone"):
        timing(EIGHT, LESSON, date(2026, 6, 15), None, False, datetime(2026, 6, 15, 8, 0))


@given(st.integers(0, 23), st.integers(0, 6), st.integers(1, 3), st.integers(-1, 4), st.integers(0, 4 * 24 * 60))
def test_whatever_is_moved_is_moved_ahead_and_goes_when_its_moment_has_come(
    hour: int, weekday: int, every: int, used: int, minutes: int
) -> None:
    """No lesson is moved to where it would be moved again: that would keep a worker busy for ever."""
    plan = asked(f"{hour}:30", every=every)
    due, now = date(2026, 6, 15) + timedelta(days=weekday), on_the_wall("2026-06-15 00:00") + timedelta(minutes=minutes)
    last = date(2026, 6, 13) + timedelta(days=used)
    found = timing(plan, LESSON, due, last, False, now)
    if found.slot is not None:
        assert found.slot.at >= now
        again = timing(plan, LESSON, found.slot.day, last, False, found.slot.at)
        assert (again.go, again.day) == (True, found.slot.day)
    else:
        assert found.day >= last + timedelta(days=every)
        assert timedelta(0) <= now - found.planned_at <= timedelta(hours=6)


def test_after_an_outage_a_thousand_people_wait_evenly_and_the_same_each_time() -> None:
    outage = timedelta(hours=36)
    waits = [spread(n, outage) for n in range(1, 1001)]
    assert waits == [spread(n, outage) for n in range(1, 1001)]
    assert all(timedelta(0) <= wait <= SPREAD for wait in waits)
    in_each_tenth = [sum(int(wait / SPREAD * 10) == tenth for wait in waits) for tenth in range(10)]
    assert all(60 <= n <= 140 for n in in_each_tenth)


@given(st.integers(1, 2**40), st.timedeltas(timedelta(0), timedelta(days=40)))
def test_nobody_waits_longer_than_the_outage_was(enrollment: int, outage: timedelta) -> None:
    assert timedelta(0) <= spread(enrollment, outage) <= min(outage, timedelta(minutes=30))


def test_a_clock_that_went_back_makes_nobody_early() -> None:
    assert spread(7, timedelta(hours=-1)) == timedelta(0)


def test_on_time_means_a_quarter_of_an_hour() -> None:
    assert timedelta(minutes=15) == ON_TIME
