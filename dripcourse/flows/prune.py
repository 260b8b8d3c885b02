"""Takes the single days of runs long over out of the ledger and leaves one event that sums them up; it alters no run.

    ended, index-found -> locked in id order -> looked at again -> summed up -> removed -> marked, 500 a transaction

Consents, people, enrollments and suppressions stay. So does the whole history of a run with a lesson whose outcome
was never known: somebody may still ask about it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from dripcourse.domain.calendar import local_date
from dripcourse.flows.evidence import second_copies
from dripcourse.storage import enrollments, events, pruning
from dripcourse.storage.database import Database, Transaction
from dripcourse.storage.events import Event
from dripcourse.storage.pruning import Days, Over

#: Runs a transaction, and events of no run.
BATCH = 500
#: Batches of either kind for one beat of the scheduler: some two thousand runs a minute, in less than half a second.
A_BEAT = 4
_NONE = Days(0, 0, 0, 0, None, None)


@dataclass(frozen=True)
class Pruned:
    """How much was removed, or would be: runs that lost their days, their deliveries, and events of any kind."""

    runs: int = 0
    deliveries: int = 0
    events: int = 0

    def __add__(self, other: Pruned) -> Pruned:
        return Pruned(self.runs + other.runs, self.deliveries + other.deliveries, self.events + other.events)


def prune(
    db: Database,
    age: timedelta,
    now: datetime,
    *,
    most: int | None = None,
    progress: Callable[[int], None] = lambda _runs: None,
) -> Pruned:
    """Prune what ended longer than `age` ago: all of it, or so many batches. Safe to run by several at once.

    What was committed stays if the process dies; the next call goes on with the rest. `progress` is told of each
    batch's number of runs.
    """
    done, batches = Pruned(), 0
    while most is None or batches < most:
        found = _runs(db, now - age, now, progress) + _strays(db, now - age)
        if found is None:
            break
        done, batches = done + found, batches + 1
    return done
