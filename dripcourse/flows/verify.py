"""Proves over the whole ledger that the promises were kept, or names the rows where they were not.

No lesson twice, none out of order, none after consent ended, never two scheduled in a local day, none outside the
chosen hour's window without a reason, every gap with a reason, nothing left hanging.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from dripcourse.domain.calendar import local_date, next_slot
from dripcourse.domain.enrollment import Delivery, Enrollment
from dripcourse.domain.plan import Plan
from dripcourse.domain.progress import ON_TIME, Rule
from dripcourse.domain.states import ENDED, DeliveryState, EnrollmentState
from dripcourse.flows.books import Shelf
from dripcourse.storage import deliveries, enrollments, events
from dripcourse.storage.database import Database
from dripcourse.storage.events import Event

#: Open rows older than this are stuck (promise I1: nothing hangs for more than a day unexplained).
STUCK_AFTER = timedelta(hours=24)
#: Events that explain why a day passed without a lesson, or why the order changed.
_EXPLAIN_GAP = {
    "paused", "resumed", "plan-changed", "returned", "moved", "deferred", "doubt", "recovered", "failed",
    "course-changed", "skipped", "passed-over", "gave-up", "withdrawn", "taken-over",
}  # fmt: skip
_EXPLAIN_ORDER = {"course-changed"}
_ENDINGS = {state.value for state in ENDED - {EnrollmentState.FINISHED}} | {"hard-bounce"}
_BATCH = 500


@dataclass(frozen=True)
class Finding:
    """One broken promise: which one, and the row that shows it."""

    promise: str
    enrollment: str  # public id
    what: str


@dataclass
class Proof:
    """What was looked at and what was found. `doubts` are transmissions whose reply was never read."""

    runs: int = 0
    lessons: int = 0
    sent: int = 0
    late: int = 0
    doubts: int = 0
    findings: list[Finding] = field(default_factory=list)


def verify(db: Database, shelf: Shelf, now: datetime) -> Proof:
    """Walk over all runs in bounded memory. An empty `findings` is the proof."""
    proof = Proof()
    last_id = 0
    while True:
        with db.reading() as tx:
            batch = enrollments.after(tx, last_id, _BATCH)
            ids = [one.id for one in batch]
            rows, ledger = deliveries.of_enrollments(tx, ids), events.of_enrollments(tx, ids)
            books = {one.id: shelf.book(tx, one.version_id) for one in batch}
        if not batch:
            return proof
        last_id = batch[-1].id
        for one in batch:
            book = books[one.id]
            order = {step.key: step.position for step in book.steps}
            _count(proof, rows[one.id])
            found = check_run(one, rows[one.id], ledger[one.id], order, book.version.rule, now)
            proof.findings += [Finding(promise, one.public_id, what) for promise, what in found]


def check_run(
    one: Enrollment, rows: Sequence[Delivery], ledger: Sequence[Event], order: dict[str, int], rule: Rule, now: datetime
) -> Iterator[tuple[str, str]]:
    """(promise, what was found) of one run. Pure: it sees rows, not the database."""
    sent = sorted((row for row in rows if row.sent_at is not None), key=_sent_at)
    yield from _twice(sent)
    yield from _out_of_order(sent, ledger, order, rule)
    yield from _after_the_end(one, sent, ledger)
    scheduled = [row for row in sent if row.scheduled]
    yield from _two_a_day(scheduled)
    yield from _outside_the_hour(scheduled)
    yield from _gaps(one, scheduled, ledger)
    yield from _hanging(one, rows, now)


def _sent_at(row: Delivery) -> datetime:
    return row.sent_at or row.created_at


def _count(proof: Proof, rows: Sequence[Delivery]) -> None:
    proof.runs += 1
    proof.lessons += len(rows)
    proof.sent += sum(row.state is DeliveryState.SENT for row in rows)
    proof.late += sum(bool(row.reason) and row.state is DeliveryState.SENT for row in rows)
    proof.doubts += sum(row.doubts for row in rows)


def _twice(sent: Sequence[Delivery]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for row in sent:
        if row.lesson_key in seen:
            yield "no lesson twice", f"{row.lesson_key} went again at {row.sent_at}"
        seen.add(row.lesson_key)


def _out_of_order(
    sent: Sequence[Delivery], ledger: Sequence[Event], order: dict[str, int], rule: Rule
) -> Iterator[tuple[str, str]]:
    """By the order of the run's version; what an edit of the course changed is known from the ledger."""
    if rule is Rule.BACKFILL or any(e.kind in _EXPLAIN_ORDER for e in ledger):
        return
    known = [row for row in sent if row.lesson_key in order]
    for before, after in pairwise(known):
        if order[after.lesson_key] < order[before.lesson_key]:
            yield "none out of order", f"{after.lesson_key} went after {before.lesson_key}, at {after.sent_at}"


