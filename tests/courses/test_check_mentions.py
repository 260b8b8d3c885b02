"""`check` finds the mentions of a reader that could not be filled in, and takes nothing else for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from dripcourse.courses.linting.check import check_course
from tests.courses.planting import TODAY, clean_folder, places, plant

FIRST = "01-first-step.md"
SUBJECT, SECOND = "Day 1: a first step", "This is the second."
WRONG = {
    "a subject": (SUBJECT, "Day 1: {name}, a first step", 4, "{name} has no words for readers who gave none"),
    "a preheader": ("One step, and then", "{Name|You} and", 5, "write {name|…}"),
    "the body": (SECOND, "This is\nthe {first-name|friend}.", 21, "write {first_name|…}"),
    "an empty one": (SECOND, "Dear **{name| }**, this is the second.", 20, "{name| } has no words"),
    "a bar too many": (SECOND, "Dear {a|b|c}, this is the second.", 20, "{a|b|c} has no words"),
    "a perspective": ("perspective: The", 'perspective: "{name|x}" # The', 6, "in perspective is not filled in"),
}
RIGHT = [
    "{name|friend}",
    r"\{name}",
    "`{name}`",
    "{1, 2}",
    "{ }",
    "{a b}",
    "*{name|friend}*",
    "[{name|you}](https://a.org)",
]


@pytest.mark.parametrize(("old", "new", "line", "words"), WRONG.values(), ids=WRONG)
def test_a_mention_that_cannot_be_filled_in_is_an_error_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    plant(clean_folder(tmp_path), FIRST, old, new)
    (found,) = [finding for finding in check_course(tmp_path, TODAY) if finding.code == "E_FIELD"]
    assert places([found]) == [("E_FIELD", FIRST, line)]
    assert words in found.message


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_or_no_mention_is_passed_over(tmp_path: Path, text: str) -> None:
    plant(clean_folder(tmp_path), FIRST, SECOND, f"This {text} is the second.")
    assert "E_FIELD" not in [finding.code for finding in check_course(tmp_path, TODAY)]


def test_a_subject_is_measured_as_most_people_read_it(tmp_path: Path) -> None:
    plant(clean_folder(tmp_path), FIRST, SUBJECT, "Day 1: a first step for {name|you}")
    plant(tmp_path, FIRST, "for {name|you}", "for {name|you}, and {city|all}!")
    assert [finding for finding in check_course(tmp_path, TODAY) if finding.code.startswith("W_SUBJECT")] == []
