"""Takes the single days of runs long over out of the ledger, and leaves one event in their place that sums them up.

    found by index -> locked in id order -> looked at again -> summed up -> removed -> marked; 500 runs a transaction

Consents, people, enrollments and suppressions stay. So do the days of a run with a lesson whose outcome is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from dripcourse.domain.budgets import MONTH, Outcome
from dripcourse.domain.calendar import local_date
from dripcourse.domain.hooks import KEPT
from dripcourse.flows import tokens
from dripcourse.flows.verify import is_second_copy
from dripcourse.storage import attempts, enrollments, events, hook_deliveries, pruning, spent
from dripcourse.storage.database import Database, Transaction
from dripcourse.storage.events import Event
from dripcourse.storage.pruning import Days, Ended, Over

#: Runs a transaction; and events of no run. Whoever wants one of these rows meanwhile waits for one batch at most.
BATCH = 500
#: Batches of each for one beat: two thousand runs a minute, and the beat stays short.
A_BEAT = 4
_NOTHING = Days(0, 0, 0, 0, None, None)


@dataclass(frozen=True)
class Pruned:
    """How much was removed, or would be: the days of so many runs, so many deliveries, so many events of all kinds."""

    runs: int = 0
    deliveries: int = 0
    events: int = 0

    def __add__(self, other: Pruned) -> Pruned:
        return Pruned(self.runs + other.runs, self.deliveries + other.deliveries, self.events + other.events)


Progress = Callable[[int], None]
Step = Callable[[Database, datetime, datetime], Pruned | None]


def prune(
    db: Database, age: timedelta, now: datetime, *, most: int | None = None, progress: Progress = lambda _runs: None
) -> Pruned:
    """Prune what ended longer than `age` ago, all of it or so many batches. Any number of callers may do it at once.

    What was committed stays if the process dies, and the next call goes on with the rest. `progress` is told of each
    batch's number of runs.
    """
    done = Pruned()
    steps: tuple[Step, ...] = (_step_of_runs, _step_of_strays)
    for step in steps:
        for _ in count() if most is None else range(most):
            removed = step(db, now - age, now)
            if removed is None:
                break
            done += removed
            progress(removed.runs)
    return done


def prune_some(db: Database, age: timedelta | None, now: datetime) -> None:
    """What a beat of the scheduler may take upon itself; of the ledger nothing where it is kept for ever (None)."""
    prune_hook_log(db, now)
    forget_attempts(db, now)
    tokens.forget_answers(db, now)
    if age is not None:
        prune(db, age, now, most=A_BEAT)


def prune_hook_log(db: Database, now: datetime) -> int:
    """Take out what webhooks were told so long ago that nobody replays it; how many messages, some hundred at most."""
    with db.reading() as tx:
        ids = hook_deliveries.old(tx, now - KEPT, BATCH)
    if ids:
        db.write(lambda tx: hook_deliveries.remove(tx, ids))
    return len(ids)


def forget_attempts(db: Database, now: datetime) -> None:
    """One batch of what the guard counted and counts no more. Whoever said "this was not me" stays known, as a hash."""
    with db.reading() as tx:
        aged = attempts.aged(tx, now - MONTH, BATCH)
        lapsed = spent.lapsed(tx, now, BATCH)
    if aged or lapsed:
        db.write(lambda tx: _forget(tx, aged, lapsed))


def _forget(tx: Transaction, aged: Sequence[tuple[int, Outcome]], lapsed: Sequence[str]) -> None:
    attempts.keep(tx, [found for found, outcome in aged if outcome is Outcome.DECLINED])
    attempts.remove(tx, [found for found, outcome in aged if outcome is not Outcome.DECLINED])
    spent.remove(tx, lapsed)


def count_runs(db: Database, age: timedelta, now: datetime) -> int:
    """How many runs `prune` would look at."""
    with db.reading() as tx:
        return pruning.count_ended(tx, now - age)


def preview(db: Database, age: timedelta, now: datetime, progress: Progress = lambda _runs: None) -> Pruned:
    """What `prune` would remove; nothing is written."""
    before, last = now - age, None
    with db.reading() as tx:
        done = Pruned(events=pruning.count_stray(tx, before))
    while True:
        with db.reading() as tx:
            found = pruning.ended(tx, before, BATCH, last)
            done += _weighed(tx, found, before)
        if not found:
            return done
        last = found[-1]
        progress(len(found))


def _weighed(tx: Transaction, found: Sequence[Ended], before: datetime) -> Pruned:
    ids = [run.id for run in pruning.over(tx, [one.id for one in found], before) if not run.open]
    lessons = sum(one.lessons for one in pruning.days(tx, ids).values())
    return Pruned(len(ids), lessons, pruning.count_events(tx, ids))


def _step_of_runs(db: Database, before: datetime, now: datetime) -> Pruned | None:
    """One batch; None where nothing is left. Looked for in a transaction that only reads: mostly there is nothing."""
    with db.reading() as tx:
        ids = [one.id for one in pruning.ended(tx, before, BATCH)]
    return db.write(lambda tx: _prune_runs(tx, ids, before, now)) if ids else None


def _prune_runs(tx: Transaction, ids: list[int], before: datetime, now: datetime) -> Pruned:
    enrollments.lock(tx, ids)
    found = pruning.over(tx, ids, before)  # somebody may have come back, or another beat been quicker
    closed = [run for run in found if not run.open]
    gone = [run.id for run in closed]
    summaries = _summaries(tx, closed, now)
    removed = Pruned(len(gone), *pruning.remove(tx, gone))
    events.record(tx, summaries)
    pruning.mark(tx, gone, now, pruned=True)
    # An open lesson of a run long over stays open for ever; marked, it does not come up at every beat.
    pruning.mark(tx, [run.id for run in found if run.open], now, pruned=False)
    return removed


def _step_of_strays(db: Database, before: datetime, _now: datetime) -> Pruned | None:
    """The same for events that belong to no run."""
    with db.reading() as tx:
        ids = pruning.stray(tx, before, BATCH)
    return Pruned(events=db.write(lambda tx: pruning.remove_events(tx, ids))) if ids else None


def _summaries(tx: Transaction, runs: Sequence[Over], now: datetime) -> list[Event]:
    """For each run the event that stays."""
    ids = [run.id for run in runs]
    days, ledgers = pruning.days(tx, ids), events.of_enrollments(tx, ids)
    return [
        Event(
            now,
            "pruned",
            "engine",
            run.subscriber_id,
            run.id,
            summary(run, days.get(run.id, _NOTHING), ledgers[run.id]),
        )
        for run in runs
    ]


def summary(run: Over, days: Days, ledger: Sequence[Event]) -> Mapping[str, Any]:
    """What is still to be known of a run: figures, and the dates of its first and last mail in its own zone."""
    figures = {name: getattr(days, name) for name in ("lessons", "sent", "late", "doubts")}
    figures["doubts"] += sum(map(is_second_copy, ledger))
    dates = [str(local_date(at, run.zone)) for at in (days.first, days.last) if at is not None]
    span = {"first": min(dates), "last": max(dates)} if dates else {}
    return {"version": run.version, **figures, **span}
