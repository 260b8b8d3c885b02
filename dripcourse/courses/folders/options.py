"""Whether lesson files and the table [optional] agree on what readers may opt out of. It reads no file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dripcourse.courses.codes import shorten
from dripcourse.courses.folders.course_file import CourseFile
from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.domain.course import Lesson
from dripcourse.errors import Mistake

_MOST_NAMED = 6


def option_mistakes(head: CourseFile, files: Sequence[LessonFile]) -> Iterator[Mistake]:
    """What does not fit together. Nothing is said while [optional] itself cannot be read."""
    if not head.lines or ("optional" in head.lines and "optional" not in head.values):
        return
    keys = {name: key for key, name in head.optional.items()}
    lessons = [(file, file.lesson) for file in files if file.lesson]
    for file, lesson in lessons:
        yield from _lesson(file, lesson, keys)
    if len(lessons) == len(files):  # a file with mistakes may be the one
        yield from _unused(head, list(dict.fromkeys(lesson.perspective for _, lesson in lessons if lesson.perspective)))


def _lesson(file: LessonFile, lesson: Lesson, keys: dict[str, str]) -> Iterator[Mistake]:
    named = f"«{shorten(lesson.perspective, 60)}»" if lesson.perspective else "none"
    if lesson.instead and lesson.perspective not in keys:
        text = (
            f"instead is for readers who opt out of the lesson's perspective, and that ({named}) is not in [optional] "
            "in course.toml; add it there, worded exactly so, or take instead out"
        )
        yield Mistake(str(file.path), file.line("instead"), text)
    elif not lesson.instead and lesson.perspective in keys:
        text = (
            f"readers may opt out of the perspective {named} (optional.{keys[lesson.perspective]} in course.toml), and "
            "nothing stands in its place; write a passage for them in instead"
        )
        yield Mistake(str(file.path), file.line("perspective"), text)


def _unused(head: CourseFile, there: Sequence[str]) -> Iterator[Mistake]:
    listed = ", ".join(f"«{shorten(name, 60)}»" for name in there[:_MOST_NAMED]) or "none"
    more = f" and {len(there) - _MOST_NAMED} more" if len(there) > _MOST_NAMED else ""
    for key, name in head.optional.items():
        if name not in there:
            text = f"no lesson has the perspective «{shorten(name, 60)}»; word it as a lesson file does: {listed}{more}"
            yield Mistake(str(head.path), head.line(f"optional.{key}"), text)
