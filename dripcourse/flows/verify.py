"""Proves over the whole ledger that the promises were kept, or names the rows where they were not.

No lesson twice, none out of order, none left out, none after consent ended, never two scheduled in a local day, none
outside the chosen hour's window without a reason, every gap with a reason, nothing left hanging. What needs the
person's own words is judged in `promises`, what needs his plan in `planned`, what he asked for in `out_of_turn`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from dripcourse.domain.calendar import local_date
from dripcourse.domain.enrollment import Delivery, Enrollment
from dripcourse.domain.progress import ON_TIME, Rule
from dripcourse.domain.states import ENDED, DeliveryState, EnrollmentState
from dripcourse.errors import DripcourseError
from dripcourse.flows.books import Book, Shelf
from dripcourse.flows.evidence import Case, gather
from dripcourse.flows.evidence import sent_at as _sent_at
from dripcourse.flows.gaps import gaps
from dripcourse.flows.out_of_turn import judge_asked
from dripcourse.flows.planned import judge_plan
from dripcourse.flows.promises import judge
from dripcourse.storage import deliveries, enrollments, events, notices
from dripcourse.storage.database import Database
from dripcourse.storage.events import Event

#: Open rows older than this are stuck (promise I1: nothing hangs for more than a day unexplained).
STUCK_AFTER = timedelta(hours=24)
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
    proof.findings += _waiting_notices(db, now)
    last_id = 0
    while True:
        with db.reading() as tx:
            batch = enrollments.after(tx, last_id, _BATCH)
            ids = [one.id for one in batch]
            there, ledger = deliveries.of_enrollments(tx, ids), events.of_enrollments(tx, ids)
            rows = {i: _since_pruned(there[i], ledger[i]) for i in ids}
            versions = {one.version_id for one in batch} | {row.version_id for i in ids for row in rows[i]}
            orders = {version: _order(shelf.book(tx, version)) for version in versions}
            free = {(v, step.key) for v in versions for step in shelf.book(tx, v).steps if not step.scheduled}
            cases = gather(tx, batch, rows, ledger)
        if not batch:
            return proof
        last_id = batch[-1].id
        for case in cases:
            _count(proof, case.rows, case.ledger)
            found = _judge(case, orders, free, now)
            proof.findings += [Finding(promise, case.run.public_id, what) for promise, what in found]


def _judge(
    case: Case, orders: Mapping[int, Mapping[str, int]], free: Collection[tuple[int, str]], now: datetime
) -> list[tuple[str, str]]:
    """All that is wrong with one run. One that cannot be judged (a zone that is no more) must not hide the others."""
    try:
        found = [*check_run(case.run, case.rows, case.ledger, orders, now), *judge(case), *judge_plan(case)]
        return [*found, *judge_asked(case, free)]
    except (DripcourseError, LookupError, ValueError) as error:
        return [("nothing hangs", f"this run cannot be judged: {type(error).__name__}: {error}")]


def _order(book: Book) -> dict[str, int]:
    """Where each lesson stands in that version; empty where runs fill up what they missed, in no order of its own."""
    return {} if book.version.rule is Rule.BACKFILL else {step.key: step.position for step in book.steps}


def check_run(
    one: Enrollment,
    rows: Sequence[Delivery],
    ledger: Sequence[Event],
    orders: Mapping[int, Mapping[str, int]],
    now: datetime,
) -> Iterator[tuple[str, str]]:
    """(promise, what was found) of one run. Pure: it sees rows, not the database. `orders` is by version id."""
    sent = sorted((row for row in rows if row.sent_at is not None), key=_sent_at)
    yield from _twice(sent)
    yield from _out_of_order(sent, orders)
    if not any(e.kind == "pruned" for e in ledger):
        yield from _left_out(one, rows, orders.get(one.version_id, {}))
    yield from _after_the_end(one, sent, ledger)
    scheduled = [row for row in sent if row.scheduled]
    yield from _two_a_day([row for row in sent if row.takes_day])
    yield from _outside_the_hour(scheduled)
    yield from gaps(one, sent, ledger, now)
    yield from _hanging(one, rows, now)


def _since_pruned(rows: Sequence[Delivery], ledger: Sequence[Event]) -> Sequence[Delivery]:
    """The rows that the ledger still tells of: a run may be pruned between a look at its rows and one at its events."""
    pruned = max((e.at for e in ledger if e.kind == "pruned"), default=None)
    return rows if pruned is None else [row for row in rows if row.created_at > pruned]


def _count(proof: Proof, rows: Sequence[Delivery], ledger: Sequence[Event]) -> None:
    proof.runs += 1
    proof.lessons += len(rows)
    proof.sent += sum(row.state is DeliveryState.SENT for row in rows)
    proof.late += sum(bool(row.reason) and row.state is DeliveryState.SENT for row in rows)
    proof.doubts += sum(row.doubts for row in rows) + sum(map(is_second_copy, ledger))
    for name in ("lessons", "sent", "late", "doubts"):  # of days that are no longer kept
        kept = sum((e.data or {}).get(name, 0) for e in ledger if e.kind == "pruned")
        setattr(proof, name, getattr(proof, name) + kept)


def _twice(sent: Sequence[Delivery]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for row in sent:
        if row.lesson_key in seen:
            yield "no lesson twice", f"{row.lesson_key} went again at {row.sent_at}"
        seen.add(row.lesson_key)


def _out_of_order(sent: Sequence[Delivery], orders: Mapping[int, Mapping[str, int]]) -> Iterator[tuple[str, str]]:
    """Each version by its own order; from one version to the next, an edit of the course may turn it round."""
    for before, after in pairwise(sent):
        order = orders.get(after.version_id, {})
        same = before.version_id == after.version_id and before.lesson_key in order and after.lesson_key in order
        if same and order[after.lesson_key] < order[before.lesson_key]:
            yield "none out of order", f"{after.lesson_key} went after {before.lesson_key}, at {after.sent_at}"


def _left_out(one: Enrollment, rows: Sequence[Delivery], order: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """Every lesson up to the furthest has its row, sent or with the reason why not. A run that changed versions may
    rightly have passed lessons over that the new one put behind it: there it counts from the first of the new one.
    """
    own = [order[row.lesson_key] for row in rows if row.version_id == one.version_id and row.lesson_key in order]
    changed = any(row.version_id != one.version_id for row in rows)
    if changed and not own:
        return
    there = {row.lesson_key for row in rows}
    begun = min(own) if changed else 0
    reached = max([-1, *own, order.get(one.next_key or "", 0) - 1])
    if one.state is EnrollmentState.FINISHED:
        reached = max(order.values(), default=-1)
    for key, position in order.items():
        if begun <= position <= reached and key not in there:
            yield "none left out", f"{key} neither went nor is there a reason why not"


def _after_the_end(one: Enrollment, sent: Sequence[Delivery], ledger: Sequence[Event]) -> Iterator[tuple[str, str]]:
    """Consent may end and come back (undo): only what went between is wrong, unless it was on the wire already."""
    ended: datetime | None = None
    crossed = {(e.data or {}).get("lesson") for e in ledger if e.kind == "crossed"}
    marks = [(e.at, e.kind) for e in ledger if e.kind in _ENDINGS or e.kind == "returned"]
    for row in sent:
        for at, kind in marks:
            if at < _sent_at(row) or (at == _sent_at(row) and kind == "returned"):
                ended = None if kind == "returned" else at
        if ended is not None and row.lesson_key not in crossed:
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


def _hanging(one: Enrollment, rows: Sequence[Delivery], now: datetime) -> Iterator[tuple[str, str]]:
    if one.state is EnrollmentState.ACTIVE and (one.due_at is None or now - one.due_at > STUCK_AFTER):
        yield "nothing hangs", f"{one.next_key} is due since {one.due_at}: is a worker running?"
    for row in rows:
        open_ = row.state is DeliveryState.SENDING and now - max(row.created_at, row.planned_at) > STUCK_AFTER
        if open_ and (one.state not in ENDED or one.state is EnrollmentState.FINISHED):
            yield "nothing hangs", f"{row.lesson_key} is on its way since {row.created_at}"
        if (row.state is DeliveryState.SENT) != (row.sent_at is not None):
            yield "nothing hangs", f"{row.lesson_key} is {row.state}, and its moment of sending is {row.sent_at}"


def _waiting_notices(db: Database, now: datetime) -> list[Finding]:
    """Confirm mails and the like are no lessons, but nobody can begin without them."""
    with db.reading() as tx:
        due = notices.next_due(tx)
    if due is None or now - due <= STUCK_AFTER:
        return []
    return [Finding("nothing hangs", "", f"mails outside a course are due since {due}: is a worker running?")]


def is_second_copy(event: Event) -> bool:
    """A worker that held its batch too long had it accepted as well: somebody may have it twice."""
    return event.kind == "taken-over" and bool((event.data or {}).get("accepted"))
