"""Published versions kept in memory: they never change, so each is read from the database once a process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

from dripcourse.domain.course import Course, Logo
from dripcourse.domain.enrollment import Step
from dripcourse.domain.progress import Rule, next_step
from dripcourse.domain.silence import lessons_left
from dripcourse.domain.states import HANDLED, DeliveryState
from dripcourse.errors import InputError, NotFound
from dripcourse.mail.brand import Brand
from dripcourse.mail.compile import compile_notice
from dripcourse.mail.prepared import Prepared
from dripcourse.mail.slots import CompiledMail
from dripcourse.storage import courses, deliveries
from dripcourse.storage.courses import CourseRow, MailName, Version
from dripcourse.storage.database import Transaction


@dataclass(frozen=True, kw_only=True)
class Edition:
    """What a version keeps of the course in one language, for what is said outside its compiled mails."""

    language: str  # BCP 47
    title: str
    optional: Mapping[str, str] = field(default_factory=dict)  # option key -> perspective
    subjects: Mapping[str, str] = field(default_factory=dict)  # lesson key -> subject


@dataclass
class Book:
    """One version with its course, the sender its mails show, and the prepared messages made so far."""

    course: CourseRow
    version: Version
    letters: dict[MailName, Prepared] = field(default_factory=dict)  # made at the first use
    notices: dict[MailName, CompiledMail] = field(default_factory=dict)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The lessons in sending order."""
        return self.version.steps

    def goes_in_order(self, done: str) -> bool:
        """Whether the lesson after `done` is the same for every run of this version."""
        return self.version.rule is not Rule.BACKFILL and self.version.step(done) is not None

    def following(self, tx: Transaction, enrollment_id: int, done: str) -> Step | None:
        """The lesson after `done` for this run, None if it was the last.

        Where the order is the run's own, that is the next in order. After an edit that backfills, or that dropped
        `done`, it takes what the run has had; one had already is passed over when its turn comes.
        """
        place = next((i for i, step in enumerate(self.steps) if step.key == done), None)
        if place is not None and self.version.rule is not Rule.BACKFILL:
            return self.steps[place + 1] if place + 1 < len(self.steps) else None
        rows = deliveries.of_enrollment(tx, enrollment_id)
        had = {row.lesson_key for row in rows if row.state in HANDLED or row.state is DeliveryState.UNKNOWN}
        return next_step(self.steps, had | {done}, done, self.version.rule)

    def brand(self, installation: Brand) -> Brand:
        """The installation's brand as the course's mails show it: names fixed when the version was published."""
        return Brand(**{**installation.__dict__, **self.version.data.get("brand", {})})

    @property
    def theme(self) -> Mapping[str, str]:
        """The course's own values over the shipped theme; none where it was published before they were kept."""
        return dict(self.version.data.get("theme", {}))

    @property
    def logo(self) -> Logo | None:
        """The course's logo, as its mails show it."""
        kept = self.version.data.get("logo")
        return Logo(**kept) if kept else None

    @property
    def lessons(self) -> list[tuple[str, int, str]]:
        """(key, day, kind) of each lesson, in sending order."""
        known = self.version.data.get("lessons") or _as_before_0004(self.steps)
        return [(step.key, *known[step.key]) for step in self.steps]

    def edition(self, language: str) -> Edition:
        """The course in that language, "" for its own; in its own where it is not (any more) published in that one."""
        found = self.version.data.get("editions", {})
        own = {"language": self.version.data.get("language", "en"), "title": self.course.title}
        return Edition(**(found.get(language) or found.get("") or own))

    @property
    def days(self) -> int:
        """How many days the course has."""
        return max((day for _, day, kind in self.lessons if kind not in ("welcome", "completion")), default=0)

    def may_be_quiet(self, told: int, day: int = 0, *, welcomed: bool = False) -> int | None:
        """How many mails a reader may leave without a tap before he gets "pick up here" (domain.silence), after that
        day and so many such mails. None: he never gets one, as where the mails have nothing to tap.
        """
        left = lessons_left(day, self.days, told) if "lessons" in self.version.data else None
        return None if left is None else left + (not welcomed and not self.steps[0].scheduled)

    def offered(self, language: str, without: str) -> tuple[str, str]:
        """What of an earlier choice the course still offers: it may have been edited since."""
        there = [key for key in without.split(",") if key in self.edition("").optional]
        return self._published_in(language), ",".join(there)

    def choice(self, language: str, without: str) -> tuple[str, str]:
        """What a reader chose, as it is kept. Raises InputError for a language or an option there is none of."""
        editions = self.version.data.get("editions", {})
        own = self.edition("").language
        tags = {each.lower(): each for each in (own, *editions)}  # tags have no case (RFC 5646)
        language = tags.get(language.lower(), language)
        if language and language != own and language not in editions:
            there = ", ".join([own, *(each for each in editions if each)])
            raise InputError(f"{self.course.slug} is not published in {language!r}; it is in: {there}")
        wanted = [key for key in without.split(",") if key]
        unknown = [key for key in wanted if key not in self.edition("").optional]
        if unknown:
            there = ", ".join(self.edition("").optional) or "none"
            raise InputError(f"{self.course.slug} has no other passages for {unknown[0]!r}; there are: {there}")
        return "" if language == own else language, ",".join(sorted(set(wanted)))

    def which(self, key: str, language: str, without: str) -> MailName:
        """The mail of that lesson for a reader of that language who opted out of those perspectives (by comma)."""
        option = self.version.data.get("options", {}).get(key)
        return MailName(key, self._published_in(language), instead=option is not None and option in without.split(","))

    def notice(self, tx: Transaction, template: str, language: str, installation: Brand) -> CompiledMail:
        """The mail outside the sequence, in that language. Where it was not yet compiled at publication (before
        migration 0004), that is done here, once a process.
        """
        there = self._published_in(language)
        name = MailName(template, there, notice=True)
        if name not in self.notices:
            try:
                self.notices[name] = self.mail(tx, name)
            except NotFound:
                plain = Course(self.course.slug, self.course.title, self.edition(there).language, ())
                self.notices[name] = compile_notice(plain, template, self.brand(installation))
        return self.notices[name]

    def _published_in(self, language: str) -> str:
        """That language, "" (the course's own) where it is not, or no longer, published in it."""
        return language if language in self.version.data.get("editions", {}) else ""

    def mail(self, tx: Transaction, name: MailName) -> CompiledMail:
        """That compiled mail. Raises NotFound where the version has none."""
        return CompiledMail(**courses.mail_of(tx, self.version.id, name))


def _as_before_0004(steps: Sequence[Step]) -> dict[str, tuple[int, str]]:
    """(day, kind) of lessons of a version that did not keep them yet, by what their steps tell."""
    kinds = {step.key: "lesson" if step.scheduled else "welcome" for step in steps}
    kinds |= {step.key: "completion" for step in steps[-1:] if step.key == "completion"}
    first = 1 if all(step.scheduled for step in steps) else 0
    return {step.key: (place, kinds[step.key]) for place, step in enumerate(steps, first)}


class Shelf:
    """The books of one database; safe to share between threads."""

    def __init__(self) -> None:
        self._books: dict[int, Book] = {}
        self._lock = Lock()

    def book(self, tx: Transaction, version_id: int) -> Book:
        """The book of that version, read at the first call."""
        found = self._books.get(version_id)
        if found is None:
            version = courses.get_version(tx, version_id)
            found = Book(courses.by_id(tx, version.course_id), version)
            with self._lock:
                found = self._books.setdefault(version_id, found)
        return found
