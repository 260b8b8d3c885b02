"""Addresses that are never written to again, with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, select

from dripcourse.storage.newcomers import unless_there
from dripcourse.storage.tables import suppression


def reason(tx: Connection, address_key: str) -> str:
    """Why the address is suppressed, or ""."""
    query = select(suppression.c.reason).where(suppression.c.address_key == address_key)
    return tx.execute(query).scalar_one_or_none() or ""


def among(tx: Connection, keys: list[str]) -> dict[str, str]:
    """The suppressed ones among these keys, with their reasons."""
    query = select(suppression.c.address_key, suppression.c.reason).where(suppression.c.address_key.in_(keys))
    return {row.address_key: row.reason for row in tx.execute(query)}


def since(tx: Connection, keys: list[str]) -> dict[str, tuple[datetime, str]]:
    """Since when, and why, for the suppressed ones among these keys."""
    found = tx.execute(select(suppression).where(suppression.c.address_key.in_(keys)))
    return {row.address_key: (row.at, row.reason) for row in found}


def add(tx: Connection, address_key: str, why: str, at: datetime) -> None:
    """Suppress the address; the first reason stays. Two at once do not disturb each other."""
    add_all(tx, [address_key], why, at)


def add_all(tx: Connection, keys: Iterable[str], why: str, at: datetime) -> None:
    """Suppress these addresses, in the order of their keys: whoever adds the same ones waits, never in a ring."""
    for key in sorted(set(keys)):
        tx.execute(unless_there(tx, suppression).values(address_key=key, reason=why, at=at))


def lift(tx: Connection, address_key: str) -> None:
    """Take the address out: its person was erased, and a fingerprint with the reason stands in its place."""
    tx.execute(delete(suppression).where(suppression.c.address_key == address_key))
