"""Finds and removes people whose sign-up came to nothing, and the networks of consents that are old enough.

How old is old enough, others decide. Both are found through an index that holds nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, exists, func, select, update

from dripcourse.domain.states import SubscriberState
from dripcourse.storage.tables import consent, enrollment, event, hook_delivery, notice, subscriber

#: What hangs on somebody who never confirmed. Deliveries and answers are of runs, and he has none.
_OF_PENDING = (hook_delivery, notice, consent)


def lapsed(tx: Connection, before: datetime, limit: int) -> list[int]:
    """People who are pending, have no run, and were asked for the last time before that moment; oldest first."""
    query = select(subscriber.c.id).where(*_came_to_nothing(before)).order_by(subscriber.c.created_at)
    return list(tx.execute(query.limit(limit)).scalars())


def count_lapsed(tx: Connection, before: datetime) -> int:
    """How many `lapsed` would find in all."""
    return tx.execute(select(func.count()).select_from(subscriber).where(*_came_to_nothing(before))).scalar_one()


def held(tx: Connection, ids: Sequence[int], before: datetime) -> list[int]:
    """Those of these that `lapsed` would find now, locked: one may have signed up again, or confirmed, meanwhile."""
    query = select(subscriber.c.id).where(subscriber.c.id.in_(ids)).order_by(subscriber.c.id).with_for_update()
    locked = list(tx.execute(query).scalars())
    still = select(subscriber.c.id).where(subscriber.c.id.in_(locked), *_came_to_nothing(before))
    return list(tx.execute(still.order_by(subscriber.c.id)).scalars())


def _came_to_nothing(before: datetime) -> tuple[ColumnElement[bool], ...]:
    asked = exists().where(notice.c.subscriber_id == subscriber.c.id, notice.c.created_at >= before)
    runs = exists().where(enrollment.c.subscriber_id == subscriber.c.id)
    pending = subscriber.c.state == SubscriberState.PENDING.value  # in the words of the index
    return pending, subscriber.c.created_at < before, ~asked, ~runs


def remove(tx: Connection, ids: Sequence[int]) -> None:
    """Remove these people and all that hangs on them. The caller has locked them (`held`)."""
    if not ids:
        return
    first = select(func.min(subscriber.c.created_at)).where(subscriber.c.id.in_(ids)).scalar_subquery()
    # By both columns of an index: events have none by person, and these are of no run.
    his = event.c.enrollment_id.is_(None), event.c.at >= first, event.c.subscriber_id.in_(ids)
    tx.execute(delete(event).where(*his))
    for table in _OF_PENDING:
        tx.execute(delete(table).where(table.c.subscriber_id.in_(ids)))
    tx.execute(delete(subscriber).where(subscriber.c.id.in_(ids)))


def networks(tx: Connection, before: datetime, limit: int) -> list[int]:
    """Consents from before that moment that still say from which network they came, oldest first."""
    old = consent.c.network.is_not(None), consent.c.at < before  # in the words of the index
    return list(tx.execute(select(consent.c.id).where(*old).order_by(consent.c.at).limit(limit)).scalars())


def forget_networks(tx: Connection, ids: Sequence[int]) -> None:
    """Keep of these consents everything else."""
    tx.execute(update(consent).where(consent.c.id.in_(ids)).values(network=None))
