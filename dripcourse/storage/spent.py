"""Challenges whose proof of work was used: each counts once, as long as it could be brought again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select

from dripcourse.storage.newcomers import unless_there
from dripcourse.storage.tables import spent


def spend(tx: Connection, challenge: str, until: datetime) -> bool:
    """Use it up; False where it was used already. Of two at once, the second waits for the first."""
    query = unless_there(tx, spent).values(challenge=challenge, until=until).returning(spent.c.challenge)
    return tx.execute(query).first() is not None


def is_spent(tx: Connection, challenge: str) -> bool:
    """Whether it was used."""
    return tx.execute(select(spent.c.challenge).where(spent.c.challenge == challenge)).first() is not None


def lapsed(tx: Connection, now: datetime, limit: int) -> list[str]:
    """Those that nobody can bring again."""
    query = select(spent.c.challenge).where(spent.c.until < now).order_by(spent.c.until).limit(limit)
    return list(tx.execute(query).scalars())


def remove(tx: Connection, challenges: Sequence[str]) -> None:
    """Forget these."""
    tx.execute(delete(spent).where(spent.c.challenge.in_(challenges)))
