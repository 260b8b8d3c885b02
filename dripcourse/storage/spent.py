"""Challenges whose proof of work was used: each counts once, as long as it could be brought again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete

from dripcourse.storage.newcomers import unless_there
from dripcourse.storage.tables import spent


def spend(tx: Connection, challenge: str, until: datetime) -> bool:
    """Use it up; False where it was used already. Of two at once, the second waits for the first."""
    query = unless_there(tx, spent).values(challenge=challenge, until=until).returning(spent.c.challenge)
    return tx.execute(query).first() is not None


def give_back(tx: Connection, challenge: str) -> None:
    """It was not used after all."""
    tx.execute(delete(spent).where(spent.c.challenge == challenge))


def sweep(tx: Connection, now: datetime) -> int:
    """Forget those that have lapsed, which nobody can bring again; how many."""
    return tx.execute(delete(spent).where(spent.c.until < now)).rowcount
