"""What an import made: each lesson with the lines of article.md that its text comes from. Writes no file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dripcourse.courses.folders.shown import Sentence, paragraphs, sentences
from dripcourse.courses.folders.trace import runs, trace
from dripcourse.domain.course import Course, Lesson, LessonKind

ARTICLE = "article.md"


@dataclass(frozen=True)
class MadeLesson:
    """A lesson as the compiler made it, and which sentences of the article it shows."""

    lesson: Lesson
    source: str  # such as "article.md:14-18, 40"
    body: tuple[Sentence, ...]
    action: tuple[Sentence, ...]

    @property
    def fields(self) -> dict[str, str]:
        """What `lesson_fields` says of it."""
        return lesson_fields(self.lesson, self.source)


@dataclass(frozen=True)
class Made:
    """All lessons of a course, and what none of them shows."""

    lessons: tuple[MadeLesson, ...]
    unplaced: tuple[Sentence, ...]
    head: dict[str, str]  # what of course.toml follows the article, by key


def make(course: Course, article: str) -> Made:
    """The lessons of `course` with the lines of `article`, the text of its article.md."""
    known = sentences(article)
    texts = [text for lesson in course.lessons for text in (_body(lesson), _action(lesson))]
    traced = trace(known, [paragraphs(text) for text in texts])
    lessons = tuple(
        MadeLesson(
            lesson,
            source_lines(known, (*traced[2 * at], *traced[2 * at + 1])),
            tuple(known[index] for index in traced[2 * at]),
            tuple(known[index] for index in traced[2 * at + 1]),
        )
        for at, lesson in enumerate(course.lessons)
    )
    placed = {index for indices in traced for index in indices}
    unplaced = tuple(s for index, s in enumerate(known) if index not in placed)
    return Made(lessons, unplaced, {"title": course.title, "language": course.language})


def shown_parts(lesson: Lesson) -> tuple[str, ...]:
    """The parts of a lesson that may show sentences of the article. A look back and the last mail name days only: a
    title that is a sentence, too, is no use of it."""
    return () if lesson.kind in (LessonKind.RECAP, LessonKind.COMPLETION) else ("note", "body", "action", "solo")


def _body(lesson: Lesson) -> str:
    return lesson.body if shown_parts(lesson) else ""


def _action(lesson: Lesson) -> str:
    return lesson.action.text if lesson.action else ""


def source_lines(article: Sequence[Sentence], indices: Sequence[int]) -> str:
    """Where these sentences stand, such as "article.md:14-18, 40"; "" for none."""
    spans: list[tuple[int, int]] = []
    for first, last in runs(indices):
        start, end = article[first].line, article[last].last
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    shown = ", ".join(f"{start}-{end}" if end > start else str(start) for start, end in spans)
    return f"{ARTICLE}:{shown}" if shown else ""


def lesson_fields(lesson: Lesson, source: str) -> dict[str, str]:
    """All that the compiler writes into a lesson file, by field; empty ones are left out. `note`, `solo`
    and the passage for those who opt out are not the compiler's, and the key is for life."""
    action = lesson.action
    fields = {
        "kind": lesson.kind.value,
        "subject": lesson.subject,
        "preheader": lesson.preheader,
        "perspective": lesson.perspective,
        "section": lesson.section,
        "source": source,
        "action": action.text if action else "",
        "minutes": str(action.minutes) if action and action.minutes else "",
        "reflection": lesson.reflection,
        "body": lesson.body,
    }
    return {name: text for name, text in fields.items() if text}
