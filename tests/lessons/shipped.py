"""The shipped courses as the tests see them: found by listing, read once, compiled once. No tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dripcourse.courses.folders.folder import read_course
from dripcourse.domain.course import Course, Lesson, LessonKind
from dripcourse.mail.compile import CompiledMail, compile_lesson
from dripcourse.mail.samples import BRAND

LESSONS = Path(__file__).resolve().parents[2] / "lessons"
FOLDERS = sorted(path.parent.name for path in LESSONS.glob("*/course.toml"))

_WORD = re.compile(r"\w+(?:'\w+)*")


@dataclass(frozen=True)
class Mail:
    """One mail as it would go out: with the lesson's own passage, or with the one in its place."""

    lesson: Lesson
    instead: bool
    compiled: CompiledMail

    @property
    def text(self) -> str:
        """The finished text part in one line, so that a sentence is found wherever it was wrapped."""
        return " ".join(self.compiled.text.split())

    @property
    def name(self) -> str:
        """What an assertion says: the day, and which passage."""
        return f"day {self.lesson.day} ({self.lesson.key}{', instead' if self.instead else ''})"


@cache
def course(folder: str) -> Course:
    """The course of a folder under lessons/, with its translations."""
    return read_course(LESSONS / folder)


@cache
def mails(folder: str, language: str) -> tuple[Mail, ...]:
    """Every mail of one edition, in sending order, with both passages of a day that has two."""
    found = edition(folder, language)
    return tuple(
        Mail(lesson, instead, compile_lesson(found, lesson, BRAND, instead=instead))
        for lesson in found.lessons
        for instead in ([False, True] if lesson.instead else [False])
    )


def editions() -> list[tuple[str, str]]:
    """Folder and language of every edition of every shipped course."""
    return [(folder, edition.language) for folder in FOLDERS for edition in course(folder).editions]


def edition(folder: str, language: str) -> Course:
    """The course of a folder in one of its languages."""
    return next(found for found in course(folder).editions if found.language == language)


def prose(lesson: Lesson) -> Iterator[str]:
    """Every text of a lesson that is read below the subject, as Markdown."""
    acts = (lesson.action.text, lesson.action.solo) if lesson.action else ()
    yield from (text for text in (lesson.body, lesson.instead, *acts, lesson.reflection, lesson.note) if text)


def everything(lesson: Lesson) -> str:
    """All that a reader sees of a lesson, its headlines too."""
    return "\n\n".join((lesson.subject, lesson.preheader, lesson.section, lesson.instead_section, *prose(lesson)))


def count(text: str) -> int:
    """Words of a Markdown text as a reader counts them."""
    return sum(1 for token in text.split() if re.search(r"\w", token))


def runs(text: str, length: int) -> set[str]:
    """Every run of `length` words in the text, without case, marks and kinds of apostrophe."""
    words = _WORD.findall(text.replace("’", "'").casefold())
    return {" ".join(words[at : at + length]) for at in range(len(words) - length + 1)}


def of_kind(folder: str, language: str, *kinds: LessonKind) -> list[Lesson]:
    """The lessons of these kinds in one edition."""
    return [lesson for lesson in edition(folder, language).lessons if lesson.kind in kinds]
