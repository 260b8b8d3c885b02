"""Brings a database to the schema of this program, and says whether it is there. Takes an open transaction."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from dripcourse.storage.tables import metadata

_LOCK = 0x64726970  # "drip": one migration at a time on PostgreSQL


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to `revision`. Two processes at once: the second waits and finds nothing to do."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    command.upgrade(_config(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Run the migrations down to `revision` ("base": nothing is left)."""
    command.downgrade(_config(connection), revision)


def revisions(connection: Connection) -> tuple[str, str]:
    """(the revision the database has, the newest this program knows); the first is "" for an empty database."""
    head = ScriptDirectory.from_config(_config(connection)).get_current_head() or ""
    return MigrationContext.configure(connection).get_current_revision() or "", head


def differences(connection: Connection) -> list[str]:
    """Where the database's tables differ from storage/tables.py; empty when they agree."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [str(change) for change in compare_metadata(context, metadata)]
