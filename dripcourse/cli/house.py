"""Opens this installation for a command: settings, database, engine, the clock. Says what to do where it cannot."""

from __future__ import annotations

from datetime import UTC, datetime

from dripcourse import config
from dripcourse.config import Settings
from dripcourse.errors import ConfigError
from dripcourse.flows.engine import Engine, build_engine
from dripcourse.mail.transports import Transport
from dripcourse.storage import schema
from dripcourse.storage.database import Database, can_connect, open_database

_opened: list[Database] = []


def now() -> datetime:
    """The moment a command runs at, aware UTC."""
    return datetime.now(UTC)


def settings() -> Settings:
    """The settings of this installation."""
    return config.load()


def reachable(found: Settings) -> Database:
    """The database, whatever its schema. Raises ConfigError where it cannot be reached."""
    db = open_database(found.database_url)
    _opened.append(db)
    problem = can_connect(db)
    if problem:
        raise ConfigError(f"the database cannot be reached: {problem}; check database_url (DRIPCOURSE_DATABASE_URL)")
    return db


def database(found: Settings) -> Database:
    """The database, reachable and at this program's schema. Raises ConfigError with the next step."""
    db = reachable(found)
    with db.reading() as tx:
        has, wants = schema.revisions(tx)
    if has != wants:
        raise ConfigError(
            f"the database is at schema {has or 'none'}, this program needs {wants}: run `dripcourse db upgrade`"
        )
    return db


def close() -> None:
    """Give back what the command has opened; called once, when it is done."""
    while _opened:
        _opened.pop().close()


def engine(found: Settings, db: Database, transport: Transport) -> Engine:
    """The engine with that way out, on the real clock."""
    return build_engine(found, db, now, transport)
