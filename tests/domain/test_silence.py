"""When somebody who taps nothing is written to: after three quiet lessons, once more with day 14, never at the end."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from dripcourse.domain.plan import Plan
from dripcourse.domain.silence import good_hour, lessons_left


@pytest.mark.parametrize(
    ("day", "days", "told", "left"),
    [
        (0, 30, 0, 3),  # a new reader: lessons 1, 2 and 3 may go without a tap
        (9, 30, 0, 3),  # tapped on day 9: days 10, 11 and 12 may
        (24, 30, 0, 3),  # 25, 26, 27: three days are left to pick up
        (25, 30, 0, None),  # would come on day 28 of 30: too late to be of use
        (3, 30, 1, 11),  # written to on day 3: the other one goes with day 14, which is 11 lessons on
        (11, 30, 1, 3),  # tapped on day 11: 12, 13 and 14 quiet
        (12, 30, 1, None),  # tapped on day 12: by day 14 he has not been quiet for three
        (14, 30, 1, None),
        (14, 30, 2, None),  # two are all
        (3, 14, 1, None),  # a course of 14 days is over on day 14
        (0, 14, 0, 3),
        (0, 5, 0, None),  # a course of five days has no use for it
    ],
)
def test_lessons_left_without_a_tap(day: int, days: int, told: int, left: int | None) -> None:
    assert lessons_left(day, days, told) == left


@pytest.mark.parametrize(
    ("zone", "sent", "goes"),
    [
        ("Europe/Berlin", "2026-03-03T07:00+01:00", "2026-03-03T19:00+01:00"),  # half a day later
        ("Europe/Berlin", "2026-03-03T08:00+01:00", "2026-03-03T20:00+01:00"),
        ("Europe/Berlin", "2026-03-03T09:00+01:00", "2026-03-04T08:00+01:00"),  # 21:00 is night: the next morning
        ("Europe/Berlin", "2026-03-03T14:00+01:00", "2026-03-04T08:00+01:00"),  # 02:00
        ("Europe/Berlin", "2026-03-03T21:00+01:00", "2026-03-04T09:00+01:00"),
        ("Asia/Tokyo", "2026-03-03T06:30+09:00", "2026-03-03T18:30+09:00"),
        ("Europe/Berlin", "2026-03-28T18:00+01:00", "2026-03-29T08:00+02:00"),  # the clocks change in between
        ("Pacific/Apia", "2011-12-29T14:00-10:00", "2011-12-31T08:00+14:00"),  # the zone skipped the 30th
    ],
)
def test_the_mail_goes_half_a_day_later_or_in_the_morning(zone: str, sent: str, goes: str) -> None:
    at = datetime.fromisoformat(sent).astimezone(UTC)
    assert good_hour(Plan(zone, time(8, 0)), at) == datetime.fromisoformat(goes)
