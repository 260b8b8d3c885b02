"""When the scheduler last ticked, so that the one after a gap knows that there was an outage."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from dripcourse.storage.tables import heartbeat

#: A beat further ahead than this came from a clock that ran wrong; it must not hide that nobody ticks.
_AHEAD = timedelta(minutes=5)


def beat(tx: Connection, name: str, at: datetime) -> datetime | None:
    """Move the heartbeat to `at` and return where it stood. Only one of several schedulers gets a given value.

    None: the first beat ever, or another scheduler has beaten at or after `at`.
    """
    query = select(heartbeat.c.at).where(heartbeat.c.name == name).with_for_update()
    last: datetime | None = tx.execute(query).scalar_one_or_none()
    if last is None:
        try:
            with tx.begin_nested():
                tx.execute(insert(heartbeat).values(name=name, at=at))
        except IntegrityError:  # another scheduler's first beat came between
            return None
        return None
    if at <= last < at + _AHEAD:
        return None
    tx.execute(update(heartbeat).where(heartbeat.c.name == name).values(at=at))
    return last if last < at else None


def last_beat(tx: Connection, name: str) -> datetime | None:
    """When it last beat."""
    found: datetime | None = tx.execute(select(heartbeat.c.at).where(heartbeat.c.name == name)).scalar_one_or_none()
    return found
