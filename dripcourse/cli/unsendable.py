"""What `course check` says of the finished mails: refused by `publish`, or big. Each is compiled and thrown away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from dripcourse.cli.contrast import theme_findings
from dripcourse.courses.folders.folder import Survey, survey
from dripcourse.courses.folders.in_part import whole
from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.courses.linting.finding import ERROR, Finding
from dripcourse.courses.linting.refusals import about_lesson, course_line, line_of, without_place
from dripcourse.domain.course import Course, Lesson, LessonKind
from dripcourse.errors import DripcourseError
from dripcourse.mail.checks import html_bytes
from dripcourse.mail.compile import NOTICES, CompiledMail, compile_lesson, compile_notice, fill
from dripcourse.mail.samples import BRAND, VALUES

BIG_BYTES = 70_000  # Gmail clips somewhere above 100 kB and `publish` refuses 90,000; this leaves room to write on

_TOO_BIG = "the finished HTML has "  # how the mail room begins to say so; a test holds the two together
#: A mail with nothing of its own in it, and the whole safety note: what it is refused for is the course's.
_EMPTY = Lesson("welcome", LessonKind.WELCOME, 0, "Welcome", "A welcome.", body="Welcome.")

_Compile = Callable[[], CompiledMail]


def unsendable(folder: Path) -> list[Finding]:
    """Errors in the words of `publish`, and warnings of big mails and faint colours, in each language.

    A mistake elsewhere hides none of them: what cannot be read of the course is stood in for. Raises InputError where
    there is no folder to read.
    """
    found = survey(folder)
    themed, stand_ins = theme_findings(found.head), dict[str, Any]()
    if any(finding.level == ERROR for finding in themed):
        stand_ins["theme"] = {}  # every mail would be refused for it, in the same words
    logo = list(
        _frame(found, replace(whole(found), **stand_ins, footer="", safety_footer="", safety_note="", words={}))
    )
    if logo:
        stand_ins["logo"] = None
    return [*themed, *logo, *(x for edition in found.editions for x in _edition(edition, stand_ins))]


def _edition(found: Survey, stand_ins: Mapping[str, Any]) -> Iterator[Finding]:
    """The mails in one language. What all of them would be refused for is said once and then left out."""
    course = replace(whole(found), **stand_ins)
    wrong = list(_words(found, course))
    course = replace(course, words={} if wrong else course.words)
    footer = list(_frame(found, replace(course, safety_note="", safety_footer="")))
    note = list(_frame(found, replace(course, footer="")))
    course = replace(course, footer="" if footer else course.footer)
    course = replace(course, safety_note="", safety_footer="") if note else course
    yield from (*wrong, *footer, *note)
    for file in found.files:
        yield from dict.fromkeys(_lesson(course, file))  # what both passages are refused for, once
    for notice in NOTICES:
        yield from _notice(found, course, notice)


def _words(found: Survey, course: Course) -> Iterator[Finding]:
    """Each of the course's own words by itself; courses know no names of them, the mail room does."""
    for name, text in course.words.items():
        bare = Course(course.slug, course.title, course.language, (), words={name: text})
        yield from _of_course(found, bare, partial(compile_notice, bare, NOTICES[0], BRAND))


def _frame(found: Survey, course: Course) -> Iterator[Finding]:
    """What a mail without words of its own would be refused for."""
    yield from _of_course(found, course, partial(compile_lesson, course, _EMPTY, BRAND))


def _of_course(found: Survey, course: Course, make: _Compile) -> Iterator[Finding]:
    try:
        make()
    except DripcourseError as error:
        line = course_line(found.head, course, str(error))
        yield Finding("E_UNSENDABLE", str(found.head.path), line, without_place(course, str(error)))


def _lesson(course: Course, file: LessonFile) -> Iterator[Finding]:
    lesson = file.lesson
    for instead in (False, True) if lesson and lesson.instead else (False,):
        part = "instead" if instead else "body"
        if lesson:
            yield from _mail(course, file, part, partial(compile_lesson, course, lesson, BRAND, instead=instead))


def _mail(course: Course, file: LessonFile, part: str, make: _Compile) -> Iterator[Finding]:
    try:
        size = html_bytes(fill(make(), VALUES).html)
    except DripcourseError as error:
        code = "E_SIZE" if _TOO_BIG in str(error) else "E_UNSENDABLE"
        line = line_of(file, about_lesson(course, file, str(error)), instead=part == "instead")
        yield Finding(code, str(file.path), line, str(error))
        return
    if size > BIG_BYTES:
        text = f"the finished HTML has {size:,} bytes, and Gmail clips mails at about 102,000; split the lesson in two"
        yield Finding("W_SIZE", str(file.path), file.line(part), text)


def _notice(found: Survey, course: Course, template: str) -> Iterator[Finding]:
    try:
        compile_notice(course, template, BRAND)
    except DripcourseError as error:
        yield Finding("E_UNSENDABLE", str(found.head.path), course_line(found.head, course, str(error)), str(error))
