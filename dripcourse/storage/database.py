"""Opens the database and its transactions, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import random
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from dripcourse.errors import ConfigError

#: An open transaction, as every function of this room takes it.
Transaction = Connection

#: The errors of a database that cannot be reached or used at this moment, whatever is written to it.
DATABASE_GONE = (OperationalError, InterfaceError)

#: What passes by itself: PostgreSQL's serialization failure and deadlock, and SQLite's busy.
_PASSING = {"40001", "40P01", "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_LOCKED"}
_TRIES = 4
_FIRST_WAIT = 0.05  # seconds; doubles, with as much again by chance so that two do not meet twice

_Result = TypeVar("_Result")

_PRAGMAS = ("busy_timeout=10000", "synchronous=NORMAL", "foreign_keys=ON")
_SWITCHES = 100


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

    def write(self, work: Callable[[Transaction], _Result]) -> _Result:
        """What `work` returns, done in a transaction that writes; the whole of it anew after a deadlock or the like.

        Four times at most, within a second or two (SQLite waits 10 s for its lock each time), then the error goes up.
        So `work` must leave nothing behind outside the database that a second call would stumble over.
        """
        for attempt in range(_TRIES):
            try:
                with self.writing() as tx:
                    return work(tx)
            except DBAPIError as error:
                if attempt == _TRIES - 1 or not passes_by_itself(error):
                    raise
                time.sleep(_FIRST_WAIT * 2**attempt * (1 + random.random()))  # noqa: S311  (no secret)
        raise AssertionError("the last try returns or raises")

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

    Raises ConfigError where the URL is no URL or its driver is missing. It names the scheme and nothing more: in a
    URL that cannot be read, any other part may be a piece of the password.
    """
    try:
        if "@" in (make_url(url).host or ""):
            raise ValueError("a password with an @ in it was taken for a host")
        engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
        engine.dialect.import_dbapi()
    except (SQLAlchemyError, ImportError, ValueError, TypeError):
        scheme = re.match(r"[a-z0-9+]+(?=:)", url)
        raise ConfigError(
            f"database_url{f' {scheme[0]}:…' if scheme else ''} cannot be used; write sqlite:///FILE or "
            "postgresql+psycopg://USER:PASSWORD@HOST/NAME, and @ : / # ? % in a password as %40 %3A %2F %23 %3F %25"
        ) from None
    if engine.dialect.name == "sqlite":
        _make_private(engine.url.database)
        _prepare_sqlite(engine, scratch=scratch)
    return Database(engine)


def _make_private(path: str | None) -> None:
    """A database file that is not there yet begins as the owner's alone: it will hold addresses."""
    file = Path(path or ":memory:")
    if path not in (None, "", ":memory:") and not file.exists() and file.parent.is_dir():
        with suppress(OSError):  # a folder that refuses us is told by the first connection, in the words of SQLite
            file.touch(mode=0o600)


def passes_by_itself(error: DBAPIError) -> bool:
    """Whether the same transaction may well succeed if it is simply run again: it was rolled back as a whole."""
    original = error.orig
    code = getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None)
    return code in _PASSING


@contextmanager
def driver(tx: Transaction) -> Iterator[Any]:
    """The driver's connection under this transaction, for what only it can do; its errors become SQLAlchemy's."""
    errors = tx.dialect.loaded_dbapi.Error
    try:
        yield tx.connection.dbapi_connection
    except errors as error:  # nobody else in this house knows those
        raise DBAPIError.instance("", None, error, errors, dialect=tx.dialect) from error


def can_connect(database: Database) -> str:
    """Why the database cannot be reached, in one line, or ""."""
    try:
        with database.reading():
            return ""
    except (ValueError, TypeError):
        return "an option after the ? of database_url is not understood"
    except DatabaseError as error:  # no server there, a wrong password, or a file that is no database
        return (str(error.orig).strip() or type(error.orig).__name__).splitlines()[0]


def _prepare_sqlite(engine: Engine, *, scratch: bool) -> None:
    """Explicit transactions: the driver's own lose updates (265 of 320 in a test with eight threads)."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        _write_ahead(connection)
        if scratch:
            connection.execute("PRAGMA synchronous=OFF")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        read = connection.get_execution_options().get("dripcourse_read")
        connection.exec_driver_sql("BEGIN" if read else "BEGIN IMMEDIATE")


def _write_ahead(connection: Any) -> None:
    """Switch the file to WAL, once for ever. The switch does not wait for others by itself; a write lock does."""
    for _ in range(_SWITCHES):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode=WAL")
