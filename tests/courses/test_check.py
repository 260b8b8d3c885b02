"""What `check` warns of: allowed, but weak. One file with one weakness each."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import pytest

from dripcourse.courses.linting.check import check_course
from dripcourse.courses.linting.finding import Finding, fails, in_order
from dripcourse.courses.linting.lengths import minutes_of, words_of
from dripcourse.domain.course import Action, Lesson, LessonKind
from tests.courses.planting import TEN, TODAY, clean_folder, places, plant

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (
    *(ROOT / "dripcourse/courses/linting").glob("*.py"),
    ROOT / "dripcourse/cli/unsendable.py",
    ROOT / "dripcourse/cli/contrast.py",
)
FIRST, AGAIN, RECAP, END = "01-first-step.md", "02-again.md", "03-look-back.md", "04-completion.md"
SUBJECT = "Day 1: a first step"
PREHEADER = "One step, and then a rest. Five minutes."
SECOND = "This is the second."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A course with nothing to say about it."""
    return clean_folder(tmp_path)


def test_a_good_course_gives_no_finding(folder: Path) -> None:
    assert check_course(folder, TODAY) == []


def test_the_shipped_course_only_waits_for_somebody_to_call_its_helplines() -> None:
    found = check_course(ROOT / "lessons" / "emotional-intimacy", date(2026, 11, 28))
    assert [finding.code for finding in found] == ["W_HELPLINES_UNCHECKED"]  # until somebody has called them


