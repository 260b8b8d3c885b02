"""Sign-ups as they came, as keyed hashes: written once each, counted through their indexes. It decides nothing.

What was let in carries the marks of its address, network and domain; what was refused carries none, but for what
fell into the trap: it uses up its network's budget like anybody, or it could tell that it did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Select,
    String,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    true,
    type_coerce,
    union_all,
    update,
)

from dripcourse.domain.breaker import OF_ONE_NETWORK, RIPE, WEEK, Hour
from dripcourse.domain.budgets import DAY, HOUR, LET_IN, MAILED, REFUSED, Load, Outcome, Sent
from dripcourse.storage.tables import attempt

_PASSED = [outcome.value for outcome in LET_IN]
_REFUSED = [outcome.value for outcome in REFUSED]
#: The moment of what is kept without one.
FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
_MAILED = [outcome.value for outcome in MAILED]
_confirmed = attempt.c.outcome == Outcome.CONFIRMED.value


@dataclass(frozen=True)
class Marks:
    """What one sign-up is counted by, each under every key, the newest first; ("",) where there is nothing to count."""

    address: tuple[str, ...] = ("",)
    network: tuple[str, ...] = ("",)
    wide: tuple[str, ...] = ("",)
    domain: tuple[str, ...] = ("",)


def record(tx: Connection, form_id: int, path: str, outcome: Outcome, at: datetime, marks: Marks | None = None) -> None:
    """Write one attempt down."""
    seen = marks or Marks()
    tx.execute(
        insert(attempt).values(
            form_id=form_id, at=at, path=path, outcome=outcome.value, address=seen.address[0],
            network=seen.network[0], wide=seen.wide[0], domain=seen.domain[0],
        )
    )  # fmt: skip


def load(tx: Connection, marks: Marks, form_id: int, now: datetime, since: datetime) -> Load:
    """What was let in of this network and its /48, and through this form since then; one question."""
    spans = {"network": marks.network, "wide": marks.wide}
    counted = [_spans(attempt.c[name], seen, now) for name, seen in spans.items() if seen[0]]
    form = select(literal("form"), func.count(), literal(0)).where(*_through(form_id, _PASSED, since))
    found = {row[0]: (row[1], row[2]) for row in tx.execute(union_all(*counted, form))}
    through, _ = found.pop("form")
    return Load(form=through, **found)


def _spans(column: Column[Any], marks: tuple[str, ...], now: datetime) -> Select[str, int, int]:
    hour, day = func.count().filter(attempt.c.at > now - HOUR), func.count()
    return select(literal(column.name), hour, day).where(column.in_(marks), attempt.c.at > now - DAY)


def hour(tx: Connection, form_id: int, now: datetime, since: datetime) -> Hour:
    """What came through this form since then, an hour or less: people, of each network as many as count.

    It looks at every one of them, so ask only where `load` says that there are many.
    """
    place = case((attempt.c.wide != "", attempt.c.wide), else_=attempt.c.network).label("place")
    people = func.count(attempt.c.address.distinct())
    ripe = attempt.c.outcome.in_(_MAILED) & (attempt.c.at <= now - RIPE)
    query = select(
        place, people.label("came"), people.filter(ripe).label("ripe"), people.filter(_confirmed).label("yes")
    )
    by_place = query.where(*_through(form_id, _PASSED, since)).group_by(place).subquery()
    named = by_place.c.place != ""  # a program need not say where its users come from
    counted = [
        func.coalesce(func.sum(case((named & (column > OF_ONE_NETWORK), OF_ONE_NETWORK), else_=column)), 0)
        for column in (by_place.c.came, by_place.c.ripe, by_place.c.yes)
    ]
    return Hour(*map(int, tx.execute(select(*counted)).one()))


def week(tx: Connection, form_id: int, now: datetime) -> list[tuple[int, int]]:
    """(mailed, confirmed) of each hour of the week up to the last hour in which sign-ups through this form were
    mailed. It looks at all of them.
    """
    clock_hour: Any = func.date_trunc("hour", attempt.c.at)
    if tx.dialect.name == "sqlite":
        clock_hour = func.substr(type_coerce(attempt.c.at, String), 1, len("2026-03-03 08"))
    query = select(func.count(), func.count().filter(_confirmed)).where(*_through(form_id, _MAILED, now - WEEK))
    return [(row[0], row[1]) for row in tx.execute(query.where(attempt.c.at <= now - HOUR).group_by(clock_hour))]


def sent(tx: Connection, marks: Marks, form_id: int, now: datetime) -> tuple[Sent, Sent, Sent]:
    """The mails that sign-ups caused: from this network (its /48, where it has one), through this form, and to this
    domain; one question. Of a form only its hour is counted.
    """
    near = ("wide", marks.wide) if marks.wide[0] else ("network", marks.network)
    counted = [
        _sent(name, attempt.c[name].in_(seen), DAY, now) for name, seen in (near, ("domain", marks.domain)) if seen[0]
    ]
    counted.append(_sent("form", attempt.c.form_id == form_id, HOUR, now))
    found = {row[0]: Sent((row[1], row[2]), (row[3], row[4])) for row in tx.execute(union_all(*counted))}
    return found.get(near[0], Sent()), found["form"], found.get("domain", Sent())


def _sent(name: str, which: Any, span: timedelta, now: datetime) -> Select[Any]:
    recent = attempt.c.at > now - HOUR
    spans = (recent, recent & _confirmed, true(), _confirmed)
    query: Any = select(literal(name), *[func.count().filter(which) for which in spans])
    found: Select[Any] = query.where(which, attempt.c.outcome.in_(_MAILED), attempt.c.at > now - span)
    return found


def to_domain(tx: Connection, domain: tuple[str, ...], now: datetime) -> Sent:
    """The mails that sign-ups caused to this domain."""
    if not domain[0]:
        return Sent()
    _, *numbers = tx.execute(_sent("domain", attempt.c.domain.in_(domain), DAY, now)).one()
    return Sent((numbers[0], numbers[1]), (numbers[2], numbers[3]))


def _through(form_id: int, outcomes: Sequence[str], since: datetime) -> tuple[Any, ...]:
    return attempt.c.form_id == form_id, attempt.c.outcome.in_(outcomes), attempt.c.at > since


def refusals(tx: Connection, form_id: int, since: datetime, most: int) -> int:
    """How many of this form were refused since then, counted up to `most`."""
    rows = select(attempt.c.id).where(*_through(form_id, _REFUSED, since)).limit(most).subquery()
    return tx.execute(select(func.count()).select_from(rows)).scalar_one()


def recent(tx: Connection, since: datetime) -> dict[str, int]:
    """How many attempts since then got how far, through all forms."""
    query = select(attempt.c.outcome, func.count()).where(attempt.c.at > since, attempt.c.at < FOR_EVER)
    return {row[0]: row[1] for row in tx.execute(query.group_by(attempt.c.outcome))}


def hold(tx: Connection, mark: str) -> None:
    """Whoever asks for the same mark waits until this transaction ends. On SQLite every writer waits anyway."""
    if tx.dialect.name == "postgresql":
        key = int(mark[:16], 16) - (1 << 63)
        tx.execute(select(func.pg_advisory_xact_lock(key)))


def mailed(tx: Connection, address: tuple[str, ...], since: datetime) -> list[datetime]:
    """When sign-ups for this address were mailed, since then."""
    query = select(attempt.c.at).where(attempt.c.address.in_(address), attempt.c.outcome.in_(_MAILED))
    return list(tx.execute(query.where(attempt.c.at > since)).scalars())


def declined(tx: Connection, address: tuple[str, ...]) -> bool:
    """Whether its owner has ever said that it was not he."""
    query = select(attempt.c.id).where(attempt.c.address.in_(address), attempt.c.outcome == Outcome.DECLINED.value)
    return tx.execute(query.limit(1)).first() is not None


def advance(
    tx: Connection,
    address: tuple[str, ...],
    before: Sequence[Outcome],
    after: Outcome,
    form_id: int | None,
    at: datetime | None = None,
) -> bool:
    """Say how far the newest sign-up of this address got that stood at one of `before`; False where there is none.

    With `at`, that is its moment from now on: a mail's budgets count from the mail.
    """
    stood = [outcome.value for outcome in before]
    query = select(attempt.c.id).where(attempt.c.address.in_(address), attempt.c.outcome.in_(stood))
    if form_id is not None:
        query = query.where(attempt.c.form_id + 0 == form_id)  # not by the form's index: that has all its sign-ups
    newest = query.order_by(attempt.c.at.desc(), attempt.c.id.desc()).limit(1).scalar_subquery()
    moved = {"outcome": after.value} if at is None else {"outcome": after.value, "at": at}
    done = tx.execute(update(attempt).where(attempt.c.id == newest).values(moved))
    return done.rowcount == 1


def aged(tx: Connection, before: datetime, limit: int) -> list[tuple[int, Outcome]]:
    """(id, how far it got) of attempts older than that, oldest first."""
    query = select(attempt.c.id, attempt.c.outcome).where(attempt.c.at < before).order_by(attempt.c.at).limit(limit)
    return [(found, Outcome(outcome)) for found, outcome in tx.execute(query)]


def remove(tx: Connection, ids: Sequence[int]) -> None:
    """Remove these."""
    tx.execute(delete(attempt).where(attempt.c.id.in_(ids)))


def keep(tx: Connection, ids: Sequence[int]) -> None:
    """Keep these for ever, and of each only the mark of its address: they are found among the aged no more."""
    bare = {"at": FOR_EVER, "network": "", "wide": "", "domain": ""}
    tx.execute(update(attempt).where(attempt.c.id.in_(ids)).values(bare))
