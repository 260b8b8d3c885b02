"""People who may be written to, and whether they may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from dripcourse.addresses import EmailAddress
from dripcourse.domain.states import SubscriberState
from dripcourse.errors import Nobody, NotFound, Refused
from dripcourse.storage.newcomers import unless_there
from dripcourse.storage.public_ids import new_public_id
from dripcourse.storage.tables import subscriber


@dataclass(frozen=True)
class Subscriber:
    """One person. `public_id` is the one that leaves the house."""

    id: int
    public_id: str
    address: str
    address_key: str
    name: str
    locale: str
    state: SubscriberState
    fields: Mapping[str, Any]
    created_at: datetime


def _value(row: Row[Any]) -> Subscriber:
    return Subscriber(
        row.id, row.public_id, row.address, row.address_key, row.name, row.locale, SubscriberState(row.state),
        row.fields, row.created_at,
    )  # fmt: skip


def add(
    tx: Connection, address: EmailAddress, *, name: str, state: SubscriberState, at: datetime, locale: str = "en"
) -> Subscriber:
    """A new person. Raises Refused where the address came in meanwhile: the caller had looked that it is free."""
    added = _added(tx, address, name=name, state=state, at=at, locale=locale)
    if added is None:
        raise Refused(f"{address.text} was added by somebody else at this moment; look at it and try again")
    return added


def _added(
    tx: Connection, address: EmailAddress, *, name: str, state: SubscriberState, at: datetime, locale: str = "en"
) -> Subscriber | None:
    values = {"public_id": new_public_id(), "address": address.text, "address_key": address.key, "name": name}
    query = unless_there(tx, subscriber).values(**values, locale=locale, state=state.value, fields={}, created_at=at)
    row = tx.execute(query.returning(*subscriber.c)).one_or_none()
    return None if row is None else _value(row)


def lookup(tx: Connection, address_key: str) -> Subscriber | None:
    """The person of that key, None where there is none."""
    row = tx.execute(select(subscriber).where(subscriber.c.address_key == address_key)).one_or_none()
    return None if row is None else _value(row)


def held(tx: Connection, address: EmailAddress, *, name: str, at: datetime) -> Subscriber:
    """The person of that address, added as pending where unknown; locked, so that a second sign-up waits here."""
    query = select(subscriber).where(subscriber.c.address_key == address.key).with_for_update(key_share=True)
    row = tx.execute(query).one_or_none()
    if row is not None:
        return _value(row)
    added = _added(tx, address, name=name, state=SubscriberState.PENDING, at=at)
    return added or _value(tx.execute(query).one())  # None: another sign-up of the same address came between


def find(tx: Connection, address: EmailAddress) -> Subscriber:
    """The person of that address. Raises NotFound."""
    found = lookup(tx, address.key)
    if found is None:
        raise NotFound(f"no subscriber {address.text}; add one with `dripcourse subscriber add {address.text}`")
    return found


def by_id(tx: Connection, subscriber_id: int) -> Subscriber:
    """The person of that id. Raises Nobody where he was erased at this moment."""
    row = tx.execute(select(subscriber).where(subscriber.c.id == subscriber_id)).one_or_none()
    if row is None:
        raise Nobody("nothing is stored about this address any more")
    return _value(row)


def by_public_id(tx: Connection, public_id: str) -> Subscriber:
    """The person of that public id. Raises Nobody."""
    row = tx.execute(select(subscriber).where(subscriber.c.public_id == public_id)).one_or_none()
    if row is None:
        raise Nobody("this link is not valid (any more)")
    return _value(row)


def many(tx: Connection, ids: list[int]) -> dict[int, Subscriber]:
    """The people of those ids, by id."""
    return {row.id: _value(row) for row in tx.execute(select(subscriber).where(subscriber.c.id.in_(ids)))}


def fields_of(tx: Connection, ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    """What each of those people said of themselves, by id."""
    query = select(subscriber.c.id, subscriber.c.fields).where(subscriber.c.id.in_(ids))
    return {row.id: row.fields for row in tx.execute(query)}


def set_state(tx: Connection, subscriber_id: int, state: SubscriberState) -> None:
    """Move the person to that state."""
    tx.execute(update(subscriber).where(subscriber.c.id == subscriber_id).values(state=state.value))


def lock(tx: Connection, subscriber_id: int) -> None:
    """Hold the person until the transaction ends: whoever wants to change him waits. His runs are locked before."""
    tx.execute(select(subscriber.c.id).where(subscriber.c.id == subscriber_id).with_for_update(key_share=True))


def keep(tx: Connection, subscriber_id: int, *, name: str, fields: Mapping[str, Any]) -> None:
    """His name and his own fields, as he has confirmed them."""
    tx.execute(update(subscriber).where(subscriber.c.id == subscriber_id).values(name=name, fields=dict(fields)))


def count(tx: Connection) -> int:
    """How many there are."""
    return tx.execute(select(func.count()).select_from(subscriber)).scalar_one()