# what: file, old, new, code, line, part of the message
WEAK: dict[str, tuple[str, str, str, str, int, str]] = {
    "a long subject": (
        FIRST,
        SUBJECT,
        "Day 1: " + "a" * 39,
        "W_SUBJECT_LONG",
        4,
        "46 characters; phones show about 45",
    ),
    "a repeated subject": (
        END,
        '"Done: what comes next"',
        '"day 1: A first step!"',
        "W_SUBJECT_REPEATED",
        4,
        "stands on the days 1, 4",
    ),
    "a shouted subject": (FIRST, SUBJECT, "Day 1: DO IT NOW", "W_SUBJECT_CAPITALS", 4, "all capitals"),
    "one shouted word": (FIRST, SUBJECT, "Day 1: NOTHING", "W_SUBJECT_CAPITALS", 4, "all capitals"),
    "a false reply": (FIRST, SUBJECT, "RE: your question", "W_SUBJECT_REPLY", 4, "begins with 'RE:'"),
    "a false forward": (FIRST, SUBJECT, "Fwd: a first step", "W_SUBJECT_REPLY", 4, "begins with 'Fwd:'"),
    "a loud subject": (FIRST, SUBJECT, "Day 1: go! And go!", "W_SUBJECT_EXCLAIMS", 4, "2 exclamation marks"),
    "an emoji": (FIRST, SUBJECT, "Day 1: go 🎉", "W_SUBJECT_EMOJI", 4, "U+1F389"),
    "a short preheader": (FIRST, PREHEADER, "One step, then a rest. Five minutes now", "W_PREHEADER_LENGTH", 5, "39"),
    "a long preheader": (FIRST, "One step, and", "x" * 64, "W_PREHEADER_LENGTH", 5, "91 characters"),
    "a preheader that echoes": (
        FIRST,
        PREHEADER,
        "A first step: it takes you five minutes or less.",
        "W_PREHEADER_ECHO",
        5,
        "repeats the subject",
    ),
    "a repeated preheader": (
        END,
        "What you have done, and where to go on from here.",
        PREHEADER,
        "W_PREHEADER_REPEATED",
        5,
        "stands on the days 1, 4",
    ),
    "a short lesson": (FIRST, TEN * 3, "", "W_LESSON_SHORT", 18, "the lesson has 140 words"),
    "a long lesson": (FIRST, TEN, TEN * 15, "W_LESSON_LONG", 18, "310 words (1.3 minutes to read, 6 with the action)"),
    "a long action": (FIRST, "minutes: 5", "minutes: 16", "W_ACTION_LONG", 12, "takes 16 minutes"),
    "an action without minutes": (FIRST, "minutes: 5\n", "", "W_MINUTES_MISSING", 8, "no minutes"),
    "a part without a word": (FIRST, "solo: Sit.", 'solo: "-"', "W_PART_EMPTY", 13, "solo has no word"),
    "an empty section": (FIRST, SECOND, "### Later\n\n## Last\n\nWords.", "W_PART_EMPTY", 20, "heading «Later»"),
    "an empty last section": (RECAP, "Some text.", "- Some text.\n\n## Last", "W_PART_EMPTY", 10, "heading «Last»"),
    "a repeated paragraph": (
        END,
        "Some text for the end.",
        "Words.\n\n> Quoted.\n\nThe way to the garden is long\nand *green* in spring.",
        "W_PARAGRAPH_REPEATED",
        11,
        "stands in 00-welcome.md, 04-completion.md; keep one",
    ),
    "a paragraph again in its own lesson": (
        FIRST,
        SECOND,
        "Keep one thing that your hands did today.\n\nKeep one thing that your hands did today.",
        "W_PARAGRAPH_REPEATED",
        22,
        "stands 2 times in this lesson; keep one",
    ),
    "the subject of another day": (FIRST, "Day 1:", "Day 4:", "W_DAY", 4, "says day 4, but the file is that of day 1"),
    "a list of a day that there is not": (
        RECAP,
        "Some text.",
        "The days:\n\n- Day 1: here\n- **Day 4:** not here",
        "W_DAY",
        11,
        "names day 4, but the course goes to day 3",
    ),
    "a repeated action": (
        AGAIN,
        "Walk once more.",
        "|\n  Walk to the  door.\n\n  - and back",
        "W_ACTION_REPEATED",
        6,
        "door",
    ),
    "a repeated reflection": (
        RECAP,
        '"Which of them?"',
        '"What did you SEE?"',
        "W_REFLECTION_REPEATED",
        6,
        "is that of 01-first-step.md",
    ),
    "a picture": (FIRST, SECOND, "Now ![a red\nbarn](b.png).", "W_PICTURE", 20, "this description: «a red barn»"),
    "a picture in a list": (FIRST, "- and back", "- ![barn][b]\n\n  [b]: b.png", "W_PICTURE", 11, "«barn»"),
    "a picture without description": (FIRST, SECOND, "Two\n![](b.png).", "W_ALT_MISSING", 21, "picture b.png has no"),
    "a relative link": (FIRST, SECOND, "[The barn](/barn)", "E_LINK_BROKEN", 20, "/barn is neither https nor"),
    "a link of another kind": (FIRST, SECOND, "[The barn](ftp://h.org/b)", "E_LINK_BROKEN", 20, "neither https nor"),
    "a link without host": (FIRST, SECOND, "[The barn](https:///b)", "E_LINK_BROKEN", 20, "no host"),
    "a link that is none": (FIRST, SECOND, "Go to\n[the barn](https://h.org/a b)", "E_LINK_BROKEN", 21, "brackets"),
    "a link that is not encrypted": (FIRST, SECOND, "[The barn](http://h.org)", "W_LINK_HTTP", 20, "not encrypted"),
    "a placeholder": (FIRST, SECOND, "[The barn](https://www.example.com/)", "W_LINK_PLACEHOLDER", 20, "placeholder"),
    "a link text": (FIRST, SECOND, "Look\n[Click *here*](https://h.org).", "W_LINK_TEXT", 21, "'Click here'"),
    "a link without text": (FIRST, SECOND, "Look [](https://h.org).", "W_LINK_TEXT", 20, "has no text"),
    "the same link again": (
        FIRST,
        SECOND,
        "[One](https://h.org/a) and\n[two](https://h.org/a)",
        "W_LINK_REPEATED",
        21,
        "line 20",
    ),
    "a bare address": (FIRST, SECOND, "See https://h.org/a.", "W_LINK_BARE", 20, "https://h.org/a is not a link"),
    "a link in the safety note": (
        "course.toml",
        "Stop if it hurts.",
        "[Help](http://h.org)",
        "W_LINK_HTTP",
        6,
        "h.org",
    ),
    "a link in the solo version": (FIRST, "solo: Sit.", 'solo: "[Sit](x.html)."', "E_LINK_BROKEN", 13, "x.html"),
    "quoted scripture": (
        FIRST,
        SECOND,
        'Read "Let each one do as the heart decides" (2 Corinthians 9:7).',
        "W_QUOTED_SCRIPTURE",
        20,
        "quotes 8 words of 2 Corinthians 9:7",
    ),
    "numbers nobody called": (
        "course.toml",
        'Stop if it hurts.\ndays = 4 is not a line of its own here.\n"""\nhelplines_checked = 2026-05-01',
        'Call 988, or 800-799-7233."""',
        "W_HELPLINES_UNCHECKED",
        5,
        "2 telephone numbers (988, 800-799-7233)",
    ),
    "a date ahead": ("course.toml", "2026-05-01", "2026-11-30", "W_HELPLINES_AHEAD", 9, "and today is 2026-11-28"),
    "an old date": (
        "course.toml",
        'Stop if it hurts.\ndays = 4 is not a line of its own here.\n"""\nhelplines_checked = 2026-05-01',
        'Call 988."""\nhelplines_checked = 2025-11-27',
        "W_HELPLINES_OLD",
        7,
        "366 days ago",
    ),
    "a wrong course.toml": ("course.toml", 'language = "en"', 'language = "?"', "E_COURSE_FILE", 3, "language"),
    "a wrong lesson": (AGAIN, "kind: practice", "kind: practise", "E_LESSON_FILE", 3, "practise"),
}


