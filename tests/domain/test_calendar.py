"""Civil time in the words of a clock on the wall: what somebody asked for, and what his clock shows when it comes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from dripcourse.domain.calendar import aware, instant, local_date, next_slot
from dripcourse.domain.enrollment import Step
from dripcourse.domain.plan import Plan, parse_hour, parse_weekdays
from dripcourse.domain.progress import last_date_after, slot_for
from dripcourse.errors import InputError

LESSON = Step("breath", 1, scheduled=True)
WELCOME = Step("welcome", 0, scheduled=False)


def on_the_wall(zone: str, text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def asked(hour: str, zone: str, weekdays: str = "daily", every: int = 1, paused: str = "") -> Plan:
    return Plan(zone, parse_hour(hour), parse_weekdays(weekdays), every, date.fromisoformat(paused) if paused else None)


def comes_at(plan: Plan, since: str, after: str = "", fold: int = 0) -> str:
    """Weekday, date and hour that the clock in the plan's zone shows when the next lesson comes."""
    last = date.fromisoformat(after) if after else None
    slot = next_slot(plan, after=last, not_before=on_the_wall(plan.zone, since, fold))
    shown = slot.at.astimezone(ZoneInfo(plan.zone))
    assert slot.day == shown.date()
    return f"{shown:%a %Y-%m-%d %H:%M}"


FROM_NOW = [
    # asked for, looked at (wall clock of the zone), comes (wall clock of the zone)
    (asked("08:00", "America/New_York"), "2026-03-07 08:01", "Sun 2026-03-08 08:00"),
    (asked("08:00", "America/New_York"), "2026-10-31 08:01", "Sun 2026-11-01 08:00"),
    (asked("08:00", "Europe/Berlin"), "2026-03-28 10:00", "Sun 2026-03-29 08:00"),
    (asked("08:00", "Europe/Berlin"), "2026-10-24 11:00", "Sun 2026-10-25 08:00"),
    (asked("08:00", "Pacific/Auckland", "Mon-Fri"), "2026-06-12 12:00", "Mon 2026-06-15 08:00"),
    (asked("08:00", "Pacific/Auckland", "Mon-Fri"), "2026-06-13 09:00", "Mon 2026-06-15 08:00"),
    (asked("08:00", "Pacific/Auckland", "Mon-Fri"), "2026-06-15 07:59", "Mon 2026-06-15 08:00"),
    (asked("20:00", "America/Los_Angeles", "Mon-Fri"), "2026-06-13 18:00", "Mon 2026-06-15 20:00"),
    (asked("20:00", "America/Los_Angeles", "Mon-Fri"), "2026-06-12 19:00", "Fri 2026-06-12 20:00"),
    (asked("05:00", "Asia/Tokyo", "Thu"), "2026-06-09 09:00", "Thu 2026-06-11 05:00"),
    # a skipped hour moves to the first minute there is
    (asked("02:30", "Europe/Berlin"), "2026-03-28 12:00", "Sun 2026-03-29 03:00"),
    (asked("02:00", "Europe/Berlin"), "2026-03-28 12:00", "Sun 2026-03-29 03:00"),
    (asked("01:59", "Europe/Berlin"), "2026-03-28 12:00", "Sun 2026-03-29 01:59"),
    (asked("03:00", "Europe/Berlin"), "2026-03-28 12:00", "Sun 2026-03-29 03:00"),
    (asked("02:30", "America/New_York"), "2026-03-07 12:00", "Sun 2026-03-08 03:00"),
    # Lord Howe moves by half an hour only
    (asked("02:15", "Australia/Lord_Howe"), "2026-10-03 12:00", "Sun 2026-10-04 02:30"),
    (asked("02:30", "Australia/Lord_Howe"), "2026-10-03 12:00", "Sun 2026-10-04 02:30"),
    (asked("08:00", "Australia/Lord_Howe"), "2026-10-03 12:00", "Sun 2026-10-04 08:00"),
    (asked("08:00", "Australia/Lord_Howe"), "2026-04-04 12:00", "Sun 2026-04-05 08:00"),
    # there is no midnight on these days
    (asked("00:00", "Africa/Cairo"), "2026-04-23 12:00", "Fri 2026-04-24 01:00"),
    (asked("00:30", "Africa/Cairo"), "2026-04-23 12:00", "Fri 2026-04-24 01:00"),
    (asked("00:30", "Asia/Beirut"), "2026-03-28 12:00", "Sun 2026-03-29 01:00"),
    # Samoa had no 30 December 2011
    (asked("08:00", "Pacific/Apia"), "2011-12-29 08:01", "Sat 2011-12-31 08:00"),
    (asked("23:59", "Pacific/Apia"), "2011-12-29 08:01", "Thu 2011-12-29 23:59"),
    (asked("08:00", "Pacific/Apia", "Fri"), "2011-12-29 08:01", "Fri 2012-01-06 08:00"),
    # Greenland's clocks jump from 23:00 to midnight: that Saturday has no 23:30, and Sunday has its own
    (asked("23:30", "America/Nuuk"), "2026-03-28 12:00", "Sun 2026-03-29 23:30"),
    (asked("22:59", "America/Nuuk"), "2026-03-28 12:00", "Sat 2026-03-28 22:59"),
    # the odd and the far ones
    (asked("08:00", "Asia/Kathmandu"), "2026-06-12 08:01", "Sat 2026-06-13 08:00"),
    (asked("00:00", "Pacific/Kiritimati"), "2026-06-12 00:01", "Sat 2026-06-13 00:00"),
    (asked("23:59", "Etc/GMT+12"), "2026-06-12 23:58", "Fri 2026-06-12 23:59"),
    (asked("12:00", "Europe/Berlin"), "2028-02-28 12:01", "Tue 2028-02-29 12:00"),
    (asked("08:00", "Europe/Berlin"), "2026-12-31 08:01", "Fri 2027-01-01 08:00"),
    # this very minute still counts
    (asked("08:00", "Europe/Berlin"), "2026-06-12 08:00", "Fri 2026-06-12 08:00"),
    (asked("08:00", "Europe/Berlin"), "2026-06-12 08:00:01", "Sat 2026-06-13 08:00"),
    # a pause that covers today, one that ended
    (asked("08:00", "Europe/Berlin", paused="2026-06-20"), "2026-06-12 07:00", "Sat 2026-06-20 08:00"),
    (asked("08:00", "Europe/Berlin", paused="2026-06-12"), "2026-06-12 07:00", "Fri 2026-06-12 08:00"),
    (asked("08:00", "Europe/Berlin", paused="2026-01-01"), "2026-06-12 07:00", "Fri 2026-06-12 08:00"),
    (asked("08:00", "Europe/Berlin", "Mon-Fri", paused="2026-06-20"), "2026-06-12 07:00", "Mon 2026-06-22 08:00"),
    (asked("08:00", "Europe/Berlin", paused="2028-06-10"), "2026-06-12 07:00", "Sat 2028-06-10 08:00"),
]


