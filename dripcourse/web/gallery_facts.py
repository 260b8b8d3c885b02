"""What an author wants to know of one mail: lengths, size, reading time, what an inbox cuts. It judges no words."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from dripcourse.courses.linting.lengths import WORDS_A_MINUTE, words_of
from dripcourse.domain.course import Lesson, LessonKind
from dripcourse.domain.mentions import for_most
from dripcourse.mail.checks import MAX_BYTES
from dripcourse.web.gallery_exhibits import Exhibit

SUBJECT = 45
PREHEADER = range(40, 91)
WORDS = range(150, 301)
#: Characters that are seen in an inbox before it cuts: subject, then subject and preheader together.
DESKTOP = (70, 130)
PHONE = (40, 125)
#: When each of the mails outside the course is sent.
_NOTICES = {
    "already": "after a sign-up of somebody who is in the course already",
    "confirm": "asks who signed up whether it was he",
    "data": "has the link to the file of what is kept of its reader",
    "erase": "has the link by which its reader is erased",
    "left": "says that no more will come, and how to undo it",
    "paused": "says until when no lesson comes",
    "pick-up": "after some days without an answer, at most twice",
    "resumed": "says when the next lesson comes",
}
_JOINERS = "\u200d\ufe0f\ufe0e"


@dataclass(frozen=True)
class Fact:
    """A line of the table. `wanted` is what is good, "" where anything is; `fine` says whether it is so."""

    label: str
    value: str
    wanted: str = ""
    fine: bool = True


@dataclass(frozen=True)
class Teaser:
    """Subject and preheader as far as one kind of inbox shows them."""

    subject: str
    preheader: str


def facts(exhibit: Exhibit) -> tuple[Fact, ...]:
    """All facts of a mail, in the order they are shown; none of one that cannot be made."""
    if exhibit.made is None:
        return ()
    size = exhibit.made.size
    sized = Fact("Size", f"{size:,} bytes", f"up to {MAX_BYTES:,}; more is clipped", size <= MAX_BYTES)
    if exhibit.lesson is None:
        kind = Fact("Kind", f"{exhibit.notice}: {_NOTICES[exhibit.notice]}")
        words = Fact("Words", "of words.toml, or your own in [words]")
        return (kind, *head_facts(exhibit.subject, exhibit.preheader), words, sized)
    return (*_of_lesson(exhibit.lesson, instead=exhibit.instead), sized)


def _of_lesson(lesson: Lesson, *, instead: bool) -> tuple[Fact, ...]:
    words = words_of(lesson)
    sized = lesson.kind is LessonKind.LESSON
    return (
        Fact("Day", str(lesson.day) if lesson.scheduled else "0: sent at once, before the first lesson"),
        Fact("Kind", lesson.kind.value),
        Fact("Key", lesson.key),
        *((Fact("Readers", "those who opted out of its perspective"),) if instead else ()),
        *head_facts(for_most(lesson.subject), for_most(lesson.preheader)),
        Fact(
            "Words",
            f"{words:,}",
            f"{WORDS.start} to {WORDS.stop - 1} in a lesson" if sized else "",
            not sized or words in WORDS,
        ),
        Fact("Reading time", f"{spell_seconds(round(words * 60 / WORDS_A_MINUTE))} at {WORDS_A_MINUTE} words a minute"),
    )


def head_facts(subject: str, preheader: str) -> tuple[Fact, Fact]:
    """The two facts that an inbox shows."""
    fits, reads = len(subject) <= SUBJECT, len(preheader) in PREHEADER
    well = f"{PREHEADER.start} to {PREHEADER.stop - 1} read well"
    return (
        Fact("Subject", f"{len(subject)} characters", f"up to {SUBJECT} fit a phone", fits),
        Fact("Preheader", f"{len(preheader)} characters", well, reads),
    )


def teaser(subject: str, preheader: str, room: tuple[int, int]) -> Teaser:
    """What is seen in an inbox with this much room: characters for the subject, and for both together."""
    shown = cut(subject, room[0])
    return Teaser(shown, cut(preheader, room[1] - len(shown)))


def cut(text: str, limit: int) -> str:
    """`text` in at most `limit` characters, with … where it was cut; no accent or joined emoji is torn off."""
    if len(text) <= limit:
        return text
    end = limit - 1
    while end > 0 and (_leans(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    return text[:end].rstrip() + "…"


def _leans(character: str) -> bool:
    return unicodedata.combining(character) != 0 or character in _JOINERS or "\U0001f3fb" <= character <= "\U0001f3ff"


def spell_seconds(seconds: int) -> str:
    """Such as "46 s" or "1 min 20 s"."""
    minutes, rest = divmod(seconds, 60)
    return (
        " ".join(part for part in (f"{minutes} min" if minutes else "", f"{rest} s" if rest else "") if part) or "0 s"
    )
