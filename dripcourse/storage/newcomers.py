"""Inserts that give way to a row that is there already, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite


def unless_there(tx: Connection, table: Table) -> Insert:
    """INSERT … ON CONFLICT DO NOTHING: no row comes back where a unique key is taken, and the transaction lives on.

    One that is being inserted by another transaction is waited for; so insert several in the order of their keys.
    """
    if tx.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()
