"""Gives back what a dead process held. Only for who knows that no other process works on this database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, update

from dripcourse.storage.tables import enrollment, notice


def release_all(tx: Connection, now: datetime) -> int:
    """End every lease at `now`, so that the next claim takes the rows up and asks their journals; how many there were.

    With another worker alive this would let two send the same batch.
    """
    ended = {"lease_until": now, "due_at": now}
    held = (enrollment.c.lease_until > now, enrollment.c.state == "active")
    runs = tx.execute(update(enrollment).where(*held).values(ended)).rowcount
    waiting = tx.execute(update(notice).where(notice.c.lease_until > now).values(lease_until=now)).rowcount
    return runs + waiting
