"""Reads every row that hangs on a person, column by column, for the copy of his data. It changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, or_, select

from dripcourse.storage.tables import (
    answer,
    consent,
    course,
    delivery,
    enrollment,
    event,
    hook_delivery,
    notice,
    sign_up,
    subscriber,
    suppression,
)

#: Every table that holds something of a person, by subscriber_id, enrollment_id or address_key.
SHOWN = (
    subscriber, suppression, sign_up, consent, enrollment, delivery, answer, event, notice, hook_delivery,
)  # fmt: skip
#: Columns that say nothing of him: keys between our own rows, and how a worker or a retry stands.
LEFT_OUT = {
    "id", "subscriber_id", "course_id", "form_id", "hook_id", "version_id", "fence", "claim_id", "slot", "lease_until",
    "pick_up_in", "pruned_at", "due_at", "attempts", "address_key", "source_event_id",
}  # fmt: skip


def of_person(
    tx: Connection, subscriber_id: int, address_key: str, run_ids: Sequence[int]
) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """His rows by the table's name, oldest first. Each has `course` (a slug) and `enrollment_id` where it has one."""
    slugs: dict[int, str] = {row.id: row.slug for row in tx.execute(select(course.c.id, course.c.slug))}
    return {
        table.name: [_told(row, slugs) for row in _rows(tx, table, subscriber_id, address_key, run_ids)]
        for table in SHOWN
    }


def _rows(
    tx: Connection, table: Table, subscriber_id: int, address_key: str, run_ids: Sequence[int]
) -> Sequence[Mapping[Any, Any]]:
    his = []
    if table is subscriber:
        his = [table.c.id == subscriber_id]
    elif "address_key" in table.c:
        his = [table.c.address_key == address_key]
    if "subscriber_id" in table.c:
        his.append(table.c.subscriber_id == subscriber_id)
    if "enrollment_id" in table.c:
        his.append(table.c.enrollment_id.in_(run_ids))
    found = tx.execute(select(table).where(or_(*his)).order_by(*table.primary_key.columns))
    return list(found.mappings())


def _told(row: Mapping[Any, Any], slugs: Mapping[int, str]) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name not in LEFT_OUT}
    if row.get("course_id") is not None:
        told["course"] = slugs[row["course_id"]]
    if "run" in row:
        told["enrollment_id"] = row["id"]
    return told
