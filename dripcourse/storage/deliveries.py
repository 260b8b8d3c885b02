"""The send ledger: one row for each lesson of each enrollment, written before the network is touched."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from dripcourse.domain.enrollment import Delivery
from dripcourse.domain.states import DeliveryState
from dripcourse.storage.tables import delivery, enrollment


def value(row: Row[Any]) -> Delivery:
    """The row as the domain sees it."""
    return Delivery(
        row.id, row.enrollment_id, row.lesson_key, row.version_id, row.scheduled, row.local_date, row.planned_at,
        row.zone, DeliveryState(row.state), row.attempts, row.fence, row.claim_id, row.slot, row.message_id,
        row.created_at, row.sent_at, row.code, row.error, row.reason, row.doubts,
    )  # fmt: skip


def add(tx: Connection, new: Iterable[Delivery]) -> None:
    """Write new rows (their `id` is not looked at). The unique keys refuse a lesson, or a day, that is taken."""
    rows = [{k: v for k, v in vars(one).items() if k != "id"} for one in new]
    if rows:
        tx.execute(insert(delivery), rows)


def save(tx: Connection, many: Iterable[Delivery]) -> None:
    """Write these values back, by enrollment and lesson. The caller holds the enrollments' locks."""
    fixed = ("id", "enrollment_id", "lesson_key")
    rows = []
    for one in many:
        changed = {k: v for k, v in vars(one).items() if k not in fixed}
        rows.append({"this_enrollment": one.enrollment_id, "this_key": one.lesson_key, **changed})
    if not rows:
        return
    columns: dict[str, Any] = {name: bindparam(name) for name in rows[0] if not name.startswith("this_")}
    where = (delivery.c.enrollment_id == bindparam("this_enrollment"), delivery.c.lesson_key == bindparam("this_key"))
    tx.execute(update(delivery).where(*where).values(columns), rows)


def of_next_lessons(tx: Connection, enrollment_ids: list[int]) -> dict[int, Delivery]:
    """For each of these enrollments the delivery of its *next* lesson, where an attempt was made before."""
    query = (
        select(delivery)
        .join(
            enrollment, (enrollment.c.id == delivery.c.enrollment_id) & (enrollment.c.next_key == delivery.c.lesson_key)
        )
        .where(enrollment.c.id.in_(enrollment_ids))
    )
    return {row.enrollment_id: value(row) for row in tx.execute(query)}


def of_enrollment(tx: Connection, enrollment_id: int) -> list[Delivery]:
    """All of one enrollment, in the order in which they were first tried."""
    query = select(delivery).where(delivery.c.enrollment_id == enrollment_id)
    return [value(row) for row in tx.execute(query.order_by(delivery.c.created_at, delivery.c.id))]


def of_enrollments(tx: Connection, ids: list[int]) -> dict[int, list[Delivery]]:
    """The same for many, by enrollment."""
    found: dict[int, list[Delivery]] = {i: [] for i in ids}
    query = select(delivery).where(delivery.c.enrollment_id.in_(ids))
    for row in tx.execute(query.order_by(delivery.c.created_at, delivery.c.id)):
        found[row.enrollment_id].append(value(row))
    return found


def counts(tx: Connection) -> dict[str, int]:
    """How many there are in each state, plus `doubts`: transmissions whose reply was never read."""
    query = select(delivery.c.state, func.count(), func.coalesce(func.sum(delivery.c.doubts), 0))
    found: dict[str, int] = {"doubts": 0}
    for state, number, doubts in tx.execute(query.group_by(delivery.c.state)):
        found[state] = number
        found["doubts"] += int(doubts)
    return found
