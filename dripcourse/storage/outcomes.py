"""Writes a claimed batch to the ledger before the network is touched, and its acceptances afterwards: whole batches.

What all rows of a batch share by their situation is passed once, as a sheet; a row holds what is its own. PostgreSQL
gets one statement, SQLite, which has no network in between, a few.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, text, update

from dripcourse.domain.states import DeliveryState, EnrollmentState
from dripcourse.storage.tables import course, delivery, enrollment

_ACTIVE = EnrollmentState.ACTIVE.value
_SENDING, _SENT = DeliveryState.SENDING.value, DeliveryState.SENT.value


@dataclass(frozen=True)
class Sheet:
    """What the deliveries of all runs in one situation share: one lesson, one day of the plan."""

    lesson_key: str
    version_id: int
    scheduled: bool
    local_date: date | None
    planned_at: datetime
    zone: str


class Begun(NamedTuple):
    """One delivery that is about to be sent. `sheet` counts from 0; `slot` is its place in the journal."""

    enrollment_id: int
    fence: int
    slot: int
    message_id: str
    sheet: int


def begin(tx: Connection, claim_id: str, at: datetime, sheets: Sequence[Sheet], rows: Sequence[Begun]) -> None:
    """Write these deliveries as "sending". The unique keys refuse a lesson, or a day, that is taken."""
    shared = {"state": _SENDING, "attempts": 1, "claim_id": claim_id, "created_at": at}
    if not rows:
        return
    if tx.dialect.name == "sqlite":
        values = [{**vars(sheet), **shared} for sheet in sheets]
        tx.execute(insert(delivery), [_with(values[row.sheet], row) for row in rows])
    else:
        tx.execute(_BEGIN, {**shared, "sheets": _json(sheets), **_columns(rows)})


def _with(shared: dict[str, Any], row: NamedTuple) -> dict[str, Any]:
    own = row._asdict()
    del own["sheet"]
    return {**shared, **own}


_BEGIN = text(
    """
    INSERT INTO delivery (enrollment_id, fence, slot, message_id, lesson_key, version_id, scheduled, local_date,
                          planned_at, zone, state, attempts, claim_id, created_at)
    SELECT r.enrollment_id, r.fence, r.slot, r.message_id, s.lesson_key, s.version_id, s.scheduled, s.local_date,
           s.planned_at, s.zone, :state, :attempts, :claim_id, :created_at
    FROM unnest(CAST(:enrollment_id AS bigint[]), CAST(:fence AS int[]), CAST(:slot AS int[]),
                CAST(:message_id AS text[]), CAST(:sheet AS int[])) AS r (enrollment_id, fence, slot, message_id, sheet)
    JOIN ROWS FROM (json_to_recordset(CAST(:sheets AS json)) AS (
           lesson_key text, version_id bigint, scheduled boolean, local_date date, planned_at timestamptz, zone text)
         ) WITH ORDINALITY AS s (lesson_key, version_id, scheduled, local_date, planned_at, zone, number)
      ON s.number = r.sheet + 1
    """
)


@dataclass(frozen=True)
class Progress:
    """Where an accepted lesson leaves all runs of one situation; `reason` says why it was late, if it was."""

    lesson_key: str
    version_id: int
    course_id: int
    current_id: int  # the course's current version as the claim saw it
    reason: str
    state: str
    next_key: str | None
    next_date: date | None
    last_date: date | None
    due_at: datetime | None
    ended_at: datetime | None


class Accepted(NamedTuple):
    """One acceptance. `at` is in seconds since 1970, to the microsecond."""

    enrollment_id: int
    fence: int
    at: float
    sheet: int


def accept(tx: Connection, claim_id: str, sheets: Sequence[Progress], rows: Sequence[Accepted]) -> set[int]:
    """Write these acceptances and move their runs on; the ids of the runs for which it was done.

    It is done where nothing has happened to a run since it was claimed: same fence, active, same version of the
    course. Whoever is left over must be locked, read and settled by himself.
    """
    if not rows:
        return set()
    if tx.dialect.name == "sqlite":
        return _accept_one_by_one(tx, claim_id, sheets, rows)
    told = {"claim_id": claim_id, "sheets": _json(sheets), **_columns(rows)}
    moved, settled = tx.execute(_ACCEPT, told).one()
    if len(moved) != settled:  # a fence guards its claim's row; where it did not, nothing is written
        raise RuntimeError(f"{len(moved)} runs held by claim {claim_id} have {settled} deliveries of that claim")
    return set(moved)


_ACCEPT = text(
    """
    WITH told AS MATERIALIZED (
      SELECT r.enrollment_id, r.fence, to_timestamp(r.at) AS sent_at, s.*
      FROM unnest(CAST(:enrollment_id AS bigint[]), CAST(:fence AS int[]), CAST(:at AS float8[]), CAST(:sheet AS int[]))
             AS r (enrollment_id, fence, at, sheet)
      JOIN ROWS FROM (json_to_recordset(CAST(:sheets AS json)) AS (
             lesson_key varchar, version_id bigint, course_id bigint, current_id bigint, reason text, state text,
             next_key text, next_date date, last_date date, due_at timestamptz, ended_at timestamptz)
           ) WITH ORDINALITY AS s (lesson_key, version_id, course_id, current_id, reason, state,
                                   next_key, next_date, last_date, due_at, ended_at, number)
        ON s.number = r.sheet + 1
      JOIN course c ON c.id = s.course_id AND c.version_id = s.current_id
    ), moved AS (
      UPDATE enrollment e SET state = t.state, next_key = t.next_key, next_date = t.next_date,
             last_date = t.last_date, due_at = t.due_at, ended_at = t.ended_at, lease_until = NULL,
             pick_up_in = e.pick_up_in - 1
      FROM told t
      WHERE e.id = t.enrollment_id AND e.fence = t.fence AND e.state = 'active' AND e.version_id = t.version_id
            AND e.next_key = t.lesson_key
      RETURNING e.id, t.lesson_key, t.sent_at, t.reason
    ), settled AS (
      UPDATE delivery d SET state = 'sent', sent_at = m.sent_at, reason = m.reason, error = '', code = 250
      FROM moved m WHERE d.enrollment_id = m.id AND d.lesson_key = m.lesson_key AND d.claim_id = :claim_id
      RETURNING 1
    )
    SELECT ARRAY(SELECT id FROM moved), (SELECT count(*) FROM settled)
    """
)


def _accept_one_by_one(tx: Connection, claim_id: str, sheets: Sequence[Progress], rows: Sequence[Accepted]) -> set[int]:
    still = _unchanged(tx, [row.enrollment_id for row in rows])
    told = [
        (row, sheets[row.sheet])
        for row in rows
        if still.get(row.enrollment_id) == _expected(claim_id, row, sheets[row.sheet])
    ]
    if told:
        tx.execute(_MOVE, [_run_values(row, sheet) for row, sheet in told])
        tx.execute(_SETTLE, [_row_values(row, sheet) for row, sheet in told])
    return {row.enrollment_id for row, _ in told}


def _expected(claim_id: str, row: Accepted, sheet: Progress) -> tuple[Any, ...]:
    return (row.fence, _ACTIVE, sheet.version_id, sheet.lesson_key, sheet.current_id, claim_id)


def _unchanged(tx: Connection, ids: Sequence[int]) -> dict[int, tuple[Any, ...]]:
    """What `accept` compares, by run."""
    run = enrollment.c
    query = (
        select(run.id, run.fence, run.state, run.version_id, run.next_key, course.c.version_id, delivery.c.claim_id)
        .join(course, course.c.id == run.course_id)
        .join(delivery, (delivery.c.enrollment_id == run.id) & (delivery.c.lesson_key == run.next_key))
        .where(run.id.in_(ids))
    )
    return {row[0]: tuple(row[1:]) for row in tx.execute(query)}


_MOVE = (
    update(enrollment)
    .where(enrollment.c.id == bindparam("this_run"))
    .values(
        {name: bindparam(name) for name in ("state", "next_key", "next_date", "last_date", "due_at", "ended_at")}
        | {"lease_until": None, "pick_up_in": enrollment.c.pick_up_in - 1}
    )
)
_SETTLE = (
    update(delivery)
    .where(delivery.c.enrollment_id == bindparam("this_run"), delivery.c.lesson_key == bindparam("this_key"))
    .values(state=_SENT, sent_at=bindparam("sent_at"), reason=bindparam("why"), error="", code=250)
)


def _run_values(row: Accepted, sheet: Progress) -> dict[str, Any]:
    names = ("state", "next_key", "next_date", "last_date", "due_at", "ended_at")
    return {"this_run": row.enrollment_id, **{name: getattr(sheet, name) for name in names}}


def _row_values(row: Accepted, sheet: Progress) -> dict[str, Any]:
    at = datetime.fromtimestamp(row.at, UTC)
    return {"this_run": row.enrollment_id, "this_key": sheet.lesson_key, "sent_at": at, "why": sheet.reason}


def no_longer_wanted(tx: Connection, held: Sequence[tuple[int, int]]) -> set[int]:
    """Which of these (run, fence) must not be sent any more: its reader left, paused or moved, or another worker
    took it over, the address was suppressed, or the person erased.
    """
    if not held:
        return set()
    if tx.dialect.name == "sqlite":
        return set(tx.execute(_UNWANTED_SQLITE, {"held": json.dumps(held)}).scalars().all())
    ids, fences = zip(*held, strict=True)
    return set(tx.execute(_UNWANTED, {"ids": _array(ids), "fences": _array(fences)}).scalars().all())


_UNWANTED_OF = """
    SELECT h.id FROM {held} LEFT JOIN enrollment e ON e.id = h.id LEFT JOIN subscriber s ON s.id = e.subscriber_id
    WHERE e.id IS NULL OR e.fence <> h.fence OR e.state <> 'active'
          OR EXISTS (SELECT 1 FROM suppression x WHERE x.address_key = s.address_key)
    """
_UNWANTED = text(
    _UNWANTED_OF.format(held="unnest(CAST(:ids AS bigint[]), CAST(:fences AS int[])) AS h (id, fence)"),
)
_UNWANTED_SQLITE = text(
    _UNWANTED_OF.format(
        held="(SELECT json_extract(value, '$[0]') id, json_extract(value, '$[1]') fence FROM json_each(:held)) AS h"
    )
)


def _array(elements: Iterable[object]) -> str:
    return "{" + ",".join(map(str, elements)) + "}"


def _columns(rows: Sequence[NamedTuple]) -> dict[str, str]:
    """Each field of these rows as one PostgreSQL array literal; they hold numbers and words without blanks or `,{}"`.

    The driver's own way to write a list costs a microsecond for each element, this one a tenth.
    """
    names = rows[0]._fields
    return {name: _array(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def _json(sheets: Sequence[Sheet] | Sequence[Progress]) -> str:
    return json.dumps([vars(sheet) for sheet in sheets], default=lambda moment: moment.isoformat())