@pytest.mark.parametrize("what", WEAK)
def test_a_planted_fault_is_found_at_its_line_and_nothing_else(folder: Path, what: str) -> None:
    file, old, new, code, line, message = WEAK[what]
    plant(folder, file, old, new)
    found = check_course(folder, TODAY)
    assert places(found) == [(code, file, line)], "\n".join(map(str, found))
    assert message in found[0].message


FINE = {
    "a day that is this one": ("Day 1:", "day 1"),
    "a day that is not the subject's beginning": (SUBJECT, "The way to day 3"),
    "a list of days in a lesson": (SECOND, "- Day 9: who knows?"),
    "an acronym": (SUBJECT, "Day 1: HTML"),
    "one exclamation mark": (SUBJECT, "Day 1: go!"),
    "a word that begins like a reply": (SUBJECT, "Rest: a first step"),
    "a mail address": (SECOND, "[Write to us](mailto:ann@h.org?subject=Hello%20there) or <bob@h.org>."),
    "an address as a link": (SECOND, "Look at <https://h.org/a_(b)?c=d#e> or [the barn](https://h.org:8443/)."),
    "a link in another script": (SECOND, "[Une page](https://münchen.de/straße)"),
    "a link in code": (SECOND, "Write `[a](b c)` and `![](x)`; or:\n\n    [a](b c) http://h.org\n"),
    "an escaped bracket": (SECOND, r"An array\[0\](x) and \!\[\](not a picture)."),
    "a paragraph of few words, twice": (SECOND, f"{SECOND}\n\n{SECOND}"),
    "a section with a section in it": (SECOND, "# One\n\n## Two\n\nText.\n\n# Three\n\n- Text."),
    "a reference without a quotation": (SECOND, "Read 1 Peter 3:7 and Ephesians 5:25."),
}


@pytest.mark.parametrize("what", FINE)
def test_what_is_fine_is_not_reported(folder: Path, what: str) -> None:
    plant(folder, FIRST, *FINE[what])
    assert [str(finding) for finding in check_course(folder, TODAY)] == []


def test_a_paragraph_is_told_once_with_all_its_places(folder: Path) -> None:
    line = "Keep one thing that your hands did today."
    plant(folder, FIRST, SECOND, f"{line}\n\n{line}")
    plant(folder, END, "Some text for the end.", line)
    (finding,) = check_course(folder, TODAY)
    assert f"«{line}» stands in {FIRST} (2 times), {END}; keep one" in finding.message


def test_an_action_that_comes_again_is_shown_to_its_end(folder: Path) -> None:
    long = f"Once more today, at the moment you chose {'and then again ' * 20}: water the bed"
    plant(folder, FIRST, "Walk to the door.\n\n  - and back", long)
    plant(folder, AGAIN, "Walk once more.", f'"{long}"')
    (finding,) = check_course(folder, TODAY)
    assert finding.code == "W_ACTION_REPEATED"
    assert ": water the bed» is that of 01-first-step.md, too" in finding.message
    assert len(finding.message) < 260


