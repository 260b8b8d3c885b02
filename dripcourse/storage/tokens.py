"""Keys of programs that sign people up: a name, a hash, since when and until when. The token itself is kept nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from dripcourse.storage.public_ids import new_public_id
from dripcourse.storage.tables import api_token


@dataclass(frozen=True)
class Token:
    """A key as it is kept. `public_id` is what a person calls it by; it opens nothing."""

    id: int
    public_id: str
    name: str
    created_at: datetime
    revoked_at: datetime | None = None


def add(tx: Connection, name: str, digest: str, at: datetime) -> Token:
    """Keep a token by its SHA-256, 64 hexadecimal digits."""
    values = {"public_id": new_public_id(), "name": name, "digest": digest, "created_at": at}
    return _value(tx.execute(insert(api_token).values(**values).returning(api_token)).one())


def valid(tx: Connection, digest: str) -> Token | None:
    """The token with that hash that nobody has revoked.

    Looked up by an index, which takes no secret's time: who can steer a SHA-256 towards ours has the token.
    """
    query = select(api_token).where(api_token.c.digest == digest, api_token.c.revoked_at.is_(None))
    found = tx.execute(query).one_or_none()
    return _value(found) if found is not None else None


def every(tx: Connection) -> list[Token]:
    """All of them, the oldest first; revoked ones too."""
    return [_value(row) for row in tx.execute(select(api_token).order_by(api_token.c.id))]


def revoke(tx: Connection, public_id: str, at: datetime) -> Token | None:
    """End a token from now on, once: the first moment stays. None where there is no such token."""
    of_id = api_token.c.public_id == public_id
    tx.execute(update(api_token).where(of_id, api_token.c.revoked_at.is_(None)).values(revoked_at=at))
    found = tx.execute(select(api_token).where(of_id)).one_or_none()
    return _value(found) if found is not None else None


def _value(row: Row[Any]) -> Token:
    return Token(row.id, row.public_id, row.name, row.created_at, row.revoked_at)
