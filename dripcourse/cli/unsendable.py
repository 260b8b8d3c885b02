"""The mails of a course folder that `publish` would refuse: each is compiled for a stand-in sender and thrown away."""

from __future__ import annotations

import re
from pathlib import Path

from dripcourse.courses.folders.folder import survey
from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.courses.linting.check import Finding
from dripcourse.domain.course import Course
from dripcourse.errors import DripcourseError
from dripcourse.mail.compile import compile_lesson
from dripcourse.mail.samples import BRAND

_FIELD = re.compile(r": ([a-z]+): ")
#: What the mail room calls the texts of a lesson, where the lesson file has another name for them.
_NAMES = {"passage": "body"}


def unsendable(folder: Path) -> list[Finding]:
    """An error for each lesson whose mail cannot be compiled, in the words of `publish`; of a folder without mistakes.

    Raises InputError where there is no folder to read.
    """
    found = survey(folder)
    return [] if found.course is None else [f for file in found.files for f in _refused(found.course, file)]


def _refused(course: Course, file: LessonFile) -> list[Finding]:
    if file.lesson is None:
        return []
    try:
        compile_lesson(course, file.lesson, BRAND)
    except DripcourseError as error:
        return [Finding("error", str(file.path), _line(file, str(error)), str(error))]
    return []


def _line(file: LessonFile, message: str) -> int:
    """The line of the text that the message names, the first where it names none."""
    named = _FIELD.search(message)
    return (file.line(_NAMES.get(named[1], named[1])) if named else 0) or 1
