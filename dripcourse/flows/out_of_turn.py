"""Judges the lessons that went out of turn: each was asked for by its reader, and no more of them than he asked for.

Pure. What else goes without a day of the plan is a welcome mail; anything more would be a lesson that used no day.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from dripcourse.domain.enrollment import Delivery
from dripcourse.flows.evidence import Case, sent_at
from dripcourse.flows.promises import Broken
from dripcourse.flows.turns import ASKED_A_DAY

_DAY = timedelta(days=1)


def out_of_turn(case: Case, free: Collection[tuple[int, str]]) -> list[Delivery]:
    """What went and is of a scheduled lesson, but not by the plan. `free`: (version, lesson) that take no day."""
    return [row for row in case.sent if not row.scheduled and (row.version_id, row.lesson_key) not in free]


def judge_asked(case: Case, free: Collection[tuple[int, str]]) -> Broken:
    """(promise, what was found) of one run."""
    wishes = [e.at for e in case.ledger if e.kind == "asked-now"]
    for number, row in enumerate(out_of_turn(case, free), 1):
        if sum(at <= sent_at(row) for at in wishes) < number:
            yield (
                "never two in a local day",
                f"{row.lesson_key} went at {row.sent_at} and used no day of the plan; nobody asked for it",
            )
    for first, last in zip(wishes, wishes[ASKED_A_DAY:], strict=False):
        if last - first < _DAY:
            yield "at the chosen hour", f"more than {ASKED_A_DAY} lessons were asked for from {first} to {last}"
