"""One sound mail, and mails that are wrong in one way each: what the judges are judged by. No tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

from tests.judge import everything, hebrew
from tests.judge.house import LEAVE_ADDRESS
from tests.judge.mails import Letter, letters_of, specimen
from tests.judge.people import PEOPLE
from tests.judge.specimen import Specimen
from tests.mail import material

NOW = datetime(2026, 9, 28, 6, 0, tzinfo=UTC)
LESSON = replace(
    material.LESSON,
    preheader="One question, no repairs, and five minutes of your evening.",
    body="Listening costs nothing, says [a page about it](https://example.org/page?a=1).\n\n"
    + "Most people remember what they were told. Few remember what was said to them in passing. " * 6,
)
COURSE = replace(material.COURSE, lessons=(LESSON, *material.COURSE.lessons[1:]))


@cache
def _made() -> dict[str, Letter]:
    return {letter.key: letter for letter in letters_of(COURSE)}


@cache
def in_hebrew() -> Letter:
    """A lesson in Hebrew in which no judge finds anything."""
    return next(one for one in letters_of(hebrew.COURSE) if one.key == "five-minutes")


def letter(key: str = LESSON.key) -> Letter:
    """A lesson in which no judge finds anything, or the mail of another key or template."""
    return _made()[key]


@cache
def mailed() -> Letter:
    """A lesson from a house that takes mails that unsubscribe, in which no judge finds anything."""
    return next(one for one in letters_of(COURSE, LEAVE_ADDRESS) if one.key == LESSON.key)


@cache
def personal() -> Letter:
    """A lesson that mentions its reader wherever an author may, in which no judge finds anything."""
    return next(one for one in letters_of(everything.COURSE) if one.key == "personal")


def notice() -> Letter:
    """A mail outside the list."""
    return letter("confirm")


def sound(one: Letter | None = None) -> Specimen:
    """That lesson for a plain person."""
    return specimen(one or letter(), *PEOPLE[0], NOW)


def with_raw(old: bytes, new: bytes, mail: Specimen | None = None) -> Specimen:
    """The mail with other bytes, signed by nobody anew; they must have been there."""
    mail = mail or sound()
    assert old in mail.raw, old
    return replace(mail, raw=mail.raw.replace(old, new, 1))


def with_part(part: str, old: str, new: str, one: Letter | None = None) -> Specimen:
    """The lesson with other words in its `html` or `text`, made and signed anew."""
    one = one or letter()
    before = getattr(one.mail, part)
    assert old in before, old
    return sound(replace(one, mail=replace(one.mail, **{part: before.replace(old, new)})))
