"""Reading a course folder: every mistake is found, with its file and line, all of them at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dripcourse.courses.folders.folder import content_hash, read_course
from dripcourse.domain.course import Action, Course, Lesson, LessonKind, Sender
from dripcourse.errors import InputError, Mistakes

COURSE_TOML = """\
slug = "three-days"
title = "Three days"
language = "en"
days = 3
safety_note = \"\"\"
Stop if it hurts.
days = 4 is not a line of its own here.
\"\"\"
helplines_checked = 2026-05-01

[sender]
name = "Ann Example"
address = "ann@example.com"

[theme]
accent = "#204060"
"""
FIRST = """\
---
key: first-step
kind: lesson
subject: "Day 1: a first step"
preheader: "One step, and then a rest. Five minutes."
perspective: The full picture
section: Beginning
action: |
  Walk to the door.

  - and back
minutes: 5
solo: Sit.
reflection: "What did you see?"
note: ""
---

The passage has *two* paragraphs.

This is the second.
"""
PRACTICE = """\
---
key: again
kind: practice
subject: "Day 2: again"
preheader: "Nothing new. Five minutes."
action: Walk once more.
reflection: "Was it easier?"
---
"""


def plain(key: str, kind: str) -> str:
    return (
        f'---\nkey: {key}\nkind: {kind}\nsubject: "A mail"\npreheader: "A line."\n'
        + ('reflection: "Which?"\n' if kind == "recap" else "")
        + "---\nSome text.\n"
    )


FILES = {
    "course.toml": COURSE_TOML,
    "article.md": "# Anything\n",
    "00-welcome.md": plain("welcome", "welcome"),
    "01-first-step.md": FIRST,
    "02-again.md": PRACTICE,
    "03-look-back.md": plain("look-back", "recap"),
    "04-completion.md": plain("completion", "completion"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def mistakes(folder: Path) -> list[tuple[str, int, str]]:
    """(file name, line, message) of all mistakes."""
    with pytest.raises(Mistakes) as caught:
        read_course(folder)
    return [(Path(m.path).name, m.line, m.message) for m in caught.value.mistakes]


def edit(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_folder_becomes_a_course(folder: Path) -> None:
    course = read_course(folder)
    assert course.lessons[1] == Lesson(
        key="first-step",
        kind=LessonKind.LESSON,
        day=1,
        subject="Day 1: a first step",
        preheader="One step, and then a rest. Five minutes.",
        perspective="The full picture",
        section="Beginning",
        body="The passage has *two* paragraphs.\n\nThis is the second.",
        action=Action("Walk to the door.\n\n- and back", 5, "Sit."),
        reflection="What did you see?",
    )
    assert replace(course, lessons=()) == Course(
        slug="three-days",
        title="Three days",
        language="en",
        lessons=(),
        sender=Sender("Ann Example", "ann@example.com"),
        safety_note="Stop if it hurts.\ndays = 4 is not a line of its own here.",
        theme={"accent": "#204060"},
    )
    assert [lesson.day for lesson in course.lessons] == [0, 1, 2, 3, 4]
    assert course.days == 3


# what is done to one file, and what is found: file, line, a part of the message
EDITS: dict[str, tuple[str, str, str, str, int, str]] = {
    "broken YAML": ("01-first-step.md", 'subject: "Day', 'subject: x: "Day', "01-first-step.md", 4, "not valid YAML"),
    "front matter not opened": ("02-again.md", "---\nkey", "key", "02-again.md", 1, "no front matter"),
    "front matter not closed": ("02-again.md", "---\n", "----\n", "02-again.md", 1, "no front matter"),
    "no closing line": ("00-welcome.md", "---\nSome", "Some", "00-welcome.md", 1, "not closed"),
    "a missing field": (
        "01-first-step.md",
        'reflection: "What did you see?"\n',
        "",
        "01-first-step.md",
        1,
        "reflection",
    ),
    "a missing perspective": (
        "01-first-step.md",
        "perspective: The full picture\n",
        "",
        "01-first-step.md",
        1,
        "persp",
    ),
    "an unknown field": ("01-first-step.md", "solo:", "alone:", "01-first-step.md", 13, "alone is not a field"),
    "no means no": (
        "01-first-step.md",
        'subject: "Day 1: a first step"',
        "subject: no",
        "01-first-step.md",
        4,
        "yes/no",
    ),
    "a decimal": ("01-first-step.md", "section: Beginning", "section: 1.10", "01-first-step.md", 7, "a decimal number"),
    "a date": ("01-first-step.md", "section: Beginning", "section: 2026-01-31", "01-first-step.md", 7, "a date"),
    "a list": ("01-first-step.md", "section: Beginning", "section: [a]", "01-first-step.md", 7, "a list"),
    "nothing": ("01-first-step.md", "section: Beginning", "section:", "01-first-step.md", 7, "nothing"),
    "a field twice": ("01-first-step.md", "solo: Sit.", "kind: recap", "01-first-step.md", 13, "given twice (first in"),
    "a bad kind": ("01-first-step.md", "kind: lesson", "kind: lecture", "01-first-step.md", 3, "kind is 'lecture'"),
    "another key": ("01-first-step.md", "key: first-step", "key: step-one", "01-first-step.md", 2, "file name says"),
    "a key with capitals": ("01-first-step.md", "key: first-step", "key: First", "01-first-step.md", 2, "use a-z"),
    "an empty body": ("00-welcome.md", "Some text.\n", "", "00-welcome.md", 7, "the body is empty"),
    "a subject in two lines": ("02-again.md", '"Day 2: again"', '"Day 2\\nagain"', "02-again.md", 4, "line break"),
    "a long subject": ("02-again.md", "Day 2: again", "Day 2: " + "a" * 120, "02-again.md", 4, "127 characters"),
    "no minutes": ("01-first-step.md", "minutes: 5", "minutes: 0", "01-first-step.md", 12, "from 1 to 120"),
    "too many minutes": ("01-first-step.md", "minutes: 5", "minutes: 121", "01-first-step.md", 12, "from 1 to 120"),
    "minutes in quotes": ("01-first-step.md", "minutes: 5", 'minutes: "5"', "01-first-step.md", 12, "without quotes"),
    "minutes of no action": (
        "03-look-back.md",
        "kind: recap",
        "kind: recap\nminutes: 5",
        "03-look-back.md",
        4,
        "action",
    ),
    "a placeholder": ("01-first-step.md", "This is the", "Dear {{ name }}, the", "01-first-step.md", 20, "{{ name }}"),
    "one in an action": ("01-first-step.md", "- and back", "- and {% if x %}", "01-first-step.md", 11, "{% if x %}"),
    "one in a subject": ("02-again.md", "Day 2: again", "{{ name }}", "02-again.md", 4, "{{ name }}"),
    "broken TOML": ("course.toml", 'title = "Three', "title = Three", "course.toml", 2, "not valid TOML"),
    "an unknown setting": ("course.toml", "language", 'colour = "red"\nlanguage', "course.toml", 3, "colour is not"),
    "a bad slug": ("course.toml", '"three-days"', '"Three Days"', "course.toml", 1, "slug is 'Three Days'"),
    "a missing setting": ("course.toml", 'language = "en"\n', "", "course.toml", 0, "language is missing"),
    "a wrong number of days": (
        "course.toml",
        "days = 3",
        "days = 5",
        "course.toml",
        4,
        "days is 5, but the lesson files",
    ),
    "days as a text": ("course.toml", "days = 3", 'days = "3"', "course.toml", 4, "whole number"),
    "a bad address": ("course.toml", "ann@example.com", "ann@", "course.toml", 13, "not a mail address"),
    "a sender at a mailbox provider": (
        "course.toml",
        "ann@example.com",
        "ann@Gmail.com",
        "course.toml",
        13,
        "sender.address is 'ann@Gmail.com': is at gmail.com",
    ),
    "an unknown sender key": ("course.toml", "name = ", "nick = ", "course.toml", 12, "sender.nick is not"),
    "a bad colour": ("course.toml", '"#204060"', '"red; }"', "course.toml", 16, "theme.accent"),
    "a bad date": ("course.toml", "2026-05-01", '"May"', "course.toml", 9, "must be a date"),
    "a bad language": ("course.toml", '"en"', '"English"', "course.toml", 3, "language tag"),
}


@pytest.mark.parametrize("what", EDITS)
def test_a_mistake_is_found_at_its_line(folder: Path, what: str) -> None:
    name, old, new, file, line, message = EDITS[what]
    edit(folder, name, old, new)
    found = mistakes(folder)
    assert any((f, n) == (file, line) and message in text for f, n, text in found), found


def _rename(old: str, new: str) -> Callable[[Path], object]:
    return lambda folder: (folder / old).rename(folder / new)


def _copy(old: str, new: str) -> Callable[[Path], object]:
    return lambda folder: (folder / new).write_bytes((folder / old).read_bytes())


def _bytes(name: str, data: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(data)


CHANGES: dict[str, tuple[Callable[[Path], object], str, int, str]] = {
    "two lessons on a day": (_copy("02-again.md", "02-again-2.md"), "02-again.md", 0, "day 2 has two files"),
    "a missing day": (lambda f: (f / "02-again.md").unlink(), "FOLDER", 0, "day 2 is missing"),
    "a missing welcome": (lambda f: (f / "00-welcome.md").unlink(), "FOLDER", 0, "the welcome mail is missing"),
    "a missing completion": (lambda f: (f / "04-completion.md").unlink(), "FOLDER", 0, "completion mail is missing"),
    "a key for two days": (_rename("02-again.md", "02-first-step.md"), "02-first-step.md", 2, "is taken by 01-first"),
    "an unreadable encoding": (_bytes("02-again.md", b"---\nkey: caf\xe9\n---\n"), "02-again.md", 2, "not UTF-8"),
    "a file without a day": (_rename("02-again.md", "again.md"), "again.md", 0, "has no day"),
    "a mail after the end": (_copy("02-again.md", "05-again.md"), "05-again.md", 0, "after the completion mail"),
    "a welcome in the middle": (_copy("00-welcome.md", "02-again.md"), "02-again.md", 3, "belongs to day 00"),
    "no course.toml": (lambda f: (f / "course.toml").unlink(), "course.toml", 0, "is missing"),
    "a NUL": (_bytes("02-again.md", b"---\nkey: a\0b\n---\n"), "02-again.md", 2, "NUL"),
    "deep nesting": (
        _bytes("02-again.md", b"---\nkey: " + b"[" * 9000 + b"\n---\n"),
        "02-again.md",
        1,
        "nested too deeply",
    ),
    "a huge file": (_bytes("02-again.md", b"x" * 500_001), "02-again.md", 0, "limit 500000"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_wrong_set_of_files_is_found(folder: Path, what: str) -> None:
    change, file, line, message = CHANGES[what]
    change(folder)
    found = mistakes(folder)
    file = folder.name if file == "FOLDER" else file
    assert any((f, n) == (file, line) and message in text for f, n, text in found), found


def test_ten_mistakes_give_ten_messages_in_file_and_line_order(folder: Path) -> None:
    edit(folder, "course.toml", "slug = ", 'colour = "red"\nslug = ')
    edit(folder, "course.toml", "ann@example.com", "nobody")
    edit(folder, "00-welcome.md", "Some text.", "Hello {{ name }}.")
    edit(folder, "01-first-step.md", "kind: lesson", "kind: lecture")
    edit(folder, "01-first-step.md", '"Day 1: a first step"', "no")
    edit(folder, "01-first-step.md", "section: Beginning", "sektion: Beginning")
    edit(folder, "01-first-step.md", "minutes: 5", "minutes: 500")
    edit(folder, "02-again.md", "key: again", "key: once-more")
    edit(folder, "03-look-back.md", 'subject: "A mail"', "subject: A: mail")
    edit(folder, "04-completion.md", "Some text.\n", "")
    assert [(file, line) for file, line, _ in mistakes(folder)] == [
        ("00-welcome.md", 7),
        ("01-first-step.md", 3),
        ("01-first-step.md", 4),
        ("01-first-step.md", 7),
        ("01-first-step.md", 12),
        ("02-again.md", 2),
        ("03-look-back.md", 4),
        ("04-completion.md", 7),
        ("course.toml", 1),
        ("course.toml", 14),
    ]


def test_a_folder_that_is_not_there_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no course folder to read") as caught:
        read_course(tmp_path / "nowhere")
    assert not isinstance(caught.value, Mistakes)


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(folder: Path) -> None:
    before = read_course(folder)
    for path in folder.iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_course(folder) == before


def test_escaped_braces_are_text(folder: Path) -> None:
    edit(folder, "00-welcome.md", "Some text.", "Write \\{\\{ name }} for a name.")
    assert read_course(folder).lessons[0].body == "Write \\{\\{ name }} for a name."


def test_the_hash_follows_the_content(folder: Path) -> None:
    first = content_hash(read_course(folder))
    assert first == content_hash(read_course(folder))
    assert len(first) == 64
    (folder / "article.md").write_text("# Something else\n")
    assert content_hash(read_course(folder)) == first
    edit(folder, "02-again.md", "Walk once more.", "Walk once more!")
    assert content_hash(read_course(folder)) != first
