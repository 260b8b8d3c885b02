"""What only a person can settle: scripture, sensitive subjects, helplines; each by its field in course.toml."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from dripcourse.courses.folders.course_text import course_toml
from dripcourse.courses.folders.folder import survey
from dripcourse.courses.linting.check import check_course
from dripcourse.courses.linting.settling import telephone_numbers, unsettled
from dripcourse.domain.course import Course
from tests.courses.planting import TODAY, clean_folder, plant

FIRST, SECOND = "01-first-step.md", "This is the second."
QUOTED = 'Read "Let each one do as the heart decides" (2 Corinthians 9:7).'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A course with nothing to say about it."""
    return clean_folder(tmp_path)


def test_a_sensitive_course_needs_a_safety_note(folder: Path) -> None:
    plant(folder, FIRST, SECOND, f"{SECOND}\nIt was a Crisis.")
    assert check_course(folder, TODAY) == []
    plant(folder, "course.toml", "Stop if it hurts.\ndays = 4 is not a line of its own here.\n", "")
    (finding,) = check_course(folder, TODAY)
    assert (finding.code, Path(finding.file).name, finding.line) == ("W_SENSITIVE", "course.toml", 0)
    assert "speak of crisis (first in 01-first-step.md, line 21)" in finding.message


def test_scripture_is_settled_by_naming_the_translation(folder: Path) -> None:
    plant(folder, FIRST, SECOND, QUOTED)
    plant(folder, "course.toml", "days = 3\n", 'days = 3\nscripture = "World English Bible, public domain"\n')
    assert check_course(folder, TODAY) == []
    plant(folder, "course.toml", '"World English Bible, public domain"', "true")
    assert [f.code for f in check_course(folder, TODAY)] == ["W_QUOTED_SCRIPTURE", "E_COURSE_FILE"]


def test_only_what_a_person_must_settle_stops_an_unattended_publish(folder: Path) -> None:
    plant(folder, FIRST, "Day 1: a first step", "RE: A SHOUT!!")
    plant(folder, FIRST, SECOND, QUOTED)
    plant(folder, "course.toml", "2026-05-01", "2026-11-30")
    assert [f.code for f in unsettled(survey(folder), TODAY)] == ["W_QUOTED_SCRIPTURE", "W_HELPLINES_AHEAD"]
    assert [f.code for f in unsettled(survey(folder), None)] == ["W_QUOTED_SCRIPTURE"]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("In the US call 988, or call 800-799-7233 (TTY 800-787-3224).", ["988", "800-799-7233", "800-787-3224"]),
        ("Text START to 88788 by day or night", ["88788"]),
        ("Call +44 (0)20 7946 0958 or 116 123 0", ["+44 (0)20 7946 0958", "116 123 0"]),
        ("Since 2026-05-01, in 2019-2020 and 1990–1999: 30 days, 1,000,000 people", []),
        ("", []),
    ],
)
def test_telephone_numbers_are_told_from_dates_and_sums(text: str, numbers: list[str]) -> None:
    assert telephone_numbers(text) == numbers


def test_a_new_course_file_offers_the_fields_that_settle_a_warning() -> None:
    text = course_toml(Course("c", "C", "en", ()))
    for name in ("safety_note", "helplines_for", "scripture", "footer"):
        assert re.search(rf"^# {name} = ", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("days", "code"),
    [(-2, "W_HELPLINES_AHEAD"), (-1, ""), (0, ""), (365, ""), (366, "W_HELPLINES_OLD")],
)
def test_a_date_of_the_helplines_holds_for_a_year_and_may_be_tomorrow_elsewhere(
    folder: Path, days: int, code: str
) -> None:
    plant(folder, "course.toml", "Stop if it hurts.", "Call 988.")
    found = unsettled(survey(folder), date(2026, 5, 1) + timedelta(days=days))
    assert [finding.code for finding in found] == ([code] if code else [])


def test_a_safety_note_without_numbers_needs_no_date(folder: Path) -> None:
    plant(folder, "course.toml", "helplines_checked = 2026-05-01\n", "")
    assert unsettled(survey(folder), TODAY) == []
