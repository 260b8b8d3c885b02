"""Where in a course folder a refusal of a finished mail belongs. It makes no mail, and knows not why one is refused."""

from __future__ import annotations

import re

from dripcourse.courses.folders.course_file import CourseFile
from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.domain.course import Course

_FIELD = re.compile(r"([a-z_]+): ")
_NAME = re.compile(r"[a-z][a-z0-9_-]*")
#: What the mail room calls the texts of a lesson, where the lesson file has another name for them.
_NAMES = {"passage": "body"}
#: What it calls what stands in course.toml, and the keys there.
_OF_COURSE = {
    "footer": "footer",
    "safety": "safety_note",
    "safety_line": "safety_note",
    "logo": "logo",
    "words": "words",
    "theme": "theme",
}


def without_place(course: Course, refusal: str) -> str:
    """The refusal without the mail it names first."""
    return re.sub(rf"^{re.escape(course.slug)}, [^:]+: ", "", refusal)


def about_course(course: Course, refusal: str) -> bool:
    """Whether the refusal speaks of what all mails have from course.toml."""
    named = _FIELD.match(without_place(course, refusal))
    return bool(named and named[1] in _OF_COURSE)


def course_line(head: CourseFile, course: Course, refusal: str) -> int:
    """The line of course.toml that the refusal is about: of the first entry of a table that it names; 0 for none."""
    said = without_place(course, refusal)
    named = _FIELD.match(said)
    key = _OF_COURSE.get(named[1], "") if named else ""
    entries = (head.line(f"{key}.{word}") for word in _NAME.findall(said.partition(";")[0]))
    return next(filter(None, entries), 0) or head.line(key)


def about_lesson(course: Course, file: LessonFile, refusal: str) -> str:
    """The refusal without its place, "" where it speaks of the course."""
    place = f"{course.slug}, {file.lesson.key}: " if file.lesson else ""
    return refusal.removeprefix(place) if refusal.startswith(place) and not about_course(course, refusal) else ""


def line_of(file: LessonFile, refusal: str, *, instead: bool = False) -> int:
    """The line of the text that a refusal without its place names first, the first line where it names none.

    `instead`: of the mail for readers who opted out.
    """
    named = _FIELD.match(refusal)
    names = {**_NAMES, "passage": "instead"} if instead else _NAMES
    return (file.line(names.get(named[1], named[1])) if named else 0) or 1
