"""Removes a person, row by row, and keeps the fingerprint by which his address is recognised. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, or_, select

from dripcourse.storage.tables import (
    answer,
    consent,
    delivery,
    enrollment,
    erased,
    event,
    hook_delivery,
    notice,
    subscriber,
)

#: What hangs on a person, in the order in which it can go: every table with subscriber_id or enrollment_id.
OF_PERSON = (answer, delivery, hook_delivery, event, notice, consent, enrollment)
_AT_ONCE = 5000  # values in one question; SQLite takes 32766


class Erased(NamedTuple):
    """An address that was erased: why nothing may be sent there, and since when."""

    reason: str
    at: datetime


def hold(tx: Connection, subscriber_id: int) -> None:
    """Lock the person until the transaction ends: nobody writes a row meanwhile that refers to him."""
    tx.execute(select(subscriber.c.id).where(subscriber.c.id == subscriber_id).with_for_update())


def weigh(tx: Connection, subscriber_id: int, run_ids: Sequence[int]) -> dict[str, int]:
    """How many rows of each table hang on this person, by the table's name."""
    return {
        table.name: tx.execute(
            select(func.count()).select_from(table).where(_his(table, subscriber_id, run_ids))
        ).scalar_one()
        for table in OF_PERSON
    }


def remove(tx: Connection, subscriber_id: int, run_ids: Sequence[int]) -> None:
    """Remove the person and all that hangs on him. The caller has locked the runs, and then him (`hold`)."""
    for table in OF_PERSON:
        tx.execute(delete(table).where(_his(table, subscriber_id, run_ids)))
    tx.execute(delete(subscriber).where(subscriber.c.id == subscriber_id))


def _his(table: Table, subscriber_id: int, run_ids: Sequence[int]) -> ColumnElement[bool]:
    by_person = [table.c.subscriber_id == subscriber_id] if "subscriber_id" in table.c else []
    by_run = [table.c.enrollment_id.in_(run_ids)] if "enrollment_id" in table.c else []
    return or_(*by_person, *by_run)


def remember(tx: Connection, fingerprint: str, why: str, at: datetime) -> None:
    """Keep this fingerprint; the caller has taken away earlier ones of the same address (`forget`)."""
    tx.execute(insert(erased).values(fingerprint=fingerprint, reason=why, at=at))


def among(tx: Connection, fingerprints: Sequence[str]) -> dict[str, Erased]:
    """Those of these that are kept."""
    if tx.execute(select(erased.c.fingerprint).limit(1)).first() is None:  # as nearly everywhere
        return {}
    found: dict[str, Erased] = {}
    for start in range(0, len(fingerprints), _AT_ONCE):
        part = fingerprints[start : start + _AT_ONCE]
        rows = tx.execute(select(erased).where(erased.c.fingerprint.in_(part)))
        found |= {row.fingerprint: Erased(row.reason, row.at) for row in rows}
    return found


def forget(tx: Connection, fingerprints: Sequence[str]) -> None:
    """Take these away, where they are kept."""
    tx.execute(delete(erased).where(erased.c.fingerprint.in_(fingerprints)))
