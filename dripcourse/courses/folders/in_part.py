"""As much of a course as can be read, with stand-ins for the rest, for looking at it. Never for publishing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dripcourse.courses.folders.folder import Survey
from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.domain.course import Course, Lesson, LessonKind


def whole(found: Survey) -> Course:
    """The course, or as much of it as can be read: a broken lesson keeps its day, so that the others count right."""
    if found.course is not None:
        return found.course
    lessons = {file.day: file.lesson or _gap(file) for file in found.files}  # a day is one lesson
    translations = tuple(map(whole, found.translations))
    values = found.head.course_values
    return replace(nothing(found.path), **values, lessons=tuple(lessons.values()), translations=translations)


def nothing(folder: Path) -> Course:
    """A course of no lessons, named after its folder."""
    name = folder.resolve().name.encode("utf-8", "replace").decode()  # a name of a folder may be no Unicode
    return Course("course", name or "Course", "en", ())


def _gap(file: LessonFile) -> Lesson:
    last = LessonKind.COMPLETION if file.name_key == "completion" else LessonKind.LESSON
    return Lesson(file.name_key, file.kind or (last if file.day else LessonKind.WELCOME), file.day, "")
