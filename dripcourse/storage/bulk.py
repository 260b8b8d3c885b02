"""People and their first runs by the thousand: what a batch has to know of them, and its rows. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, Column, ColumnElement, Connection, Table, any_, cast, func, select, text, update
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.exc import IntegrityError

from dripcourse.domain.plan import Plan
from dripcourse.domain.states import EnrollmentState, SubscriberState
from dripcourse.errors import Refused
from dripcourse.storage.pour import Cells, cells, one_text, pour
from dripcourse.storage.public_ids import new_public_ids
from dripcourse.storage.tables import consent, enrollment, event, subscriber, suppression

_UNIQUE_VIOLATION = "23505"
_LAST_GIVEN = text("SELECT seq FROM sqlite_sequence WHERE name = :name")  # the highest number a table ever gave


class Overtaken(Refused):
    """Somebody else wrote one of these people or runs meanwhile. The transaction is lost; the next one sees him."""


@dataclass(slots=True)
class Person:
    """Somebody a batch is about. `id` is 0 until he is written; `runs`: by course, the states of his runs in order."""

    address: str
    key: str
    name: str = ""
    id: int = 0
    confirmed: bool = False
    runs: dict[int, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)  # compared by identity: it is the key of thousands of rows
class Start:
    """Where a first run begins; the same for all of one course who want one plan. `slot` is (local date, instant)."""

    course_id: int
    version_id: int
    slug: str
    plan: Plan
    step_key: str
    slot: tuple[date, datetime]
    pick_up_in: int | None = None
    language: str = ""
    without: str = ""


@dataclass(frozen=True)
class Words:
    """What the rows say of where they come from: `how` and `wording` of the consent, `source` of the run."""

    how: str
    wording: str
    source: Mapping[str, Any]


def known(tx: Connection, keys: Sequence[str]) -> dict[str, Person]:
    """Who is there of these, by key, with his runs. Those who are pending are locked, in id order."""
    columns = (subscriber.c.id, subscriber.c.address, subscriber.c.address_key, subscriber.c.state)
    query = select(*columns).where(_among(tx, subscriber.c.address_key, keys))
    rows = {row.id: row for row in tx.execute(query)}
    pending = [row.id for row in rows.values() if row.state == SubscriberState.PENDING.value]
    if pending:  # who confirms at this moment is waited for; then he stands there confirmed, with his run
        query = select(*columns).where(_among(tx, subscriber.c.id, pending)).order_by(subscriber.c.id)
        rows |= {row.id: row for row in tx.execute(query.with_for_update(key_share=True))}
    confirmed = SubscriberState.CONFIRMED.value
    people = {i: Person(row.address, row.address_key, "", i, row.state == confirmed) for i, row in rows.items()}
    _add_runs(tx, people)
    return {person.key: person for person in people.values()}


def _add_runs(tx: Connection, people: Mapping[int, Person]) -> None:
    if people:
        columns = (enrollment.c.subscriber_id, enrollment.c.course_id, enrollment.c.state)
        query = select(*columns).where(_among(tx, enrollment.c.subscriber_id, list(people)))
        for row in tx.execute(query.order_by(enrollment.c.run)):
            people[row.subscriber_id].runs.setdefault(row.course_id, []).append(row.state)


def suppressed(tx: Connection, keys: Sequence[str]) -> dict[str, str]:
    """The suppressed ones among these keys, with their reasons."""
    query = select(suppression.c.address_key, suppression.c.reason)
    rows = tx.execute(query.where(_among(tx, suppression.c.address_key, keys)))
    return {row.address_key: row.reason for row in rows}


def _among(tx: Connection, column: Column[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """One parameter for thousands of values on PostgreSQL: an IN of thousands costs more than its answer.

    The values go as one text, which no id and no address key can break: neither has a line break.
    """
    if tx.dialect.name == "sqlite":
        return column.in_(values)
    parts = func.string_to_array("\n".join(map(str, values)), "\n")
    return column == any_(cast(parts, ARRAY(column.type)))


def write(
    tx: Connection, people: Sequence[Person], confirm: Sequence[Person], runs: Sequence[tuple[Person, Start]],
    words: Words, at: datetime,
) -> None:  # fmt: skip
    """Add `people` (each is given his id), confirm those who were pending, begin each run as the person's first.

    Raises Overtaken where a person or a run is there by now; then nothing of this transaction can be kept.
    """
    try:
        if confirm:
            held = update(subscriber).where(_among(tx, subscriber.c.id, [person.id for person in confirm]))
            tx.execute(held.values(state=SubscriberState.CONFIRMED.value))
        if people:
            _add(tx, people, at)
        if runs:
            _begin(tx, runs, words, at)
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", "") != _UNIQUE_VIOLATION:  # SQLite has one writer: nobody overtakes it
            raise
        raise Overtaken("this person was added by somebody else at this moment; look at it and try again") from error


def _add(tx: Connection, people: Sequence[Person], at: datetime) -> None:
    text = one_text(tx)
    same = {"locale": "en", "state": SubscriberState.CONFIRMED.value, "fields": {}, "created_at": at}
    tail = cells(tx, subscriber, same)
    for person, number in zip(people, _reserve(tx, subscriber, len(people)), strict=True):
        person.id = number
    rows = [
        (person.id, public_id, text(person.address), text(person.key), text(person.name), *tail)
        for person, public_id in zip(people, new_public_ids(len(people)), strict=True)
    ]
    rows.sort(key=lambda row: str(row[3]))  # in the order of their keys: two imports wait, never in a ring
    pour(tx, subscriber, ("id", "public_id", "address", "address_key", "name", *same), rows)


def _begin(tx: Connection, runs: Sequence[tuple[Person, Start]], words: Words, at: datetime) -> None:
    """The rows that flows.enroll writes for one: the consent, the run, the event that says where it came from."""
    runs = sorted(runs, key=lambda run: run[0].id)
    who, starts = [person.id for person, _ in runs], [start for _, start in runs]
    ids = _reserve(tx, enrollment, len(runs))
    _pour(tx, consent, ("subscriber_id",), zip(who), starts, lambda start: _consent(start, words, at))
    run = zip(ids, new_public_ids(len(runs)), who, strict=True)
    _pour(tx, enrollment, ("id", "public_id", "subscriber_id"), run, starts, lambda start: _run(start, words, at))
    told = zip(who, ids, strict=True)
    _pour(tx, event, ("subscriber_id", "enrollment_id"), told, starts, lambda start: _event(start, words, at))


def _pour(
    tx: Connection, table: Table, lead: Cells, own: Iterable[Cells], starts: Sequence[Start],
    fixed: Callable[[Start], dict[str, Any]],
) -> None:  # fmt: skip
    """Rows that differ in their first cells (`lead`) and share all others with those of the same start."""
    tails = {start: cells(tx, table, fixed(start)) for start in set(starts)}
    names = (*lead, *fixed(starts[0]))
    pour(tx, table, names, ((*cell, *tails[start]) for cell, start in zip(own, starts, strict=True)))


def _consent(start: Start, words: Words, at: datetime) -> dict[str, Any]:
    return {"course_id": start.course_id, "kind": "confirmed", "at": at, "how": words.how, "wording": words.wording,
            "form_version": "", "details": {}}  # fmt: skip


def _run(start: Start, words: Words, at: datetime) -> dict[str, Any]:
    plan = start.plan
    return {
        "course_id": start.course_id, "version_id": start.version_id, "run": 1, "state": EnrollmentState.ACTIVE.value,
        "reason": "", "source": dict(words.source), "zone": plan.zone, "hour": plan.hour, "weekdays": plan.weekdays,
        "every": plan.every, "paused_until": plan.paused_until, "next_key": start.step_key, "next_date": start.slot[0],
        "due_at": start.slot[1], "fence": 0, "created_at": at, "pick_up_in": start.pick_up_in,
        "language": start.language, "without": start.without,
    }  # fmt: skip


def _event(start: Start, words: Words, at: datetime) -> dict[str, Any]:
    chosen = {"language": start.language, "without": start.without}
    data = {"course": start.slug, "plan": str(start.plan), "run": 1, **{k: v for k, v in chosen.items() if v}}
    return {"at": at, "source": words.how, "kind": "enrolled", "data": data}


def _reserve(tx: Connection, table: Table, count: int) -> list[int]:
    """That many ids of the table that nobody else will get."""
    if tx.dialect.name == "sqlite":  # one writer, and this transaction is it
        last = tx.execute(_LAST_GIVEN, {"name": table.name}).scalar_one_or_none() or 0
        return list(range(last + 1, last + 1 + count))
    sequence = select(func.pg_get_serial_sequence(table.name, "id")).scalar_subquery()  # asked once, not for each row
    following = func.array_agg(func.nextval(cast(sequence, REGCLASS)))
    return sorted(tx.execute(select(following).select_from(func.generate_series(1, count).alias())).scalar_one())
