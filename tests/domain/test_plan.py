"""A plan as people type it, and as it is written back to them."""

from __future__ import annotations

from datetime import date, time
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripcourse.domain.plan import (
    EVERY_DAY,
    PACES,
    WEEKDAYS,
    Plan,
    parse_hour,
    parse_pace,
    parse_weekdays,
    parse_zone,
    spell_days,
    spell_weekdays,
)
from dripcourse.errors import InputError

MON, TUE, WED, THU, FRI, SAT, SUN = (1 << n for n in range(7))


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("Los Angeles", "America/Los_Angeles"),
        ("kathmandu", "Asia/Kathmandu"),
        ("Europe/Berln", "Europe/Berlin"),
        ("Amercia/Chicago", "America/Chicago"),
        ("utc", "UTC"),
    ],
)
def test_a_misspelt_zone_is_refused_with_the_one_he_may_have_meant(typed: str, offered: str) -> None:
    with pytest.raises(InputError) as refusal:
        parse_zone(typed)
    assert typed in str(refusal.value)
    assert str(refusal.value).endswith(f"did you mean {offered}?")


@pytest.mark.parametrize(
    "typed", ["", " ", "Mars/Olympus", "localtime", "Factory", "../../etc/passwd", "/etc/localtime", "Europe", "a\0b"]
)
def test_what_is_no_zone_is_refused_in_one_line(typed: str) -> None:
    with pytest.raises(InputError) as refusal:
        parse_zone(typed)
    assert "\n" not in str(refusal.value)
    assert "Factory?" not in str(refusal.value)
    assert "localtime?" not in str(refusal.value)


@pytest.mark.parametrize("typed", ["GMT+2", "gmt-5", "UTC+1"])
def test_an_offset_is_never_answered_with_the_zone_of_the_opposite_sign(typed: str) -> None:
    """Etc/GMT+2 is two hours behind UTC; who types GMT+2 means two hours ahead."""
    with pytest.raises(InputError) as refusal:
        parse_zone(typed)
    assert "GMT" not in str(refusal.value).replace(repr(typed), "")


def test_every_zone_name_is_taken_and_spaces_around_it_are_dropped() -> None:
    for name in available_timezones() - {"localtime", "Factory"}:
        assert parse_zone(f" {name}\n") == name


@pytest.mark.parametrize(
    ("typed", "hour"),
    [("08:00", time(8)), ("8:00", time(8)), ("00:00", time(0)), ("23:59", time(23, 59)), (" 7:05 ", time(7, 5))],
)
def test_an_hour_is_read_to_the_minute(typed: str, hour: time) -> None:
    assert parse_hour(typed) == hour


@pytest.mark.parametrize(
    "typed",
    ["25:00", "24:00", "8:5", "8", "0800", "08:60", "8am", "8:00 pm", "-8:00", "08:00:00", "", "::", "08.00", "108:00"],
)
def test_what_is_no_hour_is_refused_and_the_right_form_shown(typed: str) -> None:
    with pytest.raises(InputError, match="HH:MM"):
        parse_hour(typed)


@pytest.mark.parametrize(
    ("typed", "mask"),
    [
        ("Mon-Fri", MON | TUE | WED | THU | FRI),
        ("Mon–Fri", WEEKDAYS),  # with the dash that word processors put in
        ("mon,wed,fri", MON | WED | FRI),
        ("Sat-Mon", SAT | SUN | MON),
        ("Sun-Mon", SUN | MON),
        ("Fri-Thu", EVERY_DAY),
        ("Mon-Mon", MON),
        ("Mon-Sun", EVERY_DAY),
        ("Mon-Wed, Sat", MON | TUE | WED | SAT),
        ("monday, THURSDAY", MON | THU),
        ("Tues,Thurs", TUE | THU),
        (" sun ", SUN),
        ("Sun,Sun", SUN),
        ("daily", EVERY_DAY),
        ("Every day", EVERY_DAY),
        ("all", EVERY_DAY),
    ],
)
def test_weekdays_are_read_as_lists_and_ranges_that_may_wrap(typed: str, mask: int) -> None:
    assert parse_weekdays(typed) == mask


