"""What a look back makes of the taps under the lessons before it."""

from __future__ import annotations

import pytest

from dripcourse.domain.answers import Tally, looked_back_on, tally

LESSONS = [
    ("hello", 0, "welcome"),
    ("one", 1, "lesson"),
    ("two", 2, "practice"),
    ("look-back", 3, "recap"),
    ("four", 4, "lesson"),
    ("again", 5, "recap"),
    ("goodbye", 6, "completion"),
]


@pytest.mark.parametrize(
    ("at", "days"),
    [
        ("look-back", [1, 2]),
        ("again", [4]),  # only since the last look back
        ("goodbye", [1, 2, 4]),  # the whole course
        ("one", []),
    ],
)
def test_a_look_back_counts_the_days_since_the_one_before_and_the_farewell_all(at: str, days: list[int]) -> None:
    assert [day for _, day in looked_back_on(LESSONS, at)] == days


def test_days_without_a_tap_are_in_neither_list() -> None:
    days = [("one", 1), ("two", 2), ("four", 4)]
    assert tally(days, {"four": "done", "two": "not-today", "gone": "done"}) == Tally((4,), (2,))
    assert tally(days, {}) == Tally()
