"""Every mail there is, as the engine sends it: each course, edition, lesson, opted-out passage and notice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from email.utils import format_datetime
from functools import cached_property

from dripcourse.courses.folders.folder import read_course
from dripcourse.data import folder
from dripcourse.domain.course import Course, Lesson
from dripcourse.flows import letters
from dripcourse.mail import mime
from dripcourse.mail.brand import Brand, for_course
from dripcourse.mail.compile import NOTICES, compile_lesson, compile_notice
from dripcourse.mail.prepared import Prepared, prepare
from dripcourse.mail.sentences import sentence
from dripcourse.mail.slots import CompiledMail, fill
from dripcourse.mail.wire import Head, message_id
from dripcourse.spelling import spell_day, spell_list, spell_weekday
from tests.judge.keys import signing
from tests.judge.people import PEOPLE
from tests.judge.specimen import Specimen

BRAND = Brand(
    name="Small Steps",
    from_address="course@course.example.com",
    reply_to="hello@course.example.com",
    postal_address="Small Steps\n12 Mill Lane\nSpringfield, VT 05156, USA",
    base_url="https://course.example.com",
    list_domain="lists.course.example.com",
)
FRAMES = ("de", "he")  # the flagship's layout is looked at in these languages, whatever its lessons speak
_TOKEN = "k3v9x2m4q7w1z8r5.Tq4mX0aLr7pYbN2cVd9KsA"
_SIGNED_UP, _SOON = date(2026, 9, 28), date(2026, 12, 3)


@dataclass(frozen=True)
class Letter:
    """One mail before it is anybody's."""

    name: str
    course: Course  # the edition
    mail: CompiledMail
    head: Head
    instead: bool = False
    day: int = 0

    @property
    def brand(self) -> Brand:
        """Who it is from."""
        return for_course(BRAND, self.course)

    @property
    def system(self) -> bool:
        """Whether it stands outside the course's sequence."""
        return self.head.kind == "system"

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


def all_letters(courses: Sequence[Course]) -> list[Letter]:
    """Every mail of the courses, in each of their languages."""
    return [letter for course in courses for edition in course.editions for letter in letters_of(edition)]


def frames(course: Course) -> list[Letter]:
    """One mail of each kind in each of FRAMES, for the layout: the frame's language is not the lessons'."""
    found = []
    for language in FRAMES:
        told = {}
        for letter in letters_of(replace(course, language=language, translations=(), words={})):
            told.setdefault((letter.mail.template, letter.instead), letter)
        found += [replace(letter, name=f"{letter.name} (frame)") for letter in told.values()]
    return found


def letters_of(edition: Course) -> Iterator[Letter]:
    """Each lesson, each passage for those who opted out, and each notice of one edition."""
    brand = for_course(BRAND, edition)
    for lesson in edition.lessons:
        head = _lesson_head(edition, lesson, brand)
        for instead in (False, True) if lesson.instead else (False,):
            mail = compile_lesson(edition, lesson, BRAND, instead=instead)
            yield Letter(_name(edition, lesson.key, instead), edition, mail, head, instead, lesson.day)
    for template in NOTICES:
        head = Head(
            from_name=brand.name, from_address=brand.from_address, reply_to=brand.reply_to, kind="system"
        )  # as flows.letters.notice_letter has it
        yield Letter(_name(edition, f"[{template}]"), edition, compile_notice(edition, template, BRAND), head)


def specimens(found: Sequence[Letter], now: datetime) -> list[Specimen]:
    """Each letter for one person, the people in turns."""
    return [specimen(letter, *PEOPLE[at % len(PEOPLE)], now) for at, letter in enumerate(found)]


def for_everybody(letter: Letter, now: datetime) -> Iterator[Specimen]:
    """The letter for each of the people, unsigned: their own bytes come first, a signature of any is like another."""
    prepared = prepare(letter.mail, letter.head)
    for name, address in PEOPLE:
        yield specimen(letter, name, address, now, prepared, sign=False)


def specimen(
    letter: Letter, name: str, address: str, now: datetime, prepared: Prepared | None = None, *, sign: bool = True
) -> Specimen:
    """The letter for one person, dated `now`. Raises InputError for an address that cannot be mailed."""
    merged = values(letter, address)
    raw = (prepared or prepare(letter.mail, letter.head)).wire(
        to_address=address,
        to_name=name,
        date=now,
        message_id=message_id(f"{letter.name}/{address}", letter.brand.domain),
        one_click_url=None if letter.system else f"{BRAND.base_url}/one-click/{_TOKEN}",
        values=merged,
    )
    return Specimen(
        name=letter.name,
        course=letter.course.slug,
        language=letter.course.language,
        kind=letter.mail.template,
        raw=signing(letter.brand.domain).signed(raw, now) if sign else raw,
        sent_at=format_datetime(now.replace(microsecond=0)),
        domain=letter.brand.domain,
        preheader=letter.mail.preheader,
        merged=merged,
        needed=(letter.brand.name, *(line.strip() for line in letter.brand.postal_address.splitlines())),
        source=letter.source,
        images=(letter.course.logo.url,) if letter.course.logo else (),
        system=letter.system,
        longest_html=letter.longest_html,
    )


def values(letter: Letter, address: str) -> dict[str, str]:
    """A value for every slot, in the mail's language."""
    links = ("leave", "me", "confirm", "decline", "undo")
    return {f"{name}_url": f"{BRAND.base_url}/{name}/{_TOKEN}" for name in links} | {
        "recipient": address,
        "signed_up": spell_day(_SIGNED_UP, letter.course.language),
        "sentence": told(letter),
    }


def told(letter: Letter) -> str:
    """The one sentence about the reader: he has tapped something every day, and sometimes Not today."""
    language = letter.course.language
    soon = spell_weekday(_SOON, language)
    if letter.mail.template == "paused":
        return sentence("paused_until", language, when=soon)
    if letter.mail.template == "resumed":
        return sentence("next_at", language, when=soon, hour="08:00")
    days = range(1, max(letter.day, 3))
    done, not_today = [str(day) for day in days if day % 3], [str(day) for day in days if day % 3 == 0]
    if not not_today:
        return sentence("taps_done", language, done=spell_list(done, language))
    return sentence("taps_both", language, done=spell_list(done, language), not_today=spell_list(not_today, language))


def longest(mail: CompiledMail) -> bytes:
    """The HTML part as sent with the longest real values: an address of 254, a host of 100, a sentence of 30 days."""
    base = "https://" + ".".join(["h" * 45, "i" * 42, "example.com"])
    wide = {f"{name}_url": f"{base}/{name}/{'t' * 87}" for name in ("leave", "me", "confirm", "decline", "undo")}
    days = ", ".join(str(day) for day in range(1, 31))
    wide |= {"recipient": "&" * 64 + "@" + "d" * 189, "signed_up": "28 September 2026", "sentence": f"{days} " * 3}
    return mime.body(fill(mail, wide).html)[1]


def clock() -> datetime:
    """Now, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def _lesson_head(edition: Course, lesson: Lesson, brand: Brand) -> Head:
    return letters._lesson_head(brand, edition.slug, edition.title, lesson.key)


def _name(edition: Course, key: str, instead: bool = False) -> str:
    return f"{edition.slug} {edition.language} {key}{' (instead)' if instead else ''}"
