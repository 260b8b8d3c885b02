"""Sign-ups that were taken and not yet looked at: a queue, in which some are put off. Who they are others decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, ScalarSelect, delete, func, insert, select

from dripcourse.addresses import EmailAddress
from dripcourse.storage.tables import sign_up


@dataclass(frozen=True)
class SignUp:
    """One of them. `data` is what flows.signup puts there."""

    id: int
    form_id: int
    address: EmailAddress
    name: str
    data: Mapping[str, Any]
    at: datetime


def add(
    tx: Connection, *, form_id: int, address: EmailAddress, name: str, data: Mapping[str, Any], at: datetime
) -> int:
    """Take one; its id. It is one insert, whoever it is: nobody can tell by the time whether an address is known."""
    values = {"address": address.text, "address_key": address.key, "name": name, "data": dict(data), "at": at}
    query = insert(sign_up).values(form_id=form_id, due_at=at, **values).returning(sign_up.c.id)
    return int(tx.execute(query).scalar_one())


def due(tx: Connection, now: datetime, limit: int) -> list[int]:
    """The ids of those to be looked at now, the oldest first; what is put off stands in nobody's way."""
    query = select(sign_up.c.id).where(sign_up.c.due_at <= now).order_by(sign_up.c.due_at, sign_up.c.id)
    return list(tx.execute(query.limit(limit)).scalars())


def put_off(tx: Connection, one: SignUp, until: datetime) -> None:
    """Put one that was taken off the queue back into it, to be looked at then."""
    values = {"address": one.address.text, "address_key": one.address.key, "name": one.name, "data": dict(one.data)}
    tx.execute(insert(sign_up).values(form_id=one.form_id, at=one.at, due_at=until, **values))


def remove(tx: Connection, sign_up_id: int) -> None:
    """Take one off the queue without a look at it."""
    tx.execute(delete(sign_up).where(sign_up.c.id == sign_up_id))


def take(tx: Connection, sign_up_id: int) -> SignUp | None:
    """Take it off the queue; None where somebody else has it, or had it. Rolled back, it is there again."""
    free = select(sign_up.c.id).where(sign_up.c.id == sign_up_id).with_for_update(skip_locked=True)
    query = delete(sign_up).where(sign_up.c.id.in_(free.scalar_subquery())).returning(*sign_up.c)
    row = tx.execute(query).one_or_none()
    if row is None:
        return None
    return SignUp(row.id, row.form_id, EmailAddress(row.address, row.address_key), row.name, row.data, row.at)


def waiting(now: datetime) -> ScalarSelect[int]:
    """1 where there is any to be looked at now, else 0, as part of a question."""
    first = select(sign_up.c.id).where(sign_up.c.due_at <= now).order_by(sign_up.c.due_at).limit(1).subquery()
    return select(func.count()).select_from(first).scalar_subquery()


def forget(tx: Connection, address_key: str) -> int:
    """Take those of that address off the queue; how many. One that is looked at this moment is waited for."""
    return tx.execute(delete(sign_up).where(sign_up.c.address_key == address_key)).rowcount


def of_address(tx: Connection, address_key: str) -> list[datetime]:
    """When those that wait for that address came. It reads the queue, which is short."""
    query = select(sign_up.c.at).where(sign_up.c.address_key == address_key).order_by(sign_up.c.id)
    return list(tx.execute(query).scalars())