def test_recaps_may_repeat_their_safety_line(folder: Path) -> None:
    line = "Stop here if anybody at home is afraid of the other one."
    plant(folder, RECAP, "Some text.", line)
    (folder / AGAIN).write_text(
        (folder / RECAP).read_text().replace("look-back", "again").replace("A look", "One look")
    )
    codes = {finding.code for finding in check_course(folder, TODAY)}
    assert codes == {"W_PREHEADER_REPEATED", "W_REFLECTION_REPEATED"}


def test_a_reflection_may_come_again_after_ten_days(folder: Path) -> None:
    plant(folder, "course.toml", "days = 3", "days = 14")
    (folder / END).rename(folder / "15-completion.md")
    for day in range(4, 15):
        text = (folder / AGAIN).read_text().replace("again", f"again-{day}", 1).replace("Day 2", f"Day {day}")
        text = text.replace("Walk once more", f"Walk {day} times").replace("Nothing new", f"Nothing new {day}")
        question = "What did you see?" if day in (11, 12) else f"Was it easier {day}?"
        (folder / f"{day:02}-again-{day}.md").write_text(text.replace("Was it easier?", question))
    assert places(check_course(folder, TODAY)) == [
        ("W_REFLECTION_REPEATED", "11-again-11.md", 8),
        ("W_REFLECTION_REPEATED", "12-again-12.md", 8),
    ]


def test_thin_passages_are_told_once(folder: Path) -> None:
    plant(folder, FIRST, TEN * 15, "Short.")
    (finding,) = check_course(folder, TODAY)
    assert (finding.code, Path(finding.file).name) == ("W_THIN", "course.toml")
    assert "the passages have 10.0 words in the mean; 60 or more make a lesson, and 1 of 1 lessons" in finding.message


def test_errors_and_warnings_come_together_in_the_order_of_files(folder: Path) -> None:
    plant(folder, AGAIN, "kind: practice", "kind: practise")
    plant(folder, FIRST, SUBJECT, "Day 1: " + "a" * 39)
    (folder / END).unlink()
    assert [(f.code, Path(f.file).name, f.line, f.level) for f in check_course(folder, TODAY)] == [
        ("E_FOLDER", folder.name, 0, "error"),
        ("W_SUBJECT_LONG", FIRST, 4, "warning"),
        ("E_LESSON_FILE", AGAIN, 3, "error"),
    ]


def test_a_day_takes_the_time_to_read_and_to_act() -> None:
    lesson = Lesson("k", LessonKind.LESSON, 1, "s", body="word " * 230, action=Action("word " * 8, 5), reflection="?")
    assert words_of(lesson) == 238
    assert minutes_of(lesson) == 6.0
    assert minutes_of(replace(lesson, action=None)) == pytest.approx(230 / 238)


WARNING, ERROR = Finding("W_SIZE", "b.md", 2, "big"), Finding("E_SIZE", "b.md", 2, "bigger")


@pytest.mark.parametrize(
    ("findings", "strict", "failing"),
    [([], True, False), ([WARNING], False, False), ([WARNING], True, True), ([WARNING, ERROR], False, True)],
)
def test_errors_fail_a_check_and_warnings_only_a_strict_one(
    findings: list[Finding], strict: bool, failing: bool
) -> None:
    assert fails(findings, strict) is failing


def test_a_finding_is_one_object_with_five_fields_and_one_line() -> None:
    assert list(asdict(WARNING).items()) == [
        ("code", "W_SIZE"),
        ("level", "warning"),
        ("file", "b.md"),
        ("line", 2),
        ("message", "big"),
    ]
    assert str(ERROR) == "b.md:2: error: E_SIZE: bigger"
    assert in_order([WARNING, ERROR, WARNING, Finding("W_X", "a.md", 9, "x")]) == [
        Finding("W_X", "a.md", 9, "x"),
        ERROR,
        WARNING,
    ]


def test_the_document_has_every_code_of_the_source_and_no_other() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    table = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "check.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(table) == len(set(table))
    assert set(table) == set(re.findall(r"\"([EW]_[A-Z_]+)\"", source))
