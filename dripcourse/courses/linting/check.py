"""What an author should know about a course folder: its mistakes, and what is allowed but weak. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dripcourse.courses.drafting.supply import THIN
from dripcourse.courses.folders.folder import Survey, survey
from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.courses.reading.cautions import quotations, sensitive_words
from dripcourse.courses.sentences import count_words
from dripcourse.domain.course import Lesson, LessonKind

_SUBJECT = 45
_PREHEADER = range(40, 91)
_WORDS = range(150, 301)


@dataclass(frozen=True)
class Finding:
    """One line of a check. `level` is "error" or "warning"; `line` 0 means the file as a whole."""

    level: str
    file: str
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.level}: {self.message}"


def check_course(path: Path) -> list[Finding]:
    """Errors and warnings in file and line order. Raises InputError where there is no folder to read."""
    found = survey(path)
    findings = [Finding("error", m.path, m.line, m.message) for m in found.mistakes]
    for file in found.files:
        if file.lesson:
            findings += (Finding("warning", str(file.path), line, text) for line, text in _lesson(file, file.lesson))
    findings += (Finding("warning", str(found.head.path), line, text) for line, text in _whole(found))
    return sorted(findings, key=lambda f: (f.file, f.line, f.level))


def words_of(lesson: Lesson) -> int:
    """Words that the reader of this mail sees, without the frame of the template."""
    texts = [lesson.note, lesson.body, lesson.reflection]
    if lesson.action:
        texts += [lesson.action.text, lesson.action.solo]
    return sum(map(count_words, texts))


def _lesson(file: LessonFile, lesson: Lesson) -> Iterator[tuple[int, str]]:
    if len(lesson.subject) > _SUBJECT:
        yield file.line("subject"), f"subject has {len(lesson.subject)} characters; phones show about {_SUBJECT}"
    if len(lesson.preheader) not in _PREHEADER:
        yield file.line("preheader"), f"preheader has {len(lesson.preheader)} characters; 40 to 90 read well"
    words = words_of(lesson)
    if lesson.kind is LessonKind.LESSON and words not in _WORDS:
        advice = "add your own words in `note`" if words < _WORDS.start else "keep one idea"
        yield file.line("body"), f"the lesson has {words} words; 150 to 300 are one to two minutes: {advice}"
    for quotation in quotations(lesson.body):
        text = f"quotes {quotation.quoted} words of {quotation.text}; name the translation and check its terms"
        yield file.line("body"), text


def _whole(found: Survey) -> Iterator[tuple[int, str]]:
    lessons = [file.lesson for file in found.files if file.lesson]
    passages = [_passage_words(x.body) for x in lessons if x.kind is LessonKind.LESSON]
    if passages and sum(passages) < THIN * len(passages):
        mean = sum(passages) / len(passages)
        yield 0, f"the passages have {mean:.1f} words in the mean; {THIN} or more make a lesson. Add words in `note`"
    if found.head.values.get("safety_note", ""):
        return
    texts = (f"{x.body}\n{x.note}\n{x.action.text if x.action else ''}" for x in lessons)
    words = sensitive_words("\n".join(texts))
    if words:
        yield 0, f"the lessons speak of {', '.join(words)}, and safety_note is empty; write one before you publish"


def _passage_words(body: str) -> int:
    return sum(count_words(line) for line in body.split("\n") if not line.startswith("#"))
