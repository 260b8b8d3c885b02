"""What `check` warns of: allowed, but weak. One file with one weakness each."""

from __future__ import annotations

from pathlib import Path

import pytest

from dripcourse.courses.linting.check import Finding, check_course
from tests.courses.test_folder import FILES

TEN = "One two three four five six seven eight nine ten. "


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A course with nothing to say about it."""
    for name, text in FILES.items():
        better = text.replace('"A line."', '"A line of forty characters and some more."')
        better = better.replace("Nothing new. Five minutes.", "Nothing new today, but do it. Five minutes.")
        if name == "01-first-step.md":
            better += "\n" + TEN * 15
        (tmp_path / name).write_text(better, encoding="utf-8")
    return tmp_path


def warnings(folder: Path) -> list[Finding]:
    return [finding for finding in check_course(folder) if finding.level == "warning"]


def test_a_good_course_gives_no_finding(folder: Path) -> None:
    assert check_course(folder) == []


WEAK = {
    "a long subject": ("Day 1: a first step", "Day 1: " + "a" * 39, "01-first-step.md", 4, "subject has 46 characters"),
    "a short preheader": (
        "One step, and then a rest. Five minutes.",
        "One step, then a rest. Five minutes now",
        "01-first-step.md",
        5,
        "preheader has 39 characters",
    ),
    "a long preheader": ("One step, and", "x" * 64, "01-first-step.md", 5, "preheader has 91 characters"),
    "a short lesson": (TEN * 3, "", "01-first-step.md", 18, "the lesson has 140 words"),
    "a long lesson": (TEN, TEN * 15, "01-first-step.md", 18, "the lesson has 310 words"),
    "scripture": (
        "This is the second.",
        '"Let each one do as the heart decides" (2 Corinthians 9:7).',
        "01-first-step.md",
        18,
        "quotes 8 words of 2 Corinthians 9:7",
    ),
}


@pytest.mark.parametrize("what", WEAK)
def test_a_weakness_is_a_warning_at_its_line(folder: Path, what: str) -> None:
    old, new, file, line, message = WEAK[what]
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    found = [f for f in warnings(folder) if message in f.message]
    assert [(Path(f.file).name, f.line) for f in found] == [(file, line)], warnings(folder)


def test_a_sensitive_course_needs_a_safety_note(folder: Path) -> None:
    path = folder / "01-first-step.md"
    path.write_text(path.read_text() + "It was a crisis.\n")
    assert warnings(folder) == []
    toml = folder / "course.toml"
    toml.write_text(toml.read_text().replace("Stop if it hurts.\ndays = 4 is not a line of its own here.\n", ""))
    assert [Path(f.file).name for f in warnings(folder) if "crisis" in f.message] == ["course.toml"]


def test_thin_passages_are_told_once(folder: Path) -> None:
    path = folder / "01-first-step.md"
    path.write_text(path.read_text().replace(TEN * 15, "Short."))
    assert [f.message for f in warnings(folder) if "in the mean" in f.message] == [
        "the passages have 10.0 words in the mean; 60 or more make a lesson. Add words in `note`"
    ]


def test_errors_and_warnings_come_together(folder: Path) -> None:
    path = folder / "02-again.md"
    path.write_text(path.read_text().replace("kind: practice", "kind: practise"))
    first = folder / "01-first-step.md"
    first.write_text(first.read_text().replace("Day 1: a first step", "Day 1: " + "a" * 39))
    assert [(Path(f.file).name, f.line, f.level) for f in check_course(folder)] == [
        ("01-first-step.md", 4, "warning"),
        ("02-again.md", 3, "error"),
    ]
