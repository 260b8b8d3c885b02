"""Remembers how far this process has claimed, so that a claim need not step over what was claimed before it.

The index entry of a claimed row goes only when no older snapshot can see it: behind a long report or a backup the
search from the beginning took six times as long after 300 batches (12 to 73 ms); from the mark it stays as it was.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from dripcourse.storage import claims
from dripcourse.storage.claims import Claimed, Mark
from dripcourse.storage.database import Transaction

#: What became due again behind the mark is found this soon, however much is due ahead of it.
_FROM_THE_BEGINNING_EVERY = timedelta(minutes=1)


class LowWater:
    """The mark of one process. It may be behind or lost without harm: it saves time and decides nothing."""

    def __init__(self) -> None:
        self._mark: Mark | None = None
        self._began_at: datetime | None = None

    def take(self, tx: Transaction, *, now: datetime, lease_until: datetime, limit: int) -> list[Claimed]:
        """As `claims.take`; from the mark first, and from the beginning where that finds too little."""
        mark = self._current(now)
        found = claims.take(tx, now=now, lease_until=lease_until, limit=limit, after=mark)
        if mark is not None and len(found) < limit:
            mark = None
            more = claims.take(tx, now=now, lease_until=lease_until, limit=limit - len(found))
            found = sorted([*found, *more], key=lambda row: row.id)
        if mark is None:
            self._began_at = now
        return found

    def passed(self, found: list[Claimed]) -> None:
        """These are claimed for good: their transaction has been committed."""
        self._mark = max((Mark(row.was_due, row.id) for row in found), default=None)

    def _current(self, now: datetime) -> Mark | None:
        fresh = self._began_at is not None and timedelta(0) <= now - self._began_at < _FROM_THE_BEGINNING_EVERY
        return self._mark if fresh else None
