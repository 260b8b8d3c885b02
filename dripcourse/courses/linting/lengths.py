"""Rules for how long a lesson takes: words, minutes of reading, minutes of acting. Bytes are the mail room's."""

from __future__ import annotations

from collections.abc import Iterator

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
    words = words_of(lesson)
    taken = f"{words / WORDS_A_MINUTE:.1f} minutes to read, {minutes_of(lesson):.0f} with the action"
    path, body = str(file.path), file.line("body")
    if lesson.kind is LessonKind.LESSON and words >= _WORDS.stop:
        text = f"the lesson has {words} words ({taken}); 150 to 300 are one to two minutes: keep one idea"
        yield Finding("W_LESSON_LONG", path, body, text)
    elif lesson.kind is LessonKind.LESSON and words < _WORDS.start and not thin:  # a thin course is told so once
        text = f"the lesson has {words} words ({taken}); 150 to 300 are one to two minutes: write more in `note`"
        yield Finding("W_LESSON_SHORT", path, body, text)
    if lesson.action and lesson.action.minutes > _ACTION:
        text = f"the action takes {lesson.action.minutes} minutes ({taken}); up to {_ACTION} get done: make it smaller"
        yield Finding("W_ACTION_LONG", path, file.line("minutes"), text)


def _passage_words(body: str) -> int:
    return sum(count_words(line) for line in body.split("\n") if not line.startswith("#"))
