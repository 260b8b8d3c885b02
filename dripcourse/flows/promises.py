"""Judges a run by what the person said: none without consent or after it, one run at a time, all accounted for.

Pure: it sees a case, not the database. Order, hours and gaps are judged in `verify`, the plan in `planned`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from dripcourse.domain.calendar import local_date
from dripcourse.domain.enrollment import Delivery
from dripcourse.domain.states import ENDED, DeliveryState, EnrollmentState
from dripcourse.flows.evidence import Case, sent_at

Broken = Iterator[tuple[str, str]]

#: One mail in hand may outlast the end of a consent by its deadline (five minutes, unless set otherwise) and a bit.
_WIRE = timedelta(minutes=6)
_AFTER = "none after consent ended"
#: Ways into a course that write down a consent; a demo and a simulation do not.
_VOUCHED = {"cli", "form", "web"}
_CLOSED = {DeliveryState.SKIPPED, DeliveryState.FAILED, DeliveryState.WITHDRAWN}


def judge(case: Case) -> Broken:
    """(promise, what was found) of one run."""
    yield from _without_consent(case)
    yield from _withdrawn(case)
    if case.suppressed is not None:
        since, why = case.suppressed
        yield from _after(case, since, f"the address is suppressed ({why}) since {since}")
    if case.run.state in ENDED and case.ended_at is not None:
        yield from _after(case, case.ended_at, f"the run is {case.run.state} since {case.ended_at}")
    yield from _beside(case)
    yield from _accounted(case)


def on_the_wire(case: Case, row: Delivery, since: datetime) -> bool:
    """Whether it was being sent already at that moment, so that nobody could call it back."""
    crossed = any(e.kind == "crossed" and (e.data or {}).get("lesson") == row.lesson_key for e in case.ledger)
    return crossed or (row.created_at <= since and sent_at(row) - since <= _WIRE)


def _without_consent(case: Case) -> Broken:
    if not case.sent:
        return
    first = case.sent[0]
    given = any(c.kind == "confirmed" and c.at <= sent_at(first) for c in case.consents)
    vouched = any(e.kind == "enrolled" and e.source in _VOUCHED for e in case.ledger)
    if not case.confirmed:
        yield "none without consent", f"{first.lesson_key} went at {first.sent_at} to a person who never confirmed"
    elif vouched and not given:
        yield "none without consent", f"{first.lesson_key} went at {first.sent_at}; no consent is recorded before it"


def _withdrawn(case: Case) -> Broken:
    """Consent may end and come back: what counts for a lesson is the last word before it."""
    words = [c for c in case.consents if c.kind in ("confirmed", "restored", "withdrawn")]
    for row in case.sent:
        before = [c for c in words if c.at < sent_at(row) or (c.at == sent_at(row) and c.kind != "withdrawn")]
        last = before[-1] if before else None
        if last is not None and last.kind == "withdrawn" and not on_the_wire(case, row, last.at):
            yield _AFTER, f"{row.lesson_key} went at {row.sent_at}; consent was withdrawn at {last.at}"
            return


def _after(case: Case, since: datetime, why: str) -> Broken:
    for row in case.sent:
        if sent_at(row) > since and not on_the_wire(case, row, since):
            yield _AFTER, f"{row.lesson_key} went at {row.sent_at}; {why}"
            return


def _beside(case: Case) -> Broken:
    """Runs of the same course: never two at once, never a lesson of each on one local day."""
    for other, rows in case.earlier:
        if case.run.state not in ENDED and other.state not in ENDED:
            yield "one run at a time", f"it goes on beside run {other.public_id}"
        theirs = [row for row in rows if row.sent_at is not None and row.scheduled]
        for row in case.sent:
            twin = next((their for their in theirs if row.scheduled and _same_day(row, their)), None)
            if twin is not None:
                what = f"{row.lesson_key} and, of run {other.public_id}, {twin.lesson_key} went on {row.local_date}"
                yield "never two in a local day", what


def _same_day(row: Delivery, other: Delivery) -> bool:
    days = {row.local_date, local_date(sent_at(row), row.zone)}
    return bool(days & {other.local_date, local_date(sent_at(other), row.zone)})


def _accounted(case: Case) -> Broken:
    """What did not go says why; what was put off or called back is not left behind by the run."""
    over = case.run.state in ENDED and case.run.state is not EnrollmentState.FINISHED
    for row in case.rows:
        if row.state in _CLOSED and not row.reason:
            yield "none left out", f"{row.lesson_key} is {row.state}, and no reason is recorded"
        waiting = row.state in (DeliveryState.RETRY, DeliveryState.WITHDRAWN) and row.version_id == case.run.version_id
        if waiting and not over and row.lesson_key != case.run.next_key:
            yield "none left out", f"{row.lesson_key} is {row.state}, and the run went on to {case.run.next_key}"
