"""Every mail there is, as the engine sends it: each course, edition, lesson, opted-out passage and notice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from email.utils import format_datetime
from functools import cached_property

from dripcourse.courses.folders.folder import read_course
from dripcourse.data import folder
from dripcourse.domain.course import Course, LessonKind
from dripcourse.domain.mentions import MOST, of_reader
from dripcourse.flows.publish import compile_course
from dripcourse.flows.sentences import taps_sentence
from dripcourse.mail import mime
from dripcourse.mail.brand import Brand, for_course
from dripcourse.mail.compile import NOTICES
from dripcourse.mail.sentences import sentence, spoken
from dripcourse.mail.slots import CompiledMail, fill, mentions, without_mentions
from dripcourse.mail.words import words
from dripcourse.spelling import spell_day, spell_weekday
from dripcourse.storage.courses import MailName
from tests.judge import house
from tests.judge.house import BRAND, SIGNED_UP, House
from tests.judge.people import PEOPLE
from tests.judge.specimen import Specimen
from tests.judge.ways import OUTSIDE, ways

_SOON = date(2026, 12, 3)
_SENTENCE_END, _MARKUP = re.compile(r"(?<=[.!?])\s+"), re.compile(r"[*_\[\]`#>]")
_QUIET = ("confirm", "left")  # mails that tell nothing of what the course is about


@dataclass(frozen=True)
class Letter:
    """One mail before it is anybody's."""

    name: str
    course: Course  # the edition
    key: str  # the lesson's, or a notice's template
    mail: CompiledMail
    house: House
    instead: bool = False

    @property
    def brand(self) -> Brand:
        """Who it is from."""
        return for_course(BRAND, self.course)

    @property
    def system(self) -> bool:
        """Whether it stands outside the course's list: it answers what somebody did at that moment."""
        return self.mail.template in OUTSIDE

    @cached_property
    def source(self) -> str:
        """All the author has written in this edition."""
        return repr(asdict(replace(self.course, translations=())))

    @cached_property
    def longest_html(self) -> bytes:
        """The HTML part as sent with the longest values there are."""
        return longest(self.mail)


def shipped() -> tuple[Course, ...]:
    """The courses in lessons/, by name."""
    return tuple(read_course(found.parent) for found in sorted(folder("lessons").glob("*/course.toml")))


def all_letters(courses: Sequence[Course], leave_address: str = "") -> list[Letter]:
    """Every mail of the courses, in each of their languages."""
    return [letter for course in courses for letter in letters_of(course, leave_address)]


def letters_of(course: Course, leave_address: str = "") -> Iterator[Letter]:
    """Each lesson, each passage for those who opted out, and each notice, in each language, as published."""
    home = house.published(course, leave_address)
    editions = {"": course} | {edition.language: edition for edition in course.translations}
    for name, mail in compile_course(course, BRAND):
        yield Letter(_name(editions[name.language], name), editions[name.language], name.key, mail, home, name.instead)


def specimens(found: Sequence[Letter], now: datetime) -> list[Specimen]:
    """Each letter for one person, the people in turns."""
    return [specimen(letter, *PEOPLE[at % len(PEOPLE)], now) for at, letter in enumerate(found)]


def for_everybody(letter: Letter, now: datetime) -> Iterator[Specimen]:
    """The letter for each of the people, unsigned: their own bytes come first, a signature of any is like another."""
    for name, address in PEOPLE:
        yield specimen(letter, name, address, now, sign=False)


def specimen(letter: Letter, name: str, address: str, now: datetime, *, sign: bool = True) -> Specimen:
    """The letter for one person, dated `now`. Raises InputError for an address that cannot be mailed."""
    person, told = house.subscriber(name, address), sentence_for(letter)
    raw = letter.house.wire(letter.mail, letter.key, person, now, told, sign=sign)
    course, brand = letter.course, letter.brand
    known = of_reader(person.name, person.fields)
    one_click, mailto = house.expected_clicks(letter.mail.template, letter.house.engine.leave_address)
    return Specimen(
        name=letter.name,
        course=course.slug,
        language=course.language,
        kind=letter.mail.template,
        raw=raw,
        sent_at=format_datetime(now.replace(microsecond=0)),
        domain=brand.domain,
        preheader=without_mentions(letter.mail.preheader, lambda mention: mention.told(known)),
        merged={
            **house.expected_urls(),
            "recipient": address,
            "signed_up": spell_day(SIGNED_UP.date(), spoken(course.language)),
            "sentence": told,
        },
        needed=(brand.name, *(line.strip() for line in brand.postal_address.splitlines()), *_warning(letter)),
        words=words(course.language, course.words),
        ways=ways(letter.mail.template, letter.key, words(course.language, course.words), house.expected_urls()),
        one_click=one_click,
        mailto=mailto,
        told=tuple(mention.told(known) for mention in mentions(letter.mail).values()),
        source=letter.source,
        images=(course.logo.url,) if course.logo else (),
        system=letter.system,
        discreet=bool(course.safety_note),
        longest_html=letter.longest_html,
    )


def sentence_for(letter: Letter) -> str:
    """The one sentence about the reader: he has tapped something every day, and every third day Not today."""
    language = letter.course.language
    if letter.mail.template in NOTICES:
        soon = spell_weekday(_SOON, spoken(language))
        if letter.mail.template == "paused":
            return sentence("paused_until", language, when=soon)
        return sentence("next_at", language, when=soon, hour="08:00")
    said = {one.key: "done" if one.day % 3 else "not-today" for one in letter.course.lessons}
    return taps_sentence(letter.house.book, language, letter.key, said)


def longest(mail: CompiledMail) -> bytes:
    """The HTML part as sent with the longest real values: an address of 254, a host of 100, a sentence of 30 days."""
    base = "https://" + ".".join(["h" * 45, "i" * 42, "example.com"])
    wide = {
        f"{name}_url": f"{base}/{name}/{'t' * 87}"
        for name in ("leave", "me", "confirm", "decline", "undo", "data", "erase")
    }
    days = ", ".join(str(day) for day in range(1, 31))
    wide |= {"recipient": "&" * 64 + "@" + "d" * 189, "signed_up": "28 September 2026", "sentence": f"{days} " * 3}
    wide["opt_in"] = "o" * 500
    return mime.body(fill(mail, wide, {mention.name: "&" * MOST for mention in mentions(mail).values()}).html)[1]


def clock() -> datetime:
    """Now, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def _warning(letter: Letter) -> tuple[str, ...]:
    """What of the safety note both parts must have: its first sentence, and all of it where the course looks back."""
    if letter.mail.template in _QUIET:
        return ()
    sentences = _SENTENCE_END.split(" ".join(letter.course.safety_note.split()))
    whole = letter.mail.template in (LessonKind.WELCOME, LessonKind.RECAP, LessonKind.COMPLETION)
    # What has markup reads differently in the two parts; the rule about equal words looks at it.
    return tuple(one for one in sentences[: None if whole else 1] if one and not _MARKUP.search(one))


def _name(edition: Course, name: MailName) -> str:
    key = f"[{name.key}]" if name.notice else name.key
    return f"{edition.slug} {edition.language} {key}{' (instead)' if name.instead else ''}"
