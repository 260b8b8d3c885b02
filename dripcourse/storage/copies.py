"""Copies what a simulation of the real enrollments needs into another database: no names, no mails."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, func, insert, select, text

from dripcourse.storage.database import Transaction
from dripcourse.storage.tables import (
    course,
    course_version,
    delivery,
    enrollment,
    event,
    heartbeat,
    lesson,
    subscriber,
    suppression,
)

_BATCH = 1000
#: What is put in place of a column's value: a simulation has no use for who people are.
_MASKED: dict[tuple[Table, str], Any] = {
    (subscriber, "name"): "",
    (subscriber, "fields"): {},
    (enrollment, "source"): {},
    (enrollment, "lease_until"): None,  # the worker that holds it is not in the simulation
}


def copy_engine_state(source: Transaction, target: Transaction) -> int:
    """Copy courses, people (masked), enrollments and their ledger in batches; how many enrollments there are.

    `source` must be fresh: the copy is of one moment, whatever the workers write meanwhile.
    """
    if source.dialect.name == "postgresql":  # a SQLite transaction sees one moment anyway
        source.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    for table in (course, course_version, lesson, subscriber, suppression, enrollment, delivery, event, heartbeat):
        _copy(source, target, table)
    return source.execute(select(func.count()).select_from(enrollment)).scalar_one()


def _copy(source: Transaction, target: Transaction, table: Table) -> None:
    keys = list(table.primary_key.columns)
    masks = {name: mask for (of, name), mask in _MASKED.items() if of is table}
    result = source.execution_options(yield_per=_BATCH).execute(select(table).order_by(*keys))
    for part in result.mappings().partitions(_BATCH):
        rows: list[dict[str, Any]] = [{**row, **masks} for row in part]
        for row in rows if table is subscriber else ():
            row["address"] = f"{row['public_id']}@subscriber.example"  # the key stays: suppressions go by it
        target.execute(insert(table), rows)
