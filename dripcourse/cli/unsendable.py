"""What `course check` says of the finished mails: refused by `publish`, or big. Each is compiled and thrown away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from dripcourse.cli.contrast import theme_findings
from dripcourse.courses.folders.folder import survey
from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.courses.linting.finding import ERROR, Finding
from dripcourse.domain.course import Course
from dripcourse.errors import DripcourseError
from dripcourse.mail import mime
from dripcourse.mail.compile import compile_lesson, fill
from dripcourse.mail.samples import BRAND, VALUES
from dripcourse.mail.slots import CompiledMail

BIG_BYTES = 70_000  # Gmail clips somewhere above 100 kB and `publish` refuses 90,000; this leaves room to write on

_FIELD = re.compile(r": ([a-z]+): ")
#: What the mail room calls the texts of a lesson, where the lesson file has another name for them.
_NAMES = {"passage": "body"}
_TOO_BIG = "the finished HTML has "  # how the mail room begins to say so; a test holds the two together


def unsendable(folder: Path) -> list[Finding]:
    """Errors in the words of `publish`, and warnings of big mails and faint colours; of a folder without mistakes.

    Raises InputError where there is no folder to read.
    """
    found = survey(folder)
    if found.course is None:
        return []
    themed = theme_findings(found.head)
    if any(finding.level == ERROR for finding in themed):
        return themed  # every mail would be refused for it, in the same words
    return [*themed, *(finding for file in found.files for finding in _mail(found.course, file))]


def html_bytes(mail: CompiledMail) -> int:
    """Bytes of the HTML part as it is sent to somebody: styles and links put in, decoded or encoded, the larger."""
    page = fill(mail, VALUES).html
    return max(len(page.encode("utf-8")), len(mime.body(page)[1]))


def _mail(course: Course, file: LessonFile) -> Iterator[Finding]:
    if file.lesson is None:
        return
    try:
        size = html_bytes(compile_lesson(course, file.lesson, BRAND))
    except DripcourseError as error:
        code = "E_SIZE" if _TOO_BIG in str(error) else "E_UNSENDABLE"
        yield Finding(code, str(file.path), _line(file, str(error)), str(error))
        return
    if size > BIG_BYTES:
        text = f"the finished HTML has {size:,} bytes, and Gmail clips mails at about 102,000; split the lesson in two"
        yield Finding("W_SIZE", str(file.path), file.line("body"), text)


def _line(file: LessonFile, message: str) -> int:
    """The line of the text that the message names, the first where it names none."""
    named = _FIELD.search(message)
    return (file.line(_NAMES.get(named[1], named[1])) if named else 0) or 1
