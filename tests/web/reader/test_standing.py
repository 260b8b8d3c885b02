"""What a lesson is called within a sentence."""

from __future__ import annotations

import pytest

from dripcourse.flows.reader import Had
from dripcourse.web.standing import title_of
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
