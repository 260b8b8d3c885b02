"""Publishes a course: compiles every lesson once, shows who would get what next, then moves people to the new version.

plan_publication -> Publication (printed first) ; publish: compile | switch the version, commit | move runs in batches
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from dripcourse.domain.course import Course
from dripcourse.domain.enrollment import Enrollment, Step
from dripcourse.domain.progress import Rule
from dripcourse.domain.states import ENDED
from dripcourse.errors import NotFound, Refused
from dripcourse.flows.moving import move_all, moved_to
from dripcourse.mail.brand import Brand, for_course
from dripcourse.mail.compile import NOTICES, compile_lesson, compile_notice
from dripcourse.mail.slots import CompiledMail
from dripcourse.storage import courses, deliveries, enrollments, events
from dripcourse.storage.courses import MailName, Version
from dripcourse.storage.database import Database, Transaction
from dripcourse.storage.events import Event

_BATCH = 1000
Mails = dict[MailName, dict[str, Any]]


@dataclass(frozen=True)
class Publication:
    """What publishing would do. `moves` counts runs by (next lesson now, next lesson then); None means finished."""

    slug: str
    number: int  # of the version it would become
    unchanged: bool
    moves: dict[tuple[str | None, str | None], int]
    edits: tuple[str, ...]  # what differs from the current version, one line a lesson

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
        if current.content_hash == fingerprint(course, brand) and _left_behind(tx, current):
            left = _moves(tx, current.course_id, current.steps, current.rule, not_on=current.id)
            return Publication(course.slug, current.number, False, _counted(left), ())
        moves = _counted(_moves(tx, current.course_id, steps(course), rule))
        same = current.content_hash == fingerprint(course, brand)
        return Publication(course.slug, current.number + 1, same, moves, edits(current, course))


def publish(
    db: Database, course: Course, brand: Brand, rule: Rule, now: datetime, *,
    how: str = "cli", progress: Callable[[], None] = lambda: None, compiled: bool = True,
) -> Version:  # fmt: skip
    """Compile, make the new version current, then move the runs under way to it, some hundred a transaction.

    Raises InputError where a mail may not be sent as it is: then nothing is published. Raises Refused where the course
    is published like this already; but where an earlier call died before it had moved everybody, it goes on with that.
    `progress` is called for each mail made (`number_of_mails`).
    `compiled=False` leaves the mails out (simulations never look at them).
    """
    mails: Mails = {}
    for name, mail in compile_course(course, brand) if compiled else ():
        mails[name] = asdict(mail)
        progress()
    if rule is Rule.PIN:  # who stays on the old version must have reached it: an earlier publication may have died
        with db.reading() as tx:
            before = _current(tx, course.slug)
        if before is not None:
            move_all(db, before, now)
    version = db.write(lambda tx: _switched(tx, course, brand, rule, mails, now, how))
    move_all(db, version, now)
    return version


def _switched(
    tx: Transaction, course: Course, brand: Brand, rule: Rule, mails: Mails, now: datetime, how: str
) -> Version:
    """The new version, current from the commit on; or the current one, where only its runs are still to be moved."""
    there = courses.hold(tx, course.slug)  # from here on nobody else publishes it, and no run begins
    current = None if there is None else courses.get_version(tx, there.version_id)
    if current is not None and current.content_hash == fingerprint(course, brand):
        if _left_behind(tx, current):
            return current
        raise Refused(f"{course.slug} is published exactly like this already (version {current.number})")
    own = for_course(brand, course)
    shown = {name: getattr(own, name) for name in ("name", "from_address", "reply_to", "postal_address")}
    version = courses.add_version(
        tx, course, content_hash=fingerprint(course, brand), rule=rule, mails=mails,
        data={"brand": shown, "prints": _prints(course), **_kept(course)}, at=now,
    )  # fmt: skip
    data = {"course": course.slug, "version": version.number, "rule": rule.value}
    events.record(tx, [Event(now, "published", how, data=data)])
    return version


def number_of_mails(course: Course) -> int:
    """How many `compile_course` makes."""
    passages = sum(1 + bool(each.option(lesson)) for each in course.editions for lesson in each.lessons)
    return passages + len(NOTICES) * len(course.editions)


def compile_course(course: Course, brand: Brand) -> Iterator[tuple[MailName, CompiledMail]]:
    """Every mail of the course: each lesson, each other passage and each notice, in each language, once.

    Raises InputError where one may not be sent as it is.
    """
    for edition in course.editions:
        language = "" if edition is course else edition.language
        for lesson in edition.lessons:
            yield MailName(lesson.key, language), compile_lesson(edition, lesson, brand)
            if edition.option(lesson):
                other = compile_lesson(edition, lesson, brand, instead=True)
                yield MailName(lesson.key, language, instead=True), other
        for template in NOTICES:
            yield MailName(template, language, notice=True), compile_notice(edition, template, brand)


def _kept(course: Course) -> dict[str, Any]:
    """What the version remembers of the course beside its mails (see `Book`)."""
    return {
        "title": course.title,
        "language": course.language,
        "theme": course.theme,
        "logo": asdict(course.logo) if course.logo else None,
        "lessons": {lesson.key: (lesson.day, lesson.kind.value) for lesson in course.lessons},
        "options": {lesson.key: option for lesson in course.lessons if (option := course.option(lesson))},
        "editions": {
            "" if each is course else each.language: {
                "language": each.language,
                "title": each.title,
                "optional": each.optional,
                "subjects": {lesson.key: lesson.subject for lesson in each.lessons},
            }
            for each in course.editions
        },
    }


def _left_behind(tx: Transaction, version: Version) -> bool:
    """Whether runs are still to be moved to that version, because whoever published it died too early."""
    return version.rule is not Rule.PIN and enrollments.any_behind(tx, version.course_id, version.id)


def _counted(moves: Iterator[tuple[Enrollment, Enrollment]]) -> dict[tuple[str | None, str | None], int]:
    return dict(Counter((one.next_key, after.next_key) for one, after in moves))


def steps(course: Course) -> tuple[Step, ...]:
    """The course's lessons as the engine sees them."""
    return tuple(Step(lesson.key, index, lesson.scheduled) for index, lesson in enumerate(course.lessons))


