"""Published versions kept in memory: they never change, so each is read from the database once a process."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

from dripcourse.domain.enrollment import Step
from dripcourse.domain.progress import Rule, next_step
from dripcourse.domain.states import HANDLED, DeliveryState
from dripcourse.mail.brand import Brand
from dripcourse.mail.prepared import Prepared
from dripcourse.mail.slots import CompiledMail
from dripcourse.storage import courses, deliveries
from dripcourse.storage.courses import CourseRow, Version
from dripcourse.storage.database import Transaction


@dataclass
class Book:
    """One version with its course, the sender its mails show, and the prepared messages made so far."""

    course: CourseRow
    version: Version
    letters: dict[str, Prepared] = field(default_factory=dict)  # by lesson key, made at the first use

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

    def mail(self, tx: Transaction, key: str) -> CompiledMail:
        """The compiled mail of that lesson. Raises NotFound where the version has none."""
        return CompiledMail(**courses.mail_of(tx, self.version.id, key))


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
