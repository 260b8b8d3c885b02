"""Days that a text names and that are not so any more, because files were moved or taken out. English texts only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dripcourse.courses.folders.folder import Survey, last_day
from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.courses.linting.finding import Finding
from dripcourse.courses.linting.texts import lesson_texts
from dripcourse.domain.course import LessonKind

_SUBJECT = re.compile(r"\s*day\s+(\d+)\b", re.IGNORECASE)
_ITEM = re.compile(r"^ {0,3}[-*+] +[*_]*day +(\d+)[*_]*:", re.IGNORECASE | re.MULTILINE)
_LISTS = (LessonKind.RECAP, LessonKind.COMPLETION)
_NO_DAY = (LessonKind.WELCOME, LessonKind.COMPLETION)  # "Day 1 is tomorrow" may be right there


def day_findings(found: Survey) -> Iterator[Finding]:
    """W_DAY: a subject that names another day than its file's, and a list of days that names one there is not."""
    days = range(1, last_day(found.files) + 1)
    for file in found.files:
        yield from _subject(file)
        yield from _listed(file, days)


def _subject(file: LessonFile) -> Iterator[Finding]:
    named = _SUBJECT.match(file.lesson.subject) if file.lesson and file.kind not in _NO_DAY else None
    if named and int(named[1]) != file.day:
        text = f"subject says day {int(named[1])}, but the file is that of day {file.day}; make them equal"
        yield Finding("W_DAY", str(file.path), file.line("subject"), text)


def _listed(file: LessonFile, days: range) -> Iterator[Finding]:
    for text in lesson_texts(file) if file.kind in _LISTS else ():
        for item in _ITEM.finditer(text.markdown):
            if int(item[1]) not in days:
                last = f"the course goes to day {days[-1]}" if days else "the course has no days"
                message = f"the list names day {int(item[1])}, but {last}; take it out or mend its number"
                yield Finding("W_DAY", text.path, text.line_at(item.start()), message)
