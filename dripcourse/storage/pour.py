"""Many rows into one table, the fastest way its database takes: COPY or the driver's executemany. Knows no noun."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, TypeDecorator
from sqlalchemy.engine import Dialect

from dripcourse.storage.columns import storable
from dripcourse.storage.database import driver

_CHUNK = 2000  # lines sent at a time: the server works on them while we make the next
_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})

#: Cells of a row as the driver takes them. Made by `cells`, so that what many rows share is converted once.
Cells = tuple[Any, ...]


def cells(tx: Connection, table: Table, values: Mapping[str, Any]) -> Cells:
    """These columns' values, in their order, as `pour` wants them. Whole numbers may go into a row as they are."""
    convert = _as_bound if tx.dialect.name == "sqlite" else _as_copied
    found = tuple(convert(table, name, value, tx.dialect) for name, value in values.items())
    return found if tx.dialect.name == "sqlite" else ("\t".join(found),)  # one cell that holds several


def one_text(tx: Connection) -> Callable[[str], str]:
    """What makes a text a cell (storable): `cells` for the one value that differs from row to row."""
    return storable if tx.dialect.name == "sqlite" else _copied_text


def _copied_text(text: str) -> str:
    if text.isprintable() and "\\" not in text:  # nothing in it that COPY or PostgreSQL could mind
        return text
    return storable(text).translate(_ESCAPED)


def pour(tx: Connection, table: Table, names: Iterable[str], rows: Iterable[Cells]) -> None:
    """Insert the rows, their cells in the order of `names`. Raises SQLAlchemy's errors on either database."""
    quote = tx.dialect.identifier_preparer.quote
    columns = [quote(name) for name in names]
    if tx.dialect.name == "sqlite":
        places = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {quote(table.name)} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608
        tx.exec_driver_sql(statement, list(rows))
        return
    _copy(tx, f"COPY {quote(table.name)} ({', '.join(columns)}) FROM STDIN", rows)


def _copy(tx: Connection, statement: str, rows: Iterable[Cells]) -> None:
    walk = iter(rows)
    with driver(tx) as connection, connection.cursor() as cursor, cursor.copy(statement) as copy:
        while chunk := list(islice(walk, _CHUNK)):
            copy.write("".join(["\t".join(map(str, row)) + "\n" for row in chunk]))


def _as_bound(table: Table, name: str, value: Any, dialect: Dialect) -> Any:
    processor = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
    return value if processor is None else processor(value)


def _as_copied(table: Table, name: str, value: Any, dialect: Dialect) -> str:
    kind = table.c[name].type
    if isinstance(kind, TypeDecorator):
        value = kind.process_bind_param(value, dialect)
    if value is None:
        return r"\N"
    text = json.dumps(value) if isinstance(value, dict | list) else str(value)
    return text.translate(_ESCAPED)