@pytest.mark.parametrize(("plan", "since", "comes"), FROM_NOW, ids=lambda x: str(x).replace("/", "-"))
def test_the_first_lesson_comes_when_the_wall_clock_says_so(plan: Plan, since: str, comes: str) -> None:
    assert comes_at(plan, since) == comes


def test_a_repeated_hour_happens_once_at_its_first_pass() -> None:
    plan = asked("02:30", "Europe/Berlin")
    slot = next_slot(plan, after=date(2026, 10, 24), not_before=on_the_wall("Europe/Berlin", "2026-10-24 02:30"))
    assert slot.at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # summer time still holds
    assert comes_at(plan, "2026-10-25 02:30", "2026-10-25") == "Mon 2026-10-26 02:30"


@pytest.mark.parametrize(
    ("asked_at", "fold"), [("2026-10-25 02:31", 0), ("2026-10-25 02:05", 1), ("2026-10-25 02:30", 1)]
)
def test_asked_between_the_two_passes_the_repeated_hour_is_over(asked_at: str, fold: int) -> None:
    assert comes_at(asked("02:30", "Europe/Berlin"), asked_at, fold=fold) == "Mon 2026-10-26 02:30"


def test_lord_howe_repeats_half_an_hour_and_sends_in_its_first_pass() -> None:
    slot = next_slot(
        asked("01:45", "Australia/Lord_Howe"), after=None, not_before=datetime(2026, 4, 4, 13, 0, tzinfo=UTC)
    )
    assert slot.at == datetime(2026, 4, 4, 14, 45, tzinfo=UTC)  # 01:45 at +11:00; the second pass is at +10:30


