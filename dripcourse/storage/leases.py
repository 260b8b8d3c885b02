"""What dead processes still hold: found once its lease has ended, or given back at once where nobody else works."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, or_, select, update

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


def _held(claim_ids: list[str]) -> Select[Any]:
    """Runs under a lease with a lesson of these claims that is not settled."""
    sending = (delivery.c.enrollment_id == enrollment.c.id) & (delivery.c.state == "sending")
    unsettled = exists().where(sending, delivery.c.claim_id.in_(claim_ids))
    return select(enrollment).where(enrollment.c.lease_until.is_not(None), unsettled)


def held_by(tx: Connection, claim_ids: list[str]) -> bool:
    """Whether any of these claims still holds something."""
    return tx.execute(_held(claim_ids).limit(1)).first() is not None


def of_claims(tx: Connection, claim_ids: list[str], limit: int) -> list[Enrollment]:
    """The runs that these claims hold, by id; locked (those that others hold are passed over)."""
    held = _held(claim_ids).order_by(enrollment.c.lease_until).limit(limit)
    rows = tx.execute(held.with_for_update(skip_locked=True))
    return sorted((enrollments.value(row) for row in rows), key=lambda one: one.id)


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
