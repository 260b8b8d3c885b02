"""Helplines by country: one line of course.toml says whose numbers the mails show, and each has its date."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from dripcourse.courses.folders.folder import read_course, survey
from dripcourse.courses.linting.check import check_course
from dripcourse.courses.linting.settling import unsettled
from tests.courses.planting import TODAY, clean_folder, places, plant
from tests.courses.test_folder import mistakes

TABLES = """
[helplines.US]
checked = 2026-11-23
text = \"\"\"
Call 988, or [write](https://h.org/us).
\"\"\"

[helplines . GB]
text = "Call 116 123."
"""
ANN = "\n[sender]"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A course with the numbers of two countries, of which nobody has called the second."""
    clean_folder(tmp_path)
    plant(tmp_path, "course.toml", "helplines_checked = 2026-05-01\n", 'helplines_for = "US"\n')
    (tmp_path / "course.toml").write_text((tmp_path / "course.toml").read_text() + TABLES)
    return tmp_path


NOTE = "Stop if it hurts.\ndays = 4 is not a line of its own here."


def test_the_note_has_the_numbers_of_the_country_and_the_day_on_which_they_were_called(folder: Path) -> None:
    wanted = f"{NOTE}\n\nCall 988, or [write](https://h.org/us).\n\nNumbers checked on 23 November 2026."
    assert read_course(folder).safety_note == wanted
    assert check_course(folder, TODAY) == []


def test_another_country_is_one_line_and_asks_for_a_call(folder: Path) -> None:
    plant(folder, "course.toml", 'helplines_for = "US"', 'helplines_for = "GB"')
    assert read_course(folder).safety_note == f"{NOTE}\n\nCall 116 123."
    (finding,) = check_course(folder, TODAY)
    assert places([finding]) == [("W_HELPLINES_UNCHECKED", "course.toml", 24)]
    assert finding.message == "[helplines.GB] has no date: call each number, then set checked to the date"
    plant(folder, "course.toml", 'text = "Call', 'checked = 2026-11-28\ntext = "Call')
    assert check_course(folder, TODAY) == []


def test_a_country_may_have_a_line_for_the_foot_of_every_mail(folder: Path) -> None:
    assert read_course(folder).safety_footer == ""
    plant(folder, "course.toml", "checked =", 'footer = """\nIn danger? [Call](http://h.org) 911.\n"""\nchecked =')
    assert read_course(folder).safety_footer == "In danger? [Call](http://h.org) 911."
    assert places(check_course(folder, TODAY)) == [("W_LINK_HTTP", "course.toml", 20)]
    plant(folder, "course.toml", "helplines_for", 'footer = "By Ann."\nhelplines_for')
    course = read_course(folder)
    assert (course.footer, course.safety_footer) == ("By Ann.", "In danger? [Call](http://h.org) 911.")
    plant(folder, "course.toml", 'helplines_for = "US"', 'helplines_for = "GB"')
    course = read_course(folder)
    assert (course.footer, course.safety_footer) == ("By Ann.", "")


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en-GB", "Numbers checked on 23 November 2026."),
        ("de-AT", "Nummern geprüft am 23. November 2026."),
        ("fr", "(23 novembre 2026)"),
    ],
)
def test_the_date_is_said_in_the_course_s_language(folder: Path, language: str, line: str) -> None:
    plant(folder, "course.toml", 'language = "en"', f'language = "{language}"')
    assert read_course(folder).safety_note.endswith(f"\n\n{line}")


def test_while_nobody_has_called_them_readers_are_told_when_they_were_written_down(folder: Path) -> None:
    plant(folder, "course.toml", "checked = 2026-11-23", "written = 2026-11-23")
    said = "Numbers as of 23 November 2026. If one does not answer, call your emergency number."
    assert read_course(folder).safety_note.endswith(f"\n\n{said}")
    assert [finding.code for finding in unsettled(survey(folder), TODAY)] == ["W_HELPLINES_UNCHECKED"]


@pytest.mark.parametrize(("days", "code"), [(-2, "AHEAD"), (-1, ""), (365, ""), (366, "OLD")])
def test_their_date_holds_for_a_year_and_may_be_tomorrow_elsewhere(folder: Path, days: int, code: str) -> None:
    found = unsettled(survey(folder), date(2026, 11, 23) + timedelta(days=days))
    assert places(found) == ([(f"W_HELPLINES_{code}", "course.toml", 19)] if code else [])


def test_numbers_in_the_safety_note_still_need_their_own_date(folder: Path) -> None:
    plant(folder, "course.toml", "Stop if it hurts.", "Call 988.")
    assert places(check_course(folder, TODAY)) == [("W_HELPLINES_UNCHECKED", "course.toml", 5)]


def test_a_link_among_the_helplines_is_checked_like_any_other(folder: Path) -> None:
    plant(folder, "course.toml", "https://h.org/us", "http://h.org/us")
    assert places(check_course(folder, TODAY)) == [("W_LINK_HTTP", "course.toml", 21)]


# what is done to course.toml, and the one thing that is found: line, a part of the message
WRONG: dict[str, tuple[str, str, int, str]] = {
    "no country": ('helplines_for = "US"\n', "", 17, "helplines_for is missing: name whose"),
    "a country that there is not": ('"US"', '"FR"', 9, "there is no [helplines.FR]; there are US, GB"),
    "a country and no table": (TABLES, "", 9, "there is no [helplines.US]; write one"),
    "a country in small letters": ('"US"', '"us"', 9, "the two capitals of a country"),
    "a country of three letters": ('"US"', '"USA"', 9, "the two capitals of a country"),
    "a table of no country": ("[helplines.US]", "[helplines.Us]", 18, "'Us' is not the two capitals"),
    "a table without a text": ('text = "Call 116 123."', "", 24, "helplines.GB.text is missing"),
    "a table with an empty text": ('"Call 116 123."', '" "', 25, "and not an empty one"),
    "a country that is no table": (TABLES, "\n[helplines]\nUS = 988\n", 19, "helplines.US is 988: must be a table"),
    "a date in quotes": ("2026-11-23", '"2026-11-23"', 19, "must be a date without quotes"),
    "another key": ('text = "Call', 'phone = 1\ntext = "Call', 25, "is not a setting of [helplines.GB]; there are"),
    "a placeholder": ("Call 988", "\nCall {{ number }}", 22, "is left in helplines.US.text"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_mistake_is_found_at_its_line_and_brings_no_other(folder: Path, what: str) -> None:
    old, new, line, message = WRONG[what]
    plant(folder, "course.toml", old, new)
    found = mistakes(folder)
    assert [(file, at) for file, at, _ in found] == [("course.toml", line)], found
    assert message in found[0][2]