def test_an_evening_hour_repeated_before_midnight_happens_once() -> None:
    """Cairo goes back from midnight to 23:00, so Thursday 2026-10-29 has two 23:30."""
    first = instant(date(2026, 10, 29), time(23, 30), "Africa/Cairo")
    assert first == datetime(2026, 10, 29, 20, 30, tzinfo=UTC)
    assert comes_at(asked("23:30", "Africa/Cairo"), "2026-10-29 23:10", fold=1) == "Fri 2026-10-30 23:30"


@pytest.mark.parametrize(
    ("day", "hour", "zone"),
    [("2011-12-30", "08:00", "Pacific/Apia"), ("2011-12-30", "00:00", "Pacific/Apia"),
     ("2011-12-30", "23:59", "Pacific/Apia"), ("2026-03-28", "23:00", "America/Nuuk")],
)  # fmt: skip
def test_a_day_without_such_a_minute_has_no_instant(day: str, hour: str, zone: str) -> None:
    assert instant(date.fromisoformat(day), parse_hour(hour), zone) is None


AFTER_THE_LAST = [
    # plan, last lesson's date, looked at right after it (wall clock), comes
    (asked("08:00", "Europe/Berlin"), "2026-06-15", "2026-06-15 08:00", "Tue 2026-06-16 08:00"),
    (asked("08:00", "Europe/Berlin"), "2026-06-15", "2026-06-15 05:00", "Tue 2026-06-16 08:00"),
    (asked("20:00", "Europe/Berlin"), "2026-06-15", "2026-06-15 08:00", "Tue 2026-06-16 20:00"),
    (asked("08:00", "Europe/Berlin", every=2), "2026-06-15", "2026-06-15 08:00", "Wed 2026-06-17 08:00"),
    (asked("08:00", "Europe/Berlin", "Mon-Fri", every=2), "2026-06-17", "2026-06-17 08:00", "Fri 2026-06-19 08:00"),
    (asked("08:00", "Europe/Berlin", "Mon-Fri", every=2), "2026-06-19", "2026-06-19 08:00", "Mon 2026-06-22 08:00"),
    (asked("08:00", "Europe/Berlin", "Mon-Fri", every=2), "2026-06-18", "2026-06-18 08:00", "Mon 2026-06-22 08:00"),
    (asked("08:00", "Europe/Berlin", every=2), "2026-06-15", "2026-06-20 09:00", "Sun 2026-06-21 08:00"),
    (asked("08:00", "Europe/Berlin", "Mon", every=8), "2026-06-15", "2026-06-15 08:00", "Mon 2026-06-29 08:00"),
    (asked("08:00", "Europe/Berlin", every=31), "2026-01-31", "2026-01-31 08:00", "Tue 2026-03-03 08:00"),
    # a last date ahead of the wall calendar: the person flew west, or it went out minutes after midnight
    (asked("08:00", "America/Los_Angeles"), "2026-06-15", "2026-06-14 13:30", "Tue 2026-06-16 08:00"),
]


@pytest.mark.parametrize(("plan", "last", "since", "comes"), AFTER_THE_LAST)
def test_the_next_lesson_keeps_its_distance_from_the_last(plan: Plan, last: str, since: str, comes: str) -> None:
    assert comes_at(plan, since, last) == comes


def test_a_pause_of_four_days_on_day_five_moves_the_whole_rest() -> None:
    """Lessons on 1 to 5 June, a pause pressed on the 5th until the 10th: the 6th to the 9th are free."""
    plan, now, last, got = asked("08:00", "Europe/Berlin"), on_the_wall("Europe/Berlin", "2026-06-01 07:00"), None, []
    for number in range(1, 9):
        slot = next_slot(plan, after=last, not_before=now)
        got.append(slot.day.day)
        last, now = slot.day, slot.at
        if number == 5:
            plan = asked("08:00", "Europe/Berlin", paused="2026-06-10")
    assert got == [1, 2, 3, 4, 5, 10, 11, 12]