def _after_the_end(one: Enrollment, sent: Sequence[Delivery], ledger: Sequence[Event]) -> Iterator[tuple[str, str]]:
    """Consent may end and come back (undo): only what went between is wrong."""
    ended: datetime | None = None
    marks = [(e.at, e.kind) for e in ledger if e.kind in _ENDINGS or e.kind == "returned"]
    for row in sent:
        for at, kind in marks:
            if at < _sent_at(row):
                ended = None if kind == "returned" else at
        if ended is not None:
            yield "none after consent ended", f"{row.lesson_key} went at {row.sent_at}; the run ended at {ended}"
            return
    if one.state in ENDED and one.due_at is not None:
        yield "none after consent ended", f"the run is {one.state} and still due at {one.due_at}"


def _two_a_day(scheduled: Sequence[Delivery]) -> Iterator[tuple[str, str]]:
    for before, after in pairwise(scheduled):
        day = local_date(_sent_at(after), after.zone)
        same = before.local_date == after.local_date or local_date(_sent_at(before), after.zone) == day
        if same:
            yield "never two in a local day", f"{before.lesson_key} and {after.lesson_key} both went on {day}"


def _outside_the_hour(scheduled: Sequence[Delivery]) -> Iterator[tuple[str, str]]:
    for row in scheduled:
        late = _sent_at(row) - row.planned_at
        if late < timedelta(0):
            yield "at the chosen hour", f"{row.lesson_key} went {-late} before its hour, at {row.sent_at}"
        elif late > ON_TIME and not row.reason:
            yield "at the chosen hour", f"{row.lesson_key} went {late} late and no reason is recorded"


def _gaps(one: Enrollment, scheduled: Sequence[Delivery], ledger: Sequence[Event]) -> Iterator[tuple[str, str]]:
    """Between two lessons each day of the plan was used, or something in the ledger says why not.

    The plan is today's: where it was changed meanwhile, the change itself is the reason.
    """
    plan = Plan(one.plan.zone, one.plan.hour, one.plan.weekdays, one.plan.every)
    for before, after in pairwise(scheduled):
        if before.local_date is None or after.local_date is None or before.zone != one.plan.zone:
            continue
        used = max(before.local_date, local_date(_sent_at(before), before.zone))
        expected = next_slot(plan, after=used, not_before=_sent_at(before)).day
        told = any(e.kind in _EXPLAIN_GAP and before.created_at <= e.at <= _sent_at(after) for e in ledger)
        changed = any(e.kind == "plan-changed" and e.at >= before.created_at for e in ledger)
        if after.local_date > expected and not (told or changed):
            yield "every gap with a reason", f"{after.lesson_key} went on {after.local_date}; {expected} was free"


def _hanging(one: Enrollment, rows: Sequence[Delivery], now: datetime) -> Iterator[tuple[str, str]]:
    if one.state is EnrollmentState.ACTIVE and (one.due_at is None or now - one.due_at > STUCK_AFTER):
        yield "nothing hangs", f"{one.next_key} is due since {one.due_at}: is a worker running?"
    for row in rows:
        open_ = row.state is DeliveryState.SENDING and now - max(row.created_at, row.planned_at) > STUCK_AFTER
        if open_ and one.state not in ENDED:
            yield "nothing hangs", f"{row.lesson_key} is on its way since {row.created_at}"
