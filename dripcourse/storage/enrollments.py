"""Enrollments: who is where in which course, and when he is due."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, and_, bindparam, exists, func, select, update

from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.plan import Plan
from dripcourse.domain.states import ENDED, EnrollmentState
from dripcourse.errors import Nobody, Refused
from dripcourse.storage.newcomers import unless_there
from dripcourse.storage.public_ids import new_public_id
from dripcourse.storage.tables import enrollment

_ACTIVE = EnrollmentState.ACTIVE.value


def value(row: Row[Any]) -> Enrollment:
    """The row as the domain sees it."""
    plan = Plan(row.zone, row.hour, row.weekdays, row.every, row.paused_until)
    return Enrollment(
        row.id, row.public_id, row.subscriber_id, row.course_id, row.version_id, row.run, EnrollmentState(row.state),
        plan, row.next_key, row.next_date, row.last_date, row.due_at, row.lease_until, row.fence, row.created_at,
        row.reason, row.language, row.without, row.asked, row.begins,
    )  # fmt: skip


def _columns(one: Enrollment, now: datetime) -> dict[str, Any]:
    """What a change of the plan may touch: never who, which course or run, its first day, nor what its reader chose."""
    return {
        "version_id": one.version_id,
        "state": one.state.value,
        "reason": one.reason,
        "zone": one.plan.zone,
        "hour": one.plan.hour,
        "weekdays": one.plan.weekdays,
        "every": one.plan.every,
        "paused_until": one.plan.paused_until,
        "next_key": one.next_key,
        "next_date": one.next_date,
        "last_date": one.last_date,
        "due_at": one.due_at,
        "lease_until": one.lease_until,
        "fence": one.fence,
        "asked": one.asked and one.state is EnrollmentState.ACTIVE,
        "ended_at": now if one.state in ENDED else None,
    }


def add(
    tx: Connection, *, subscriber_id: int, version: tuple[int, int], run: int, plan: Plan, step_key: str,
    slot: tuple[Any, datetime], source: Mapping[str, Any], at: datetime, language: str = "", without: str = "",
    pick_up_in: int | None = None, begins: date | None = None,
) -> Enrollment:  # fmt: skip
    """A new active run. `version` is (course id, version id); `slot` the first lesson's (local date, instant).

    Raises Refused where that run was begun by somebody else meanwhile.
    """
    query = unless_there(tx, enrollment).values(
        public_id=new_public_id(), subscriber_id=subscriber_id, course_id=version[0], version_id=version[1], run=run,
        state=_ACTIVE, reason="", source=dict(source), zone=plan.zone, hour=plan.hour, weekdays=plan.weekdays,
        every=plan.every, paused_until=plan.paused_until, next_key=step_key, next_date=slot[0], due_at=slot[1],
        fence=0, created_at=at, language=language, without=without, pick_up_in=pick_up_in, begins=begins,
    )  # fmt: skip
    row = tx.execute(query.returning(*enrollment.c)).one_or_none()
    if row is None:
        raise Refused("this person was enrolled in the course by somebody else at this moment; nothing was added")
    return value(row)


def save(tx: Connection, many: Iterable[Enrollment], now: datetime) -> None:
    """Write these values back. The caller holds the rows' locks (`lock`)."""
    rows = [{"this_id": one.id, **_columns(one, now)} for one in many]
    if rows:
        columns: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "this_id"}
        tx.execute(update(enrollment).where(enrollment.c.id == bindparam("this_id")).values(columns), rows)


def choose(tx: Connection, one_id: int, *, language: str, without: str) -> None:
    """What its reader chose for this run: a language, and the perspectives he wants other passages for."""
    tx.execute(update(enrollment).where(enrollment.c.id == one_id).values(language=language, without=without))


def count_down(tx: Connection, ids: Collection[int]) -> None:
    """Another lesson has gone to each of these: one less until a "pick up here" mail (null stays null)."""
    if not ids:
        return
    fewer = {"pick_up_in": enrollment.c.pick_up_in - 1}
    tx.execute(update(enrollment).where(enrollment.c.id.in_(ids), enrollment.c.pick_up_in.is_not(None)).values(fewer))


def set_pick_up(tx: Connection, one_id: int, lessons: int | None) -> None:
    """That mail is due after so many lessons without a tap; None: never (any more)."""
    tx.execute(update(enrollment).where(enrollment.c.id == one_id).values(pick_up_in=lessons))


def any_quiet(tx: Connection) -> bool:
    """Whether `quiet` would find one, if nobody held it."""
    found = select(enrollment.c.id).where(_is_quiet())
    return tx.execute(found.limit(1)).first() is not None


def quiet(tx: Connection, limit: int) -> list[Enrollment]:
    """Up to `limit` active runs whose reader is to get that mail; locked, those that others hold passed over."""
    found = select(enrollment).where(_is_quiet()).order_by(enrollment.c.pick_up_in, enrollment.c.id)
    rows = tx.execute(found.limit(limit).with_for_update(skip_locked=True))
    return [value(row) for row in rows]


def _is_quiet() -> ColumnElement[bool]:  # in the words of the index
    return and_(enrollment.c.state == _ACTIVE, enrollment.c.pick_up_in <= 0)


