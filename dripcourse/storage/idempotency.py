"""What programs were answered, by their own key for a request, so that asking again does nothing again.

A row without a status stands for a request that is under way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, update

from dripcourse.storage.newcomers import unless_there
from dripcourse.storage.tables import idempotency

_UNDER_WAY = 0


@dataclass(frozen=True)
class Answered:
    """What is known of a key: the hash of what was asked, and the answer; status 0 while there is none."""

    body: str
    status: int
    answer: Mapping[str, Any]

    @property
    def under_way(self) -> bool:
        """Whether the first request with this key is still being answered."""
        return self.status == _UNDER_WAY


def begin(tx: Connection, token_id: int, key: str, body: str, at: datetime, stale: datetime) -> Answered | None:
    """Take the key for a request, and return None; or what is known of it, where it is taken.

    A request that has been under way since before `stale` died with its process; its key may be taken anew.
    """
    values = {"token_id": token_id, "key": key, "body": body, "status": _UNDER_WAY, "answer": {}, "at": at}
    query = unless_there(tx, idempotency).values(**values)
    if tx.execute(query.returning(idempotency.c.key)).one_or_none() is not None:
        return None
    died = and_(_is(token_id, key), idempotency.c.status == _UNDER_WAY, idempotency.c.at < stale)
    again = update(idempotency).where(died, idempotency.c.body == body).values(at=at)
    if tx.execute(again.returning(idempotency.c.key)).one_or_none() is not None:
        return None
    row = tx.execute(select(idempotency).where(_is(token_id, key))).one()
    return Answered(row.body, row.status, row.answer)


def settle(tx: Connection, token_id: int, key: str, status: int, answer: Mapping[str, Any]) -> None:
    """Keep the answer."""
    tx.execute(update(idempotency).where(_is(token_id, key)).values(status=status, answer=dict(answer)))


def release(tx: Connection, token_id: int, key: str) -> None:
    """Give the key back: nothing was done under it."""
    tx.execute(delete(idempotency).where(_is(token_id, key)))


def release_old(tx: Connection, token_id: int, key: str, before: datetime) -> None:
    """The same where it was taken before that moment."""
    tx.execute(delete(idempotency).where(_is(token_id, key), idempotency.c.at < before))


def oldest(tx: Connection) -> datetime | None:
    """When the oldest key was taken."""
    found: datetime | None = tx.execute(select(func.min(idempotency.c.at))).scalar_one()
    return found


def forget(tx: Connection, before: datetime) -> None:
    """Remove what is older."""
    tx.execute(delete(idempotency).where(idempotency.c.at < before))


def _is(token_id: int, key: str) -> ColumnElement[bool]:
    return and_(idempotency.c.token_id == token_id, idempotency.c.key == key)
