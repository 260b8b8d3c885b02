"""Judges each lesson by the plan that was in force when it went: its hour, its weekdays, its pace, its pauses.

Pure. The plan of the past is read from the ledger, where "enrolled" and "plan-changed" have it in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise

from dripcourse.domain.calendar import instant, local_date
from dripcourse.domain.enrollment import Delivery
from dripcourse.domain.plan import Plan, parse_hour, parse_weekdays
from dripcourse.domain.progress import ON_TIME
from dripcourse.errors import InputError
from dripcourse.flows.evidence import Case, sent_at
from dripcourse.flows.promises import Broken, on_the_wire
from dripcourse.storage.events import Event

#: Hour, zone, days, pace. Ledgers from before 0005 always name a pace: daily, every 2nd day, every 3 days.
_SPELT = re.compile(r"(\d\d:\d\d) (\S+), (.+?)(?:, (daily|every 2nd day|every \d+ days|at least \d+ days apart))?")
_PACE_ALONE = re.compile(r"every (other day|\d+ days)")
_PACES = {"": 1, "daily": 1, "every 2nd day": 2, "every other day": 2}
_DAYS = "on the chosen days"


@dataclass(frozen=True)
class Era:
    """A plan and the moment from which it held."""

    since: datetime
    plan: Plan


@dataclass(frozen=True)
class Pause:
    """No lesson from `since` to `until` (None: it lasts); a dated one bars only the days before `day`."""

    since: datetime
    until: datetime | None
    day: date | None


def judge_plan(case: Case) -> Broken:
    """(promise, what was found) of one run."""
    eras = plans(case)
    if str(eras[-1].plan) != str(case.run.plan):
        yield _DAYS, f"the plan is {case.run.plan}, and the ledger says {eras[-1].plan}: nothing tells of the change"
    scheduled = [row for row in case.sent if row.scheduled and row.local_date is not None]
    for row in scheduled:
        yield from _misplanned(row, _in_force(eras, row))
    for before, row in pairwise(row for row in case.sent if row.local_date is not None):
        if row.scheduled:  # what was asked for keeps no pace
            yield from _too_soon(before, row, _in_force(eras, row))
    yield from _in_a_pause(case, pauses(case.ledger))


def plans(case: Case) -> list[Era]:
    """The plans of the run, oldest first; today's alone where the ledger has none that can be read."""
    told = [(e.at, read_plan(str((e.data or {}).get("plan", "")))) for e in case.ledger if e.kind in _TELLING]
    eras = [Era(at, plan) for at, plan in told if plan is not None]
    return eras or [Era(case.run.created_at, replace(case.run.plan, paused_until=None))]


_TELLING = ("enrolled", "plan-changed")
_WAITS = ("enrolled", "resumed")  # where the course has a first day, and that lies ahead


def read_plan(text: str) -> Plan | None:
    """The plan that `str(plan)` spells, without a pause; None where the text is no plan."""
    found = _SPELT.fullmatch(text)
    if found is None:
        return None
    days, pace = ("all", found[3]) if _PACE_ALONE.fullmatch(found[3]) else (found[3], found[4] or "")
    every = _PACES.get(pace) or int(re.sub(r"\D", "", pace))
    try:
        return Plan(found[2], parse_hour(found[1]), parse_weekdays(days), every)
    except InputError:
        return None


def pauses(ledger: Sequence[Event]) -> list[Pause]:
    """Every pause that the ledger tells of, and the wait for a first day that was named."""
    found: list[Pause] = []
    for e in ledger:
        going = found[-1] if found and found[-1].until is None else None
        opens = e.kind in ("paused", "gave-up") or (e.kind in _WAITS and "start" in (e.data or {}))
        # Whoever comes back goes on at once, unless he had named a day.
        closes = opens or e.kind == "resumed" or (e.kind == "returned" and going is not None and going.day is None)
        if going is not None and closes:
            found[-1] = replace(going, until=e.at)
        if opens:
            found.append(Pause(e.at, None, _day(e)))
    return found


def _day(e: Event) -> date | None:
    text = str((e.data or {}).get("start" if e.kind in _WAITS else "until", "resume"))
    return None if e.kind == "gave-up" or text == "resume" else date.fromisoformat(text)


def _in_force(eras: Sequence[Era], row: Delivery) -> list[Plan]:
    """The plans by which it may have been claimed: those that held at some time from its first try to its sending."""
    ends = [*(era.since for era in eras[1:]), None]
    found = [e.plan for e, end in zip(eras, ends, strict=True) if e.since <= sent_at(row) and _reaches(end, row)]
    return found or [eras[0].plan]


def _reaches(end: datetime | None, row: Delivery) -> bool:
    return end is None or end >= row.created_at


def planned_day(row: Delivery) -> date:
    """The date whose hour it was planned for; `local_date` is the next one where midnight came between."""
    return local_date(row.planned_at, row.zone)


def _misplanned(row: Delivery, candidates: Sequence[Plan]) -> Iterator[tuple[str, str]]:
    day, said = planned_day(row), " or ".join(str(plan) for plan in candidates)
    timely = [p for p in candidates if p.zone == row.zone and instant(day, p.hour, p.zone) == row.planned_at]
    if not timely:
        yield "at the chosen hour", f"{row.lesson_key} was planned for {row.planned_at}; the plan said {said}"
    elif not any(plan.allows(day) for plan in timely):
        yield _DAYS, f"{row.lesson_key} is the lesson of {day:%A} {day}; the plan said {said}"
    if row.local_date != day and row.local_date != local_date(row.planned_at + ON_TIME, row.zone):
        yield _DAYS, f"{row.lesson_key} was planned for {row.planned_at} and counts as the lesson of {row.local_date}"


def _too_soon(before: Delivery, row: Delivery, candidates: Sequence[Plan]) -> Iterator[tuple[str, str]]:
    used = before.local_date
    least = min(plan.every for plan in candidates)
    apart = (planned_day(row) - used).days if used is not None else least
    if least > 1 and apart < least:
        yield _DAYS, f"{row.lesson_key} went {apart} days after {before.lesson_key}; the plan said {least}"


def _in_a_pause(case: Case, found: Sequence[Pause]) -> Broken:
    for pause in found:
        for row in case.sent:
            within = pause.since < sent_at(row) and (pause.until is None or sent_at(row) < pause.until)
            barred = pause.day is None or (row.scheduled and planned_day(row) < pause.day)
            if within and barred and not on_the_wire(case, row, pause.since):
                yield _DAYS, f"{row.lesson_key} went at {row.sent_at}, in the pause that began at {pause.since}"
                break
