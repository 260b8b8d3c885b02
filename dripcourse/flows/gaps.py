"""Judges the days between two lessons: each day of the plan was used, or something in the ledger says why not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from dripcourse.domain.calendar import local_date, next_slot
from dripcourse.domain.enrollment import Delivery, Enrollment
from dripcourse.domain.states import EnrollmentState
from dripcourse.flows.evidence import sent_at
from dripcourse.flows.planned import planned_day
from dripcourse.storage.events import Event

#: Events that explain why a day passed without a lesson, or why the order changed.
_EXPLAIN_GAP = {
    "paused", "resumed", "plan-changed", "returned", "moved", "deferred", "doubt", "recovered", "failed",
    "course-changed", "skipped", "passed-over", "gave-up", "withdrawn", "taken-over", "pruned",
}  # fmt: skip


@dataclass(frozen=True)
class _Stretch:
    """From one lesson (or the beginning) to the next: `used` is the date taken by the first, `key` and `day` the
    second's, `began` and `ended` the span in which the ledger may give a reason.
    """

    used: date | None
    since: datetime
    began: datetime
    key: str
    day: date
    ended: datetime


def gaps(
    one: Enrollment, sent: Sequence[Delivery], ledger: Sequence[Event], now: datetime
) -> Iterator[tuple[str, str]]:
    """Between two lessons each day of the plan was used, or something in the ledger says why not.

    The plan is today's: where it was changed meanwhile, the change itself is the reason.
    """
    for gap in _stretches(one, sent, now):
        plan = replace(one.plan, paused_until=_waiting_for(ledger, gap.began))
        expected = next_slot(plan, after=gap.used, not_before=gap.since).day
        told = any(e.kind in _EXPLAIN_GAP and gap.began <= e.at <= gap.ended for e in ledger)
        changed = any(e.kind == "plan-changed" and e.at >= gap.began for e in ledger)
        if gap.day > expected and not (told or changed):
            yield "every gap with a reason", f"{gap.key} is the lesson of {gap.day}; {expected} was free"


def _waiting_for(ledger: Sequence[Event], moment: datetime) -> date | None:
    """The date that was being waited for at that moment: the end of a pause, or the start that was asked for."""
    until = None
    for event in ledger:
        said = (event.data or {}).get("until" if event.kind == "paused" else "start")
        if event.at <= moment and event.kind in ("enrolled", "paused", "resumed"):
            until = date.fromisoformat(said) if said and said != "resume" else None
    return until


def _stretches(one: Enrollment, sent: Sequence[Delivery], now: datetime) -> Iterator[_Stretch]:
    """From the welcome mail to the first lesson, from each lesson to the next, from the last to the one planned."""
    used, since, began = None, one.created_at, one.created_at
    for row in sent:
        if row.zone != one.plan.zone:
            used, since, began = row.local_date, sent_at(row), row.created_at
            continue
        if row.local_date is not None:
            # A lesson that crossed midnight uses the next date; it is still the lesson of the day before.
            yield _Stretch(used, since, began, row.lesson_key, planned_day(row), sent_at(row))
            used = max(row.local_date, local_date(sent_at(row), row.zone))
        since, began = sent_at(row), row.created_at
    if sent and sent[-1].zone == one.plan.zone and one.state is EnrollmentState.ACTIVE and one.next_date is not None:
        yield _Stretch(used, since, began, one.next_key or "", one.next_date, now)
