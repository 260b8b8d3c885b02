"""Moves runs to the current version of their course: all in small batches, and each at the latest when it is due.

A version is switched at once, its runs follow. So whoever decides about a run calls `caught_up` first; whether the
batches were all done, or their process died between two, is then no matter to any reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from dripcourse.domain.enrollment import Delivery, Enrollment, Step
from dripcourse.domain.progress import Rule, next_step
from dripcourse.domain.states import ENDED, HANDLED, DeliveryState, EnrollmentState
from dripcourse.flows.books import Shelf
from dripcourse.storage import courses, deliveries, enrollments, events
from dripcourse.storage.courses import Version
from dripcourse.storage.database import Database, Transaction
from dripcourse.storage.events import Event

#: Runs a transaction: it holds their rows, so who leaves meanwhile waits for one batch at most (some 0.2 s).
BATCH = 500
_OPEN = {DeliveryState.SENDING, DeliveryState.RETRY, DeliveryState.UNKNOWN}


def move_all(db: Database, version: Version, now: datetime) -> int:
    """Move every run under way to that version, unless it lets them finish where they are; how many moved.

    Ends early where a newer version has become current: its own publication moves everybody. May be run again, and
    by two at once.
    """
    if version.rule is Rule.PIN:
        return 0
    moved, last_id = 0, 0
    while batch := db.write(_one_batch(version, last_id, now)):
        moved += len(batch)
        last_id = batch[-1]
    return moved


def _one_batch(version: Version, last_id: int, now: datetime) -> Callable[[Transaction], list[int]]:
    def move(tx: Transaction) -> list[int]:
        if courses.share(tx, version.course_id).version_id != version.id:
            return []
        runs = enrollments.behind(tx, version.course_id, version.id, after_id=last_id, limit=BATCH)
        enrollments.save(tx, _moved(tx, version, runs, now), now)
        return [one.id for one in runs]

    return move


def caught_up(tx: Transaction, shelf: Shelf, runs: Sequence[Enrollment], now: datetime) -> list[Enrollment]:
    """These runs, in the same order, those that their course's new version has not reached yet moved to it and saved.

    The caller holds the rows' locks.
    """
    current = courses.current(tx, {one.course_id for one in runs})
    behind: dict[int, list[Enrollment]] = {}
    for one in runs:
        if one.version_id != current[one.course_id] and one.state not in ENDED:
            behind.setdefault(current[one.course_id], []).append(one)
    moved: dict[int, Enrollment] = {}
    for version_id, left in behind.items():
        version = shelf.book(tx, version_id).version
        if version.rule is not Rule.PIN:
            moved |= {one.id: one for one in _moved(tx, version, left, now)}
    enrollments.save(tx, moved.values(), now)
    return [moved.get(one.id, one) for one in runs]


def _moved(tx: Transaction, version: Version, runs: Sequence[Enrollment], now: datetime) -> list[Enrollment]:
    """The runs on that version. Who gets another next lesson than he would have has it in the ledger."""
    rows = deliveries.of_enrollments(tx, [one.id for one in runs])
    after = [replace(moved_to(one, version.steps, rows[one.id], version.rule), version_id=version.id) for one in runs]
    events.record(tx, _changes(version, zip(runs, after, strict=True), now))
    return after


def _changes(version: Version, moves: Iterable[tuple[Enrollment, Enrollment]], now: datetime) -> list[Event]:
    return [
        Event(
            now, "course-changed", "engine", one.subscriber_id, one.id,
            {"version": version.number, "from": one.next_key, "to": after.next_key},
        )
        for one, after in moves
        if after.next_key != one.next_key
    ]  # fmt: skip


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
        return replace(
            one, state=EnrollmentState.FINISHED, next_key=None, next_date=None, due_at=None, lease_until=None
        )
    return replace(one, next_key=step.key)
