"""Rules for what an inbox shows of a mail: subject and preheader. The mail itself does not matter here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dripcourse.courses.codes import shorten
from dripcourse.courses.folders.folder import Survey
from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.courses.linting.finding import Finding
from dripcourse.courses.reading.decode import fold
from dripcourse.domain.course import Lesson

_SUBJECT = 45  # characters that a phone shows
_PREHEADER = range(40, 91)
_REPLY = re.compile(r"(?:re|aw|fwd?|wg|tr)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE)
_NUMBERED = re.compile(r"\w+\s+\d+\s*[:–—-]\s*")
_WORD = re.compile(r"[^\W\d_]{2,}")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55\u2b1b\u2b1c\u231a\u231b\u23e9-\u23fa\ufe0f\u20e3]")


def headlines(found: Survey) -> Iterator[Finding]:
    """Subjects and preheaders: length, shouting, false replies, and the same line twice."""
    for file in found.files:
        if file.lesson:
            for code, name, message in (*_subject(file.lesson), *_preheader(file.lesson)):
                yield Finding(code, str(file.path), file.line(name), message)
    yield from _repeated(found.files, "subject", "W_SUBJECT_REPEATED")
    yield from _repeated(found.files, "preheader", "W_PREHEADER_REPEATED")


def _subject(lesson: Lesson) -> Iterator[tuple[str, str, str]]:
    subject = lesson.subject
    if len(subject) > _SUBJECT:
        text = f"subject has {len(subject)} characters; phones show about {_SUBJECT}: shorten it"
        yield "W_SUBJECT_LONG", "subject", text
    if reply := _REPLY.match(subject):
        yield "W_SUBJECT_REPLY", "subject", f"subject begins with {reply[0]!r}, but nobody wrote first; take it out"
    if _shouts(_NUMBERED.sub("", subject, count=1)):
        yield "W_SUBJECT_CAPITALS", "subject", "subject is all capitals; filters and readers take that for shouting"
    if (marks := subject.count("!") + subject.count("！")) > 1:
        yield "W_SUBJECT_EXCLAIMS", "subject", f"subject has {marks} exclamation marks; one is plenty"
    if emoji := _EMOJI.search(subject):
        name = f"U+{ord(emoji[0]):04X}"
        yield "W_SUBJECT_EMOJI", "subject", f"subject has an emoji ({name}); screen readers spell it out: use words"


def _preheader(lesson: Lesson) -> Iterator[tuple[str, str, str]]:
    preheader = lesson.preheader
    if len(preheader) not in _PREHEADER:
        advice = "say more" if len(preheader) < _PREHEADER.start else "shorten it"
        text = f"preheader has {len(preheader)} characters; 40 to 90 read well: {advice}"
        yield "W_PREHEADER_LENGTH", "preheader", text
    told = _plain(_NUMBERED.sub("", lesson.subject, count=1)) or _plain(lesson.subject)
    if told and f" {told} " in f" {_plain(preheader)} " and (len(told.split()) > 2 or told == _plain(preheader)):
        yield "W_PREHEADER_ECHO", "preheader", "preheader repeats the subject, which stands right before it; add to it"


def _repeated(files: tuple[LessonFile, ...], name: str, code: str) -> Iterator[Finding]:
    """One finding for each line that comes again, at its second place; it names the others."""
    places: dict[str, list[LessonFile]] = {}
    for file in files:
        if file.lesson and (words := _plain(getattr(file.lesson, name))):
            places.setdefault(words, []).append(file)
    for first, *again in places.values():
        if again:
            days = ", ".join(str(file.day) for file in (first, *again))
            line = shorten(getattr(first.lesson, name), 50)
            text = f"{name} «{line}» stands on the days {days}; readers take it for a second copy: word each anew"
            yield Finding(code, str(again[0].path), again[0].line(name), text)


def _shouts(subject: str) -> bool:
    """Two words in capitals and none without, or a long one; a single short one may be an acronym."""
    words = _WORD.findall(subject)
    return bool(words) and all(map(str.isupper, words)) and (len(words) > 1 or len(words[0]) > 5)


def _plain(line: str) -> str:
    return " ".join(re.findall(r"\w+", fold(line)))
