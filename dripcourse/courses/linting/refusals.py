"""Where in a lesson file a refusal of its finished mail belongs. It makes no mail, and knows not why one is refused."""

from __future__ import annotations

import re

from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.domain.course import Course

_FIELD = re.compile(r"([a-z]+): ")
#: What the mail room calls the texts of a lesson, where the lesson file has another name for them.
_NAMES = {"passage": "body"}


def about_lesson(course: Course, file: LessonFile, refusal: str) -> str:
    """The refusal without its place, "" where it speaks of the course."""
    place = f"{course.slug}, {file.lesson.key}: " if file.lesson else ""
    return refusal.removeprefix(place) if refusal.startswith(place) else ""


def line_of(file: LessonFile, refusal: str) -> int:
    """The line of the text that a refusal without its place names first, the first line where it names none."""
    named = _FIELD.match(refusal)
    return (file.line(_NAMES.get(named[1], named[1])) if named else 0) or 1
