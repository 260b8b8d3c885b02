"""Takes a batch of an import in at once, with the result that line by line would have had; reads no file.

What the database knows of the batch's people is read first; each line is decided on that and on the lines before it;
then everything is written. The rules are those of flows.enroll for an admin's `subscriber add` and `enrollment add`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dripcourse.addresses import EmailAddress
from dripcourse.domain.fingerprint import Fingerprints
from dripcourse.domain.plan import Plan
from dripcourse.domain.progress import slot_for
from dripcourse.domain.states import ENDED
from dripcourse.errors import DripcourseError, Refused
from dripcourse.flows import privacy
from dripcourse.flows.books import Shelf
from dripcourse.flows.enroll import BY_ADMIN, clean_name
from dripcourse.storage import bulk, courses
from dripcourse.storage.bulk import Person, Start, Words
from dripcourse.storage.courses import CourseRow
from dripcourse.storage.database import Transaction

_WORDS = Words(how="cli", wording=BY_ADMIN, source={"import": "csv"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line that could be read: who, and the course (slug, or "") he shall be in at which plan."""

    line: int
    address: EmailAddress
    name: str
    plan: Plan
    slug: str
    language: str = ""  # of the course's; "" its own
    without: str = ""  # keys of perspectives, by comma


@dataclass
class Taken:
    """What became of a batch. `people` counts its lines that were done; the refused ones have line and reason."""

    people: int = 0
    enrolled: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def take_in(
    tx: Transaction,
    shelf: Shelf,
    entries: Sequence[Entry],
    now: datetime,
    known: Fingerprints = Fingerprints(()),
) -> Taken:
    """Add and enroll; refused lines leave nothing. Raises bulk.Overtaken where somebody else adds one of them."""
    batch = _Batch(tx, shelf, entries, now)
    batch.refuse(privacy.erased_among(tx, known, [entry.address.key for entry in entries]))
    taken = Taken()
    for entry in entries:
        try:
            batch.add(entry)
        except DripcourseError as error:
            taken.refused.append((entry.line, str(error)))
    bulk.write(tx, batch.people, batch.confirm, batch.runs, _WORDS, now)
    taken.people, taken.enrolled = len(entries) - len(taken.refused), len(batch.runs)
    return taken


class _Batch:
    """What is known of the people of a batch, and what is to be written."""

    def __init__(self, tx: Transaction, shelf: Shelf, entries: Sequence[Entry], now: datetime) -> None:
        self._tx, self._shelf, self._now = tx, shelf, now
        keys = list({entry.address.key for entry in entries})
        self._known = bulk.known(tx, keys)
        self._suppressed = bulk.suppressed(tx, keys)
        self._courses: dict[str, CourseRow] = {}
        self._starts: dict[tuple[str, Plan, str, str], Start] = {}
        self.people: list[Person] = []
        self.confirm: list[Person] = []
        self.runs: list[tuple[Person, Start]] = []

    def refuse(self, erased: Mapping[str, str]) -> None:
        """Take nobody in again who was erased: reasons by address key."""
        self._suppressed |= erased

    def add(self, entry: Entry) -> None:
        """Note what this line adds. Raises DripcourseError where it is refused; then it adds nothing."""
        known = self._known.get(entry.address.key)
        person = known if known is not None and known.confirmed and entry.slug else self._vouched(entry, known)
        if entry.slug:
            course = self._course(entry.slug)
            self._may_begin(person, course)
            start = self._start(course, entry)
            self.runs.append((person, start))
            person.runs[course.id] = ["active"]
        if known is None:
            self._known[person.key] = person
            self.people.append(person)
        elif not known.confirmed:
            self.confirm.append(person)
        person.confirmed = True

    def _vouched(self, entry: Entry, known: Person | None) -> Person:
        """As `add_subscriber`: a new person, or one who was pending. Raises Refused or InputError (the name)."""
        why = self._suppressed.get(entry.address.key)
        if why:
            raise Refused(f"{entry.address.text} is suppressed ({why}); nothing is sent there")
        if known is not None and known.confirmed:
            raise Refused(f"{entry.address.text} is a subscriber already")
        return known or Person(entry.address.text, entry.address.key, clean_name(entry.name))

    def _may_begin(self, person: Person, course: CourseRow) -> None:
        """As `enroll`, but for a second run: nobody on an old line of the file has asked for the course once more."""
        states = person.runs.get(course.id)
        ended = [state for state in states or () if state in ENDED]
        if ended:
            raise Refused(
                f"{person.address} was in {course.slug} already ({ended[-1]}); an import begins no second run"
            )
        why = self._suppressed.get(person.key)
        if why:
            raise Refused(f"{person.address} cannot be enrolled: {why}")
        if states:
            raise Refused(f"{person.address} is in {course.slug} already ({states[-1]}); use `enrollment restart`")

    def _course(self, slug: str) -> CourseRow:
        """The course, held until the batch is written: no publication may change its version. Raises NotFound."""
        if slug not in self._courses:
            self._courses[slug] = courses.share(self._tx, courses.find(self._tx, slug).id)
        return self._courses[slug]

    def _start(self, course: CourseRow, entry: Entry) -> Start:
        """Where a run like this begins: it depends on nothing else of the line, so it is found once for all alike.

        Raises InputError for a language or a perspective the course does not offer.
        """
        plan, key = entry.plan, (course.slug, entry.plan, entry.language, entry.without)
        if key not in self._starts:
            book = self._shelf.book(self._tx, course.version_id)
            first, chosen = book.steps[0], book.choice(entry.language, entry.without)
            slot = slot_for(first, plan, after=None, not_before=self._now)
            self._starts[key] = Start(
                course.id,
                course.version_id,
                course.slug,
                plan,
                first.key,
                (slot.day, slot.at),
                book.may_be_quiet(0),
                *chosen,
            )
        return self._starts[key]
