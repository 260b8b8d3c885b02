"""What PostgreSQL and SQLite say of the statements that they are asked meanwhile. No test.

Statements are caught where the driver takes them, with their parameters, and explained just before they run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from tests.flows.stage import Stage

#: The tables that grow with people and years, and the indexes that hold only what somebody has yet to work on.
GROWING = (
    "subscriber", "enrollment", "delivery", "event", "notice", "attempt", "sign_up", "spent", "forgotten",
    "hook_delivery",
)  # fmt: skip
TO_DO = {
    "ix_subscriber_pending",
    "ix_consent_network",
    "ix_enrollment_due",
    "ix_enrollment_leased",
    "ix_enrollment_over",
    "ix_enrollment_quiet",
    "ix_notice_due",
    "ix_hook_delivery_due",
    "ix_hook_delivery_queue",
}
_WRITES = re.compile(r"\b(INSERT INTO|DELETE FROM|UPDATE \w+ (\w+ )?SET)\b", re.IGNORECASE)
_asked = count()
_KINDS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


@dataclass(frozen=True)
class Plan:
    """One statement, and how the database would look at each table: `Index Scan pk_enrollment (id = 3)`."""

    statement: str
    looks: tuple[str, ...]
    unbounded: tuple[str, ...]  # those that cost more the more rows a growing table has

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return _WRITES.search(self.statement) is not None


@contextmanager
def watched(stage: Stage, patch: pytest.MonkeyPatch) -> Iterator[list[Plan]]:
    """The plans of all statements until the end, in their order."""
    plans: list[Plan] = []
    with _on_sqlite(stage, plans) if stage.db.is_sqlite else _on_postgresql(patch, plans):
        yield plans


@contextmanager
def _on_postgresql(monkeypatch: pytest.MonkeyPatch, plans: list[Plan]) -> Iterator[None]:
    execute, executemany = psycopg.Cursor.execute, psycopg.Cursor.executemany

    def explain(cursor: Any, query: Any, params: Any) -> None:
        if str(query).split(maxsplit=1)[0].upper() in _KINDS:
            other: psycopg.Cursor[Any] = psycopg.Cursor(cursor.connection)
            execute(other, f"EXPLAIN (FORMAT JSON) {query}", params)
            ((found,),) = other.fetchall()
            nodes = list(_reading(found[0]["Plan"]))
            unbounded = tuple(_shown(node) for node in nodes if _is_unbounded(node))
            plans.append(Plan(str(query), tuple(map(_shown, nodes)), unbounded))

    def explain_and_execute(cursor: Any, query: Any, params: Any = None, **more: Any) -> Any:
        explain(cursor, query, params)
        return execute(cursor, query, params, **more)

    def explain_and_executemany(cursor: Any, query: Any, params_seq: Any, **more: Any) -> Any:
        rows = list(params_seq)
        explain(cursor, query, rows[0])
        return executemany(cursor, query, rows, **more)

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", explain_and_execute)
        patch.setattr(psycopg.Cursor, "executemany", explain_and_executemany)
        yield


def _reading(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The nodes of a plan that read a table or an index."""
    if "Scan" in node["Node Type"] and ("Relation Name" in node or "Index Name" in node):
        yield node
    for inner in node.get("Plans", ()):
        yield from _reading(inner)


def _shown(node: dict[str, Any]) -> str:
    name = node.get("Index Name") or node["Relation Name"]
    return f"{node['Node Type']} {name} {node.get('Index Cond', '')}".strip()


def _is_unbounded(node: dict[str, Any]) -> bool:
    """All of a growing table, or all of an index over all its rows; a bitmap's own index is a node by itself."""
    index = node.get("Index Name")
    if index is not None:
        return "Index Cond" not in node and index not in TO_DO
    return node["Relation Name"] in GROWING and node["Node Type"] != "Bitmap Heap Scan"


@contextmanager
def _on_sqlite(stage: Stage, plans: list[Plan]) -> Iterator[None]:
    def explain(conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.split(maxsplit=1)[0].upper() in _KINDS:
            one = parameters[0] if isinstance(parameters, list) else parameters
            driver = conn.connection.dbapi_connection
            # The driver keeps prepared statements by their text, and an EXPLAIN is not prepared anew for a new schema.
            anew = f"EXPLAIN QUERY PLAN {statement} -- {next(_asked)}"
            looks = tuple(row[3] for row in driver.execute(anew, one))
            plans.append(Plan(statement, looks, tuple(filter(_scans, looks))))

    event.listen(stage.db.engine, "before_cursor_execute", explain)
    try:
        yield
    finally:
        event.remove(stage.db.engine, "before_cursor_execute", explain)


def _scans(look: str) -> bool:
    """SQLite reads all of a growing table or of an index over all its rows (`SCAN e`: our texts use first letters)."""
    found = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", look)
    return found is not None and any(found[1] in (name, name[0]) for name in GROWING) and found[2] not in TO_DO
