"""Confirm mails to people who are kept no more: what it takes to hear "this was not me" from one of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from dripcourse.storage.tables import forgotten


class Forgotten(NamedTuple):
    """One such mail: the notice's public id, the mark of the address it went to, the slug of its form."""

    public_id: str
    address: str
    form: str
    at: datetime


def add(tx: Connection, mails: Sequence[Forgotten]) -> None:
    """Keep these."""
    if mails:
        tx.execute(insert(forgotten), [one._asdict() for one in mails])


def find(tx: Connection, public_id: str) -> Forgotten | None:
    """The mail of that public id."""
    query = select(*(forgotten.c[name] for name in Forgotten._fields)).where(forgotten.c.public_id == public_id)
    row = tx.execute(query).one_or_none()
    return None if row is None else Forgotten._make(row)


def aged(tx: Connection, before: datetime, limit: int) -> list[str]:
    """Those kept since before that moment, oldest first."""
    query = select(forgotten.c.public_id).where(forgotten.c.at < before).order_by(forgotten.c.at).limit(limit)
    return list(tx.execute(query).scalars())


def remove(tx: Connection, public_ids: Sequence[str]) -> None:
    """Keep these no longer."""
    tx.execute(delete(forgotten).where(forgotten.c.public_id.in_(public_ids)))
