"""What a tick wants to know, in one question to the database: a quiet system asks nothing else all day."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from dripcourse.storage import enrollments, hook_deliveries, notices, sign_ups
from dripcourse.storage.tables import heartbeat


class Outlook(NamedTuple):
    """When the scheduler last beat, and how much is due, lessons and notices, each counted up to its cap; and whether
    sign-ups wait, and messages to webhooks, 1 or 0.
    """

    last_beat: datetime | None
    lessons: int
    notices: int
    sign_ups: int
    hooks: int


def look(tx: Connection, name: str, now: datetime, *, most_lessons: int, most_notices: int) -> Outlook:
    """The outlook at that moment; `name` is the heartbeat's."""
    beat = select(heartbeat.c.at).where(heartbeat.c.name == name).scalar_subquery()
    due = enrollments.due_count(now, most_lessons), notices.due_count(now, most_notices), sign_ups.waiting(now)
    return Outlook(*tx.execute(select(beat, *due, hook_deliveries.due_count(now, 1))).one())
