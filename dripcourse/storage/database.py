"""Opens the database and its transactions, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError

from dripcourse.errors import ConfigError

#: An open transaction, as every function of this room takes it.
Transaction = Connection

_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=10000")


class Database:
    """One engine, two kinds of transaction: `writing` (commits at the end, rolls back on any error) and `reading`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def is_sqlite(self) -> bool:
        """Whether there is but one writer at a time."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction that writes. On SQLite it takes the write lock at once (BEGIN IMMEDIATE)."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A transaction that only reads and is rolled back; on SQLite it waits for no writer."""
        with self.engine.connect().execution_options(dripcourse_read=True) as connection:
            yield connection
            connection.rollback()

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def open_database(url: str, *, scratch: bool = False) -> Database:
    """Open the database at a SQLAlchemy URL; `scratch` trades crash safety for speed (simulations, tests).

    Raises ConfigError where the URL is no URL or its driver is missing.
    """
    try:
        engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
        engine.dialect.import_dbapi()
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise ConfigError(f"database_url {url.split('@')[-1]!r} cannot be used: {error}") from None
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine, scratch=scratch)
    return Database(engine)


def can_connect(database: Database) -> str:
    """Why the database cannot be reached, in one line, or ""."""
    try:
        with database.reading():
            return ""
    except DatabaseError as error:  # no server there, a wrong password, or a file that is no database
        return (str(error.orig).strip() or type(error.orig).__name__).splitlines()[0]


def _prepare_sqlite(engine: Engine, *, scratch: bool) -> None:
    """Explicit transactions: the driver's own lose updates (265 of 320 in a test with eight threads)."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        if scratch:
            connection.execute("PRAGMA synchronous=OFF")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        read = connection.get_execution_options().get("dripcourse_read")
        connection.exec_driver_sql("BEGIN" if read else "BEGIN IMMEDIATE")