def edits(current: Version, course: Course) -> tuple[str, ...]:
    """What the course changes of that version, in words: new, dropped, moved and changed lessons."""
    before = {step.key: step.position for step in current.steps}
    after = {lesson.key: place for place, lesson in enumerate(course.lessons)}
    prints, known = _prints(course), current.data.get("prints", {})
    found = [f"{key} is new" for key in after if key not in before]
    found += [f"{key} is not in the course any more" for key in before if key not in after]
    stayed = [key for key in before if key in after]
    kept = sorted(stayed, key=lambda key: after[key])
    found += [f"{key} stands after {old} no more" for old, key in _torn(stayed, kept)]
    found += [f"{key} is changed" for key in stayed if known.get(key, prints[key]) != prints[key]]
    return tuple(found)


def _torn(before: Sequence[str], after: Sequence[str]) -> list[tuple[str, str]]:
    """Neighbours of the old order that are none in the new one."""
    still = set(pairwise(after))
    return [pair for pair in pairwise(before) if pair not in still]


def _prints(course: Course) -> dict[str, str]:
    """A fingerprint of each lesson's own content, whatever its place."""
    return {
        lesson.key: hashlib.sha256(json.dumps(asdict(replace(lesson, day=0)), sort_keys=True).encode()).hexdigest()[:16]
        for lesson in course.lessons
    }


def fingerprint(course: Course, brand: Brand) -> str:
    """SHA-256 over everything that reaches a reader: the course and the sender shown."""
    value = [asdict(course), asdict(for_course(brand, course))]
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def _current(tx: Transaction, slug: str) -> Version | None:
    try:
        return courses.get_version(tx, courses.find(tx, slug).version_id)
    except NotFound:
        return None


def _moves(
    tx: Transaction, course_id: int, new: Sequence[Step], rule: Rule, *, not_on: int | None = None
) -> Iterator[tuple[Enrollment, Enrollment]]:
    """(before, after) of every run under way that is not on version `not_on`, in bounded memory. Changes nothing."""
    last_id = 0
    while batch := enrollments.after(tx, last_id, _BATCH, course_id=course_id):
        last_id = batch[-1].id
        going = [one for one in batch if one.state not in ENDED and one.version_id != not_on]
        rows = deliveries.of_enrollments(tx, [one.id for one in going])
        for one in going:
            yield one, moved_to(one, new, rows[one.id], rule)
