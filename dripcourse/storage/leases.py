"""What dead processes still hold: found once its lease has ended, or given back at once where nobody else works."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, or_, select, update

from dripcourse.domain.enrollment import Enrollment
from dripcourse.storage import enrollments
from dripcourse.storage.tables import delivery, enrollment, notice


def release_all(tx: Connection, now: datetime) -> int:
    """End every lease at `now`, so that the next claim takes the rows up and asks their journals; how many there were.

    With another worker alive this would let two send the same batch.
    """
    ended = {"lease_until": now, "due_at": now}
    held = (enrollment.c.lease_until > now, enrollment.c.state == "active")
    runs = tx.execute(update(enrollment).where(*held).values(ended)).rowcount
    waiting = tx.execute(update(notice).where(notice.c.lease_until > now).values(lease_until=now)).rowcount
    return runs + waiting


def _of_claims(claim_ids: list[str], now: datetime) -> Select[Any]:
    """Runs that these claims hold at this moment, with the lesson still to be settled."""
    same_lesson = (delivery.c.enrollment_id == enrollment.c.id) & (delivery.c.lesson_key == enrollment.c.next_key)
    return (
        select(enrollment.c.id)
        .join(delivery, same_lesson)
        .where(enrollment.c.lease_until > now, enrollment.c.state == "active")
        .where(delivery.c.claim_id.in_(claim_ids), delivery.c.state == "sending")
    )


def held_by(tx: Connection, claim_ids: list[str], now: datetime) -> bool:
    """Whether any of these claims still holds something."""
    return tx.execute(_of_claims(claim_ids, now).limit(1)).first() is not None


def release(tx: Connection, claim_ids: list[str], now: datetime) -> int:
    """End the leases of what these claims hold and have not settled; how many there were. Their workers are dead."""
    held = _of_claims(claim_ids, now).order_by(enrollment.c.id).with_for_update(skip_locked=True, of=enrollment)
    ids = tx.execute(held).scalars().all()
    tx.execute(update(enrollment).where(enrollment.c.id.in_(ids)).values(lease_until=now, due_at=now))
    return len(ids)


def abandoned(tx: Connection, now: datetime, limit: int) -> list[Enrollment]:
    """Runs whose lease has ended and which no claim takes up now: not active, or due later; locked. By id.

    Looked for in the order of the index over leases; in that of ids, SQLite would walk through everybody.
    """
    query = (
        select(enrollment)
        .where(enrollment.c.lease_until <= now, or_(enrollment.c.state != "active", enrollment.c.due_at > now))
        .order_by(enrollment.c.lease_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return sorted((enrollments.value(row) for row in tx.execute(query)), key=lambda one: one.id)
