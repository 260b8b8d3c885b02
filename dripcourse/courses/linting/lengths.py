"""Rules for how long a lesson takes: words, minutes of reading, minutes of acting. Bytes are the mail room's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dripcourse.courses.drafting.supply import THIN
from dripcourse.courses.folders.folder import Survey
from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.courses.linting.finding import Finding
from dripcourse.courses.sentences import count_words
from dripcourse.domain.course import Lesson, LessonKind

WORDS_A_MINUTE = 238  # silent reading; most adults 175 to 300
_WORDS = range(150, 301)  # one to two minutes
_ACTION = 15  # minutes


def words_of(lesson: Lesson) -> int:
    """Words that the reader of this mail sees, without the frame of the template."""
    texts = [lesson.note, lesson.body, lesson.reflection]
    if lesson.action:
        texts += [lesson.action.text, lesson.action.solo]
    return sum(map(count_words, texts))


def minutes_of(lesson: Lesson) -> float:
    """Minutes that the whole of a day takes, reading and acting."""
    return words_of(lesson) / WORDS_A_MINUTE + (lesson.action.minutes if lesson.action else 0)


def length_findings(found: Survey) -> Iterator[Finding]:
    """Lessons that are too long or too short, and a course whose passages are thin."""
    lessons = [(file, file.lesson) for file in found.files if file.lesson]
    passages = [_passage_words(x.body) for _, x in lessons if x.kind is LessonKind.LESSON]
    thin = bool(passages) and sum(passages) < THIN * len(passages)
    if thin:
        short = sum(words_of(x) < _WORDS.start for _, x in lessons if x.kind is LessonKind.LESSON)
        mean = sum(passages) / len(passages)
        text = (
            f"the passages have {mean:.1f} words in the mean; {THIN} or more make a lesson, and {short} of "
            f"{len(passages)} lessons have fewer than {_WORDS.start} with all their parts. Add words in `note`"
        )
        yield Finding("W_THIN", str(found.head.path), 0, text)
    for file, lesson in lessons:
        yield from _lesson(file, lesson, thin)


def _lesson(file: LessonFile, lesson: Lesson, thin: bool) -> Iterator[Finding]:
    yield from _passage(file, lesson, "body", thin)
    if lesson.instead:
        yield from _passage(file, replace(lesson, body=lesson.instead), "instead", thin)
    if lesson.action and lesson.action.minutes > _ACTION:
        taken = f"{lesson.action.minutes} minutes ({_taken(lesson)})"
        text = f"the action takes {taken}; up to {_ACTION} get done: make it smaller"
        yield Finding("W_ACTION_LONG", str(file.path), file.line("minutes"), text)


def _passage(file: LessonFile, lesson: Lesson, part: str, thin: bool) -> Iterator[Finding]:
    """The lesson with one of its passages."""
    words, taken, path, line = words_of(lesson), _taken(lesson), str(file.path), file.line(part)
    if lesson.kind is LessonKind.LESSON and words >= _WORDS.stop:
        text = f"the lesson has {words} words ({taken}); 150 to 300 are one to two minutes: keep one idea"
        yield Finding("W_LESSON_LONG", path, line, text)
    elif lesson.kind is LessonKind.LESSON and words < _WORDS.start and not thin:  # a thin course is told so once
        text = f"the lesson has {words} words ({taken}); 150 to 300 are one to two minutes: write more in `note`"
        yield Finding("W_LESSON_SHORT", path, line, text)


def _taken(lesson: Lesson) -> str:
    return f"{words_of(lesson) / WORDS_A_MINUTE:.1f} minutes to read, {minutes_of(lesson):.0f} with the action"


def _passage_words(body: str) -> int:
    return sum(count_words(line) for line in body.split("\n") if not line.startswith("#"))