def test_a_traveller_to_the_west_and_back_never_sees_two_lessons_on_one_date() -> None:
    """Auckland, then Los Angeles for two days, then Auckland again; each change is made two hours after a lesson."""
    moves = {2: "America/Los_Angeles", 4: "Pacific/Auckland"}
    plan, now, last = asked("08:00", "Pacific/Auckland"), on_the_wall("Pacific/Auckland", "2026-06-15 07:00"), None
    sent: list[datetime] = []
    for number in range(1, 8):
        slot = next_slot(plan, after=last, not_before=now)
        if sent:
            assert slot.day > local_date(sent[-1], plan.zone)
        sent.append(slot.at)
        last, now = last_date_after(last, slot.day, slot.at, plan.zone), slot.at + timedelta(hours=2)
        if number in moves:
            plan = asked("08:00", moves[number])
            last = last_date_after(last, None, sent[-1], plan.zone)
    assert [f"{at.astimezone(ZoneInfo('Pacific/Auckland')):%d %H:%M}" for at in sent] == [
        "15 08:00", "16 08:00",  # Monday and Tuesday in Auckland; the second is 13:00 on Monday in Los Angeles
        "18 03:00", "19 03:00",  # Wednesday and Thursday 08:00 in Los Angeles
        "20 08:00", "21 08:00", "22 08:00",  # the last in Los Angeles was read on Friday by Auckland's calendar
    ]  # fmt: skip


USED = [
    # used so far, the lesson's own date, accepted (UTC), zone, counts as used
    (None, "2026-06-15", "2026-06-15 06:00", "Europe/Berlin", "2026-06-15"),
    ("2026-06-14", "2026-06-15", "2026-06-15 22:03", "Europe/Berlin", "2026-06-16"),  # three past midnight
    ("2026-06-15", None, "2026-06-14 15:00", "Pacific/Auckland", "2026-06-15"),
    ("2026-06-14", None, "2026-06-14 15:00", "Pacific/Auckland", "2026-06-15"),  # he flew east over the date line
    ("2026-06-16", "2026-06-16", "2026-06-15 20:00", "America/Los_Angeles", "2026-06-16"),  # he flew west
]


@pytest.mark.parametrize(("last", "local", "sent", "zone", "used"), USED)
def test_the_latest_date_a_lesson_could_belong_to_counts_as_used(
    last: str | None, local: str | None, sent: str, zone: str, used: str
) -> None:
    days = [date.fromisoformat(d) if d else None for d in (last, local)]
    at = datetime.fromisoformat(sent).replace(tzinfo=UTC)
    assert last_date_after(days[0], days[1], at, zone) == date.fromisoformat(used)


def test_a_naive_moment_is_refused_wherever_it_comes_in() -> None:
    naive, plan = datetime(2026, 6, 15, 8, 0), asked("08:00", "Europe/Berlin")
    for door in (
        lambda: aware(naive),
        lambda: local_date(naive, "Europe/Berlin"),
        lambda: next_slot(plan, after=None, not_before=naive),
        lambda: slot_for(WELCOME, plan, after=None, not_before=naive),
        lambda: slot_for(LESSON, plan, after=None, not_before=naive),
        lambda: last_date_after(None, None, naive, "Europe/Berlin"),
    ):
        with pytest.raises(InputError, match="has no time zone"):
            door()


def test_an_aware_moment_comes_out_in_utc() -> None:
    kathmandu = timezone(timedelta(hours=5, minutes=45))
    found = aware(datetime(2026, 6, 15, 8, 0, tzinfo=kathmandu))
    assert (found, found.tzinfo) == (datetime(2026, 6, 15, 2, 15, tzinfo=UTC), UTC)


def test_a_moment_outside_the_calendar_is_refused_in_one_line() -> None:
    with pytest.raises(InputError, match="outside the calendar"):
        aware(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))))


def test_the_welcome_goes_at_once_on_the_local_date_and_in_utc() -> None:
    now = on_the_wall("Pacific/Auckland", "2026-06-15 07:30")
    plan = asked("20:00", "Pacific/Auckland", "Sat")
    slot = slot_for(WELCOME, plan, after=None, not_before=now.astimezone(ZoneInfo("Asia/Tokyo")))
    assert (slot.day, slot.at, slot.at.tzinfo) == (date(2026, 6, 15), now, UTC)


def test_a_fold_in_an_hour_means_nothing() -> None:
    """A plan's hour is what clocks show; which of two passes it is, is not his to say: the first."""
    first_pass = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 CEST
    assert instant(date(2026, 10, 25), time(2, 30, fold=1), "Europe/Berlin") == first_pass