def lock(tx: Connection, ids: list[int]) -> dict[int, Enrollment]:
    """The enrollments of those ids, locked until the transaction ends, in id order (so that no two wait in a ring)."""
    query = select(enrollment).where(enrollment.c.id.in_(ids)).order_by(enrollment.c.id)
    query = query.with_for_update(key_share=True)  # rows that refer to these may be written by others meanwhile
    return {row.id: value(row) for row in tx.execute(query)}


def by_public_id(tx: Connection, public_id: str) -> Enrollment:
    """The enrollment of that public id. Raises Nobody: rows go only with their person."""
    row = tx.execute(select(enrollment).where(enrollment.c.public_id == public_id)).one_or_none()
    if row is None:
        raise Nobody("this link is not valid (any more)")
    return value(row)


def of_subscriber(tx: Connection, subscriber_id: int, course_id: int | None = None) -> list[Enrollment]:
    """All runs of a person, oldest first; of one course if given."""
    query = select(enrollment).where(enrollment.c.subscriber_id == subscriber_id)
    if course_id is not None:
        query = query.where(enrollment.c.course_id == course_id)
    return [value(row) for row in tx.execute(query.order_by(enrollment.c.course_id, enrollment.c.run))]


def of_people(tx: Connection, subscriber_ids: list[int]) -> list[Enrollment]:
    """All runs of these people, by id."""
    query = select(enrollment).where(enrollment.c.subscriber_id.in_(subscriber_ids)).order_by(enrollment.c.id)
    return [value(row) for row in tx.execute(query)]


def ends(tx: Connection, ids: list[int]) -> dict[int, datetime | None]:
    """When each of these ended, None for one under way."""
    query = select(enrollment.c.id, enrollment.c.ended_at).where(enrollment.c.id.in_(ids))
    return {row.id: row.ended_at for row in tx.execute(query)}


def after(tx: Connection, last_id: int, limit: int, *, course_id: int | None = None) -> list[Enrollment]:
    """The next `limit` enrollments by id, for walks over all of them in bounded memory."""
    query = select(enrollment).where(enrollment.c.id > last_id).order_by(enrollment.c.id).limit(limit)
    if course_id is not None:
        query = query.where(enrollment.c.course_id == course_id)
    return [value(row) for row in tx.execute(query)]


def behind(tx: Connection, course_id: int, version_id: int, *, after_id: int, limit: int) -> list[Enrollment]:
    """The next runs under way, by id, that are not on that version; locked (those that others hold are waited for)."""
    query = (
        select(enrollment)
        .where(_is_behind(course_id, version_id), enrollment.c.id > after_id)
        .order_by(enrollment.c.id)
        .limit(limit)
        .with_for_update(key_share=True)
    )
    return [value(row) for row in tx.execute(query)]


def any_behind(tx: Connection, course_id: int, version_id: int) -> bool:
    """Whether `behind` would find one."""
    return bool(tx.execute(select(exists().where(_is_behind(course_id, version_id)))).scalar_one())


def _is_behind(course_id: int, version_id: int) -> ColumnElement[bool]:
    ended = [state.value for state in ENDED]
    return and_(
        enrollment.c.course_id == course_id, enrollment.c.version_id != version_id, enrollment.c.state.not_in(ended)
    )


def source_of(tx: Connection, enrollment_id: int) -> Mapping[str, Any]:
    """Where the sign-up came from: form slug, UTM, referrer."""
    found: Mapping[str, Any] = tx.execute(
        select(enrollment.c.source).where(enrollment.c.id == enrollment_id)
    ).scalar_one()
    return found


def due_count(now: datetime, cap: int) -> ScalarSelect[int]:
    """How many are due, counted up to `cap` (so that the question stays cheap in a flood), as part of a question."""
    due = select(enrollment.c.id).where(enrollment.c.state == _ACTIVE, enrollment.c.due_at <= now).limit(cap)
    return select(func.count()).select_from(due.subquery()).scalar_subquery()


def count_due(tx: Connection, now: datetime, cap: int) -> int:
    """The same as a question of its own."""
    return tx.execute(select(due_count(now, cap))).scalar_one()


def count_leased(tx: Connection) -> int:
    """How many a worker holds at this moment."""
    return tx.execute(select(func.count()).where(enrollment.c.lease_until.is_not(None))).scalar_one()


def next_due(tx: Connection) -> datetime | None:
    """The earliest due moment of all."""
    query = select(enrollment.c.due_at).where(enrollment.c.state == _ACTIVE).order_by(enrollment.c.due_at).limit(1)
    return tx.execute(query).scalar_one_or_none()


def overdue(tx: Connection, *, before: datetime, after_id: int, limit: int) -> list[Enrollment]:
    """Active, unclaimed enrollments that were due before that moment, by id; locked."""
    query = (
        select(enrollment)
        .where(enrollment.c.state == _ACTIVE, enrollment.c.due_at <= before, enrollment.c.id > after_id)
        .where(enrollment.c.lease_until.is_(None))
        .order_by(enrollment.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [value(row) for row in tx.execute(query)]
