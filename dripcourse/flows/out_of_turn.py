"""Judges the lessons that went out of turn: each was asked for by its reader, and his wish still held when it went.

Pure. What else goes without a day of the plan is a welcome mail; anything more would be a lesson that used no day.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dripcourse.domain.enrollment import Delivery
from dripcourse.domain.states import ENDED
from dripcourse.flows.evidence import Case, sent_at
from dripcourse.flows.promises import Broken
from dripcourse.flows.turns import ASKED_A_DAY
from dripcourse.storage.events import Event

_DAY = timedelta(days=1)
#: After one of these a wish is no more: the next lesson comes by the plan.
_ENDING = {"paused", "gave-up", "skipped", "failed", "hard-bounce"} | {state.value for state in ENDED}
#: After one of these it holds for the lesson that has come in the place of the one that was asked for.
_CHANGING = {"course-changed", "passed-over"}


@dataclass(frozen=True)
class Wish:
    """A lesson that was asked for; until when it could be claimed (None: still), and since when it may be another."""

    at: datetime
    lesson: str
    until: datetime | None
    changed: datetime | None

    def holds_for(self, row: Delivery) -> bool:
        """Whether that lesson was claimed because of this. What was claimed before its end may have gone after it."""
        if self.at > sent_at(row) or (self.until is not None and self.until < row.created_at):
            return False
        return row.lesson_key == self.lesson or (self.changed is not None and self.changed <= sent_at(row))


def out_of_turn(case: Case, free: Collection[tuple[int, str]]) -> list[Delivery]:
    """What went and is of a scheduled lesson, but not by the plan. `free`: (version, lesson) that take no day."""
    return [row for row in case.sent if not row.scheduled and (row.version_id, row.lesson_key) not in free]


def judge_asked(case: Case, free: Collection[tuple[int, str]]) -> Broken:
    """(promise, what was found) of one run. Each wish is for one lesson."""
    wishes = _wishes(case.ledger)
    left = list(wishes)
    for row in out_of_turn(case, free):
        found = next((wish for wish in left if wish.holds_for(row)), None)
        if found is not None:
            left.remove(found)
            continue
        yield (
            "never two in a local day",
            f"{row.lesson_key} went at {row.sent_at} and used no day of the plan; nobody asked for it",
        )
    for first, last in zip(wishes, wishes[ASKED_A_DAY:], strict=False):
        if last.at - first.at < _DAY:
            yield "at the chosen hour", f"more than {ASKED_A_DAY} lessons were asked for from {first.at} to {last.at}"


def _wishes(ledger: Sequence[Event]) -> list[Wish]:
    return [
        Wish(
            e.at,
            str((e.data or {}).get("lesson", "")),
            next((later.at for later in ledger[place:] if later.kind in _ENDING), None),
            next((later.at for later in ledger[place:] if later.kind in _CHANGING), None),
        )
        for place, e in enumerate(ledger)
        if e.kind == "asked-now"
    ]