@pytest.mark.parametrize(
    "typed",
    ["", ",", "Mon,", "-", "Mon-", "-Fri", "Mon-Wed-Fri", "Mo", "Monkey", "Sunshine", "Mon Fri", "Mon to Fri", "1-5",
     "Mon;Fri", "never", "Montag"],
)  # fmt: skip
def test_what_is_no_list_of_weekdays_is_refused(typed: str) -> None:
    with pytest.raises(InputError, match=r"not a (weekday|list of weekdays)"):
        parse_weekdays(typed)


@given(st.integers(1, EVERY_DAY))
def test_weekdays_written_back_mean_the_same(mask: int) -> None:
    assert parse_weekdays(spell_weekdays(mask)) == mask


@pytest.mark.parametrize(
    ("mask", "words"),
    [(EVERY_DAY, "every day"), (WEEKDAYS, "Mon-Fri"), (MON | WED, "Mon, Wed"), (SAT | SUN, "Sat, Sun")],
)
def test_weekdays_are_written_as_people_write_them(mask: int, words: str) -> None:
    assert spell_weekdays(mask) == words


@pytest.mark.parametrize("mask", [0, -1, 128, 255])
def test_a_plan_needs_a_weekday_of_this_week(mask: int) -> None:
    with pytest.raises(InputError, match="weekday"):
        Plan(weekdays=mask)


@pytest.mark.parametrize("every", [0, -1, 32])
def test_a_pace_is_one_to_thirty_one_days(every: int) -> None:
    with pytest.raises(InputError, match="1 to 31"):
        Plan(every=every)


def test_a_pause_to_the_end_of_the_calendar_is_refused() -> None:
    with pytest.raises(InputError, match="never ends"):
        Plan(paused_until=date.max)


@pytest.mark.parametrize(
    ("name", "mask", "every", "words"),
    [
        ("daily", EVERY_DAY, 1, "every day"),
        ("every-2nd-day", EVERY_DAY, 2, "every other day"),
        ("weekdays", WEEKDAYS, 1, "Mon-Fri"),
    ],
)
def test_a_named_pace_is_a_mask_and_a_distance(name: str, mask: int, every: int, words: str) -> None:
    assert parse_pace(f" {name} ") == (mask, every)
    assert spell_days(mask, every) == words


@pytest.mark.parametrize(
    ("mask", "every", "words"),
    [(EVERY_DAY, 3, "every 3 days"), (MON | WED, 1, "Mon, Wed"), (WEEKDAYS, 2, "Mon-Fri, at least 2 days apart")],
)
def test_days_and_pace_are_said_once(mask: int, every: int, words: str) -> None:
    assert spell_days(mask, every) == words


def test_an_unknown_pace_is_refused_with_all_known_ones() -> None:
    with pytest.raises(InputError) as refusal:
        parse_pace("hourly")
    assert all(name in str(refusal.value) for name in PACES)


def test_an_open_mask_allows_each_date_and_a_pause_closes_those_before_its_end() -> None:
    week = [date(2026, 6, 15 + n) for n in range(7)]  # Monday to Sunday
    assert all(Plan().allows(day) for day in week)
    assert [Plan(weekdays=SAT | SUN).allows(day) for day in week] == [False] * 5 + [True] * 2
    assert [Plan(paused_until=week[3]).allows(day) for day in week] == [False] * 3 + [True] * 4


def test_a_plan_reads_as_a_sentence() -> None:
    plan = Plan("Europe/Berlin", time(7, 5), MON | WED, 2)
    assert str(plan) == "07:05 Europe/Berlin, Mon, Wed, at least 2 days apart"
