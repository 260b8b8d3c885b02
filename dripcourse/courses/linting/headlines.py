"""Rules for what an inbox shows of a mail: subject and preheader. The mail itself does not matter here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dripcourse.courses.codes import shorten
from dripcourse.courses.folders.folder import Survey
from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.courses.linting.finding import Finding
from dripcourse.courses.linting.weakness import Spot, Weakness
from dripcourse.courses.reading.decode import fold
from dripcourse.domain.course import Lesson
from dripcourse.domain.mentions import for_most

_SUBJECT = 45  # characters that a phone shows
_PREHEADER = range(40, 91)
_REPLY = re.compile(r"(?:re|aw|fwd?|wg|tr)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE)
_NUMBERED = re.compile(r"\w+\s+\d+\s*[:–—-]\s*")
_WORD = re.compile(r"[^\W\d_]{2,}")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55\u2b1b\u2b1c\u231a\u231b\u23e9-\u23fa\ufe0f\u20e3]")


def headlines(found: Survey) -> Iterator[Finding]:
    """Subjects: length, shouting, false replies, and the same one twice."""
    for file in found.files:
        for code, message in _subject(file.lesson) if file.lesson else ():
            yield Finding(code, str(file.path), file.line("subject"), message)
    yield from (weak.finding for weak in _repeated(found.files, "subject", "W_SUBJECT_REPEATED"))


def preheaders(found: Survey) -> Iterator[Weakness]:
    """Preheaders: length, the subject again, and the same one twice. Some may be the compiler's."""
    for file in found.files:
        for code, message in _preheader(file.lesson) if file.lesson else ():
            finding = Finding(code, str(file.path), file.line("preheader"), message)
            yield Weakness(finding, (Spot(file, "preheader"),))
    yield from _repeated(found.files, "preheader", "W_PREHEADER_REPEATED")


def _subject(lesson: Lesson) -> Iterator[tuple[str, str]]:
    subject = for_most(lesson.subject)
    if len(subject) > _SUBJECT:
        text = f"subject has {len(subject)} characters; phones show about {_SUBJECT}: shorten it"
        yield "W_SUBJECT_LONG", text
    if reply := _REPLY.match(subject):
        yield "W_SUBJECT_REPLY", f"subject begins with {reply[0]!r}, but nobody wrote first; take it out"
    if _shouts(_NUMBERED.sub("", subject, count=1)):
        yield "W_SUBJECT_CAPITALS", "subject is all capitals; filters and readers take that for shouting"
    if (marks := subject.count("!") + subject.count("！")) > 1:
        yield "W_SUBJECT_EXCLAIMS", f"subject has {marks} exclamation marks; one is plenty"
    if emoji := _EMOJI.search(subject):
        name = f"U+{ord(emoji[0]):04X}"
        yield "W_SUBJECT_EMOJI", f"subject has an emoji ({name}); screen readers spell it out: use words"


def _preheader(lesson: Lesson) -> Iterator[tuple[str, str]]:
    preheader = for_most(lesson.preheader)
    if len(preheader) not in _PREHEADER:
        advice = "say more" if len(preheader) < _PREHEADER.start else "shorten it"
        text = f"preheader has {len(preheader)} characters; 40 to 90 read well: {advice}"
        yield "W_PREHEADER_LENGTH", text
    told = _plain(_NUMBERED.sub("", lesson.subject, count=1)) or _plain(lesson.subject)
    if told and f" {told} " in f" {_plain(preheader)} " and (len(told.split()) > 2 or told == _plain(preheader)):
        yield "W_PREHEADER_ECHO", "preheader repeats the subject, which stands right before it; add to it"


def _repeated(files: tuple[LessonFile, ...], name: str, code: str) -> Iterator[Weakness]:
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
            finding = Finding(code, str(again[0].path), again[0].line(name), text)
            yield Weakness(finding, tuple(Spot(file, name) for file in (first, *again)))


def _shouts(subject: str) -> bool:
    """Two words in capitals and none without, or a long one; a single short one may be an acronym."""
    words = _WORD.findall(subject)
    return bool(words) and all(map(str.isupper, words)) and (len(words) > 1 or len(words[0]) > 5)


def _plain(line: str) -> str:
    return " ".join(re.findall(r"\w+", fold(line)))
