"""What `course check` says of the finished mails: refused by `publish`, or big. Each is compiled and thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from dripcourse.cli.contrast import theme_findings
from dripcourse.courses.folders.folder import survey
from dripcourse.courses.folders.in_part import whole
from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.courses.linting.finding import ERROR, Finding
from dripcourse.courses.linting.refusals import about_lesson, line_of
from dripcourse.domain.course import Course
from dripcourse.errors import DripcourseError
from dripcourse.mail.checks import html_bytes
from dripcourse.mail.compile import compile_lesson, fill
from dripcourse.mail.samples import BRAND, VALUES

BIG_BYTES = 70_000  # Gmail clips somewhere above 100 kB and `publish` refuses 90,000; this leaves room to write on

_TOO_BIG = "the finished HTML has "  # how the mail room begins to say so; a test holds the two together


def unsendable(folder: Path) -> list[Finding]:
    """Errors in the words of `publish`, and warnings of big mails and faint colours.

    A mistake elsewhere hides none of them: what cannot be read of the course is stood in for. Raises InputError where
    there is no folder to read.
    """
    found = survey(folder)
    themed, course = theme_findings(found.head), whole(found)
    if any(finding.level == ERROR for finding in themed):
        course = replace(course, theme={})  # every mail would be refused for it, in the same words
    return [*themed, *(finding for file in found.files for finding in _mail(course, file))]


def _mail(course: Course, file: LessonFile) -> Iterator[Finding]:
    if file.lesson is None:
        return
    try:
        size = html_bytes(fill(compile_lesson(course, file.lesson, BRAND), VALUES).html)
    except DripcourseError as error:
        code = "E_SIZE" if _TOO_BIG in str(error) else "E_UNSENDABLE"
        line = line_of(file, about_lesson(course, file, str(error)))
        yield Finding(code, str(file.path), line, str(error))
        return
    if size > BIG_BYTES:
        text = f"the finished HTML has {size:,} bytes, and Gmail clips mails at about 102,000; split the lesson in two"
        yield Finding("W_SIZE", str(file.path), file.line("body"), text)
