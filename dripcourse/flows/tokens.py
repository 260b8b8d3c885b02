"""Tokens of programs: made and shown once, known again by their hash. They sign people up and see the forms."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from dripcourse.errors import DripcourseError, InputError, NotFound
from dripcourse.storage import idempotency, tokens
from dripcourse.storage.database import Database, Transaction
from dripcourse.storage.tokens import Token

#: How long a program's own key for a request is known.
MEMORY = timedelta(hours=24)
#: A request under way for this long has died.
_DIED = timedelta(minutes=1)
_TOKEN = re.compile(r"dc_[A-Za-z0-9_-]{43}")
_KEY = re.compile(r"[!-~]{1,255}")
_MOST_OF_NAME = 60

Reply = tuple[int, Mapping[str, Any]]  # HTTP status, body


class UnderWay(DripcourseError):
    """The same request is being answered at this moment."""

    http_status = 409


class OtherBody(DripcourseError):
    """A key was used before, for something else."""

    http_status = 422


def create(db: Database, name: str, now: datetime) -> tuple[Token, str]:
    """A new token and its text, dc_ and 256 random bits, which is to be had here only. Raises InputError."""
    called = " ".join(name.split())
    if not called or len(called) > _MOST_OF_NAME or not called.isprintable():
        raise InputError(f"{name!r} cannot be a token's name; write 1 to {_MOST_OF_NAME} characters, such as 'shop'")
    text = "dc_" + secrets.token_urlsafe(32)
    with db.writing() as tx:
        return tokens.add(tx, called, _digest(text), now), text


def revoke(db: Database, public_id: str, now: datetime) -> Token:
    """End a token; twice is once. Raises NotFound."""
    with db.writing() as tx:
        found = tokens.revoke(tx, public_id, now)
    if found is None:
        raise NotFound(f"no token {public_id!r}; `dripcourse token list` shows their ids")
    return found


def known(db: Database, text: str) -> Token | None:
    """The token that a program shows, None where it is none of ours or has been revoked."""
    if not _TOKEN.fullmatch(text):
        return None
    with db.reading() as tx:
        return tokens.valid(tx, _digest(text))


def once(db: Database, token: Token, key: str | None, body: bytes, now: datetime, work: Callable[[], Reply]) -> Reply:
    """What `work` answers; asked again with the same key within a day, the same answer without the work.

    Only a success is kept: whatever else it was may be tried again. Raises InputError for what cannot be a key,
    OtherBody, UnderWay, and what `work` raises. Without a key it is just the work.
    """
    if key is None:
        return work()
    if not _KEY.fullmatch(key):
        raise InputError("Idempotency-Key: write 1 to 255 visible ASCII characters, such as a UUID")
    known = db.write(lambda tx: _begin(tx, token, key, sha256(body).hexdigest(), now))
    if known is not None:
        return known
    try:
        status, answer = work()
    except BaseException:
        db.write(lambda tx: idempotency.release(tx, token.id, key))
        raise
    if 200 <= status < 300:
        db.write(lambda tx: idempotency.settle(tx, token.id, key, status, answer))
    else:
        db.write(lambda tx: idempotency.release(tx, token.id, key))
    return status, answer


def forget_answers(db: Database, now: datetime) -> None:
    """Remove the answers that are kept no longer; mostly there are none, and then nothing is written."""
    with db.reading() as tx:
        oldest = idempotency.oldest(tx)
    if oldest is not None and oldest < now - MEMORY:
        db.write(lambda tx: idempotency.forget(tx, now - MEMORY))


def _begin(tx: Transaction, token: Token, key: str, body: str, now: datetime) -> Reply | None:
    """The answer given before, None where the key is taken for this request."""
    idempotency.release_old(tx, token.id, key, now - MEMORY)
    found = idempotency.begin(tx, token.id, key, body, now, now - _DIED)
    if found is None:
        return None
    if found.body != body:
        raise OtherBody("Idempotency-Key: this key was used for another request; take a new one for each request")
    if found.under_way:
        raise UnderWay("Idempotency-Key: a request with this key is being answered; ask again in a minute")
    return found.status, found.answer


def _digest(text: str) -> str:
    return sha256(text.encode("ascii")).hexdigest()
