"""Publishes a course: compiles every lesson once, shows who would get what next, then moves people to the new version.

plan_publication -> Publication (printed first) ; publish: compile | write version | re-plan runs under way
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from dripcourse.domain.course import Course
from dripcourse.domain.enrollment import Delivery, Enrollment, Step
from dripcourse.domain.progress import Rule, next_step
from dripcourse.domain.states import ENDED, HANDLED, DeliveryState, EnrollmentState
from dripcourse.errors import NotFound, Refused
from dripcourse.mail.brand import Brand, for_course
from dripcourse.mail.compile import compile_lesson
from dripcourse.storage import courses, deliveries, enrollments, events
from dripcourse.storage.database import Database, Transaction
from dripcourse.storage.events import Event

_BATCH = 1000
_OPEN = {DeliveryState.SENDING, DeliveryState.RETRY, DeliveryState.UNKNOWN}


@dataclass(frozen=True)
class Publication:
    """What publishing would do. `moves` counts runs by (next lesson now, next lesson then); None means finished."""

    slug: str
    number: int  # of the version it would become
    unchanged: bool
    moves: dict[tuple[str | None, str | None], int]
    dropped: tuple[str, ...]  # keys that the new version no longer has

    @property
    def people(self) -> int:
        """How many runs under way there are."""
        return sum(self.moves.values())


def plan_publication(db: Database, course: Course, brand: Brand, rule: Rule) -> Publication:
    """What `publish` would do at this moment. Changes nothing."""
    with db.reading() as tx:
        current = _current(tx, course.slug)
        if current is None:
            return Publication(course.slug, 1, False, {}, ())
        moves = Counter(
            (one.next_key, after.next_key) for one, after in _moves(tx, current.course_id, steps(course), rule)
        )
        there = {lesson.key for lesson in course.lessons}
        dropped = tuple(step.key for step in current.steps if step.key not in there)
        same = current.content_hash == fingerprint(course, brand)
        return Publication(course.slug, current.number + 1, same, dict(moves), dropped)


def publish(
    db: Database, course: Course, brand: Brand, rule: Rule, now: datetime, *,
    how: str = "cli", progress: Callable[[], None] = lambda: None, compiled: bool = True,
) -> courses.Version:  # fmt: skip
    """Compile and publish. Raises InputError where a mail may not be sent as it is: then nothing is published.

    `compiled=False` leaves the mails out (simulations never look at them).
    """
    mails: dict[str, dict[str, Any]] = {}
    for lesson in course.lessons if compiled else ():
        mails[lesson.key] = asdict(compile_lesson(course, lesson, brand))
        progress()
    own = for_course(brand, course)
    shown = {"name": own.name, "from_address": own.from_address, "reply_to": own.reply_to}
    with db.writing() as tx:
        current = _current(tx, course.slug)
        if current is not None and current.content_hash == fingerprint(course, brand):
            raise Refused(f"{course.slug} is published exactly like this already (version {current.number})")
        version = courses.add_version(
            tx, course, content_hash=fingerprint(course, brand), rule=rule, mails=mails,
            data={"brand": shown, "title": course.title, "language": course.language}, at=now,
        )  # fmt: skip
        moved = _move_runs(tx, version, rule, now)
        data = {"course": course.slug, "version": version.number, "rule": rule.value, "runs": moved}
        events.record(tx, [Event(now, "published", how, data=data)])
    return version


def steps(course: Course) -> tuple[Step, ...]:
    """The course's lessons as the engine sees them."""
    return tuple(Step(lesson.key, index, lesson.scheduled) for index, lesson in enumerate(course.lessons))


def fingerprint(course: Course, brand: Brand) -> str:
    """SHA-256 over everything that reaches a reader: the course and the sender shown."""
    value = [asdict(course), asdict(for_course(brand, course))]
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def _current(tx: Transaction, slug: str) -> courses.Version | None:
    try:
        return courses.get_version(tx, courses.find(tx, slug).version_id)
    except NotFound:
        return None


def _move_runs(tx: Transaction, version: courses.Version, rule: Rule, now: datetime) -> int:
    if rule is Rule.PIN:
        return 0
    moved = 0
    ledger: list[Event] = []
    for one, after in _moves(tx, version.course_id, version.steps, rule, lock=True):
        enrollments.save(tx, [replace(after, version_id=version.id)], now)
        moved += 1
        if after.next_key != one.next_key:
            data = {"version": version.number, "from": one.next_key, "to": after.next_key}
            ledger.append(Event(now, "course-changed", "engine", one.subscriber_id, one.id, data))
    events.record(tx, ledger)
    return moved


def _moves(
    tx: Transaction, course_id: int, new: Sequence[Step], rule: Rule, *, lock: bool = False
) -> Iterator[tuple[Enrollment, Enrollment]]:
    """(before, after) of every run under way, in bounded memory."""
    last_id = 0
    while batch := enrollments.after(tx, last_id, _BATCH, course_id=course_id):
        last_id = batch[-1].id
        going = [one.id for one in batch if one.state not in ENDED]
        held = enrollments.lock(tx, going) if lock else {one.id: one for one in batch if one.id in set(going)}
        rows = deliveries.of_enrollments(tx, going)
        for one_id in going:
            yield held[one_id], moved_to(held[one_id], new, rows[one_id], rule)


def moved_to(one: Enrollment, new: Sequence[Step], rows: Sequence[Delivery], rule: Rule) -> Enrollment:
    """The run on the new lessons: its next one by the rule, on the day it was planned for anyway.

    A lesson that is being tried stays the next one until it is settled, even where the new version dropped it: then
    it is passed over when its turn comes, and the ledger says so.
    """
    trying = any(row.lesson_key == one.next_key and row.state in _OPEN for row in rows)
    if rule is Rule.PIN or trying:
        return one
    had = {row.lesson_key for row in rows if row.state in HANDLED or row.state is DeliveryState.UNKNOWN}
    last = next((row.lesson_key for row in reversed(rows) if row.state in HANDLED), None)
    step = next_step(new, had, last, rule)
    if step is None:
        return replace(one, state=EnrollmentState.FINISHED, next_key=None, next_date=None, due_at=None)
    return replace(one, next_key=step.key)
