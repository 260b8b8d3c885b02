"""What a lesson, a time zone and a day are called within a sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from dripcourse.flows.reader import Had
from dripcourse.web.standing import title_of, when, zone_name
from dripcourse.web.words import words_for
from tests.web.reader.conftest import Reading


@pytest.mark.parametrize(
    ("language", "subject", "named"),
    [
        ("en", "Day 3: three honest words", "Three honest words"),
        ("en", "DAY 3 — three honest words", "Three honest words"),
        ("en", "Three honest words", "Three honest words"),
        ("en", "Day 3", "Day 3"),
        ("en", "Day 3:", "Day 3:"),
        ("en", "Day 3-4: a longer one", "Day 3-4: a longer one"),
        ("en", "Day 30: all of it", "Day 30: all of it"),
        ("en", "On day 3: wait", "On day 3: wait"),
        ("de", "Tag 3: ein ruhiger Strich", "Ein ruhiger Strich"),
        ("de", "Day 3: not German", "Day 3: not German"),
        ("fr", "Jour 3 : une ligne", "Jour 3 : une ligne"),
    ],
)
def test_a_lesson_is_named_without_its_day(language: str, subject: str, named: str) -> None:
    assert title_of(words_for(language), Had("three", 3, "lesson", subject, "", None)) == named


def test_the_tap_pages_name_it_so(anne: Reading) -> None:
    anne.world.clock.turn(days=1)
    anne.world.send()
    assert "Did you do “Wait”, or a part of it?" in anne.get("/done/two").text
    assert "“Wait” is marked as done." in anne.post("/done/two", "done").text


@pytest.mark.parametrize(
    ("zone", "english", "german"),
    [
        ("Europe/Vienna", "in Vienna", "in Wien"),
        ("Asia/Calcutta", "in Kolkata", "in Kalkutta"),
        ("America/Argentina/Buenos_Aires", "in Buenos Aires", "in Buenos Aires"),
        ("US/Pacific", "in Los Angeles", "in Los Angeles"),
        ("Japan", "in Tokyo", "in Tokio"),
        ("UTC", "UTC", "UTC"),
        ("Etc/GMT+5", "GMT+5", "GMT+5"),
        ("EST5EDT", "EST5EDT", "EST5EDT"),
    ],
)
def test_a_zone_is_the_city_people_know(zone: str, english: str, german: str) -> None:
    assert [zone_name(words_for(language), zone) for language in ("en", "de")] == [english, german]


@pytest.mark.parametrize(
    ("day", "english", "german"),
    [
        (date(2026, 3, 5), "Thursday 5 March", "Donnerstag, 5. März"),
        (date(2026, 8, 29), "Saturday 29 August", "Samstag, 29. August"),
        (date(2026, 9, 5), "Saturday, 5 September 2026", "Samstag, 5. September 2026"),
    ],
)
def test_a_day_has_its_year_where_half_a_year_lies_between(day: date, english: str, german: str) -> None:
    now = datetime(2026, 3, 4, 7, 0, tzinfo=UTC)
    assert [when(words_for(language), day, now) for language in ("en", "de")] == [english, german]
