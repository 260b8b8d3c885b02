"""How the service does, in a few numbers for a machine that watches it. Each is bounded, whatever there is to count."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from dripcourse.storage.tables import event, form, sign_up

#: Counting stops here: a watcher wants to know that it is too much, and not how much too much.
MOST = 10_000


class Figures(NamedTuple):
    """Sign-ups nobody has looked at, forms that their breaker holds, mails whose reply was lost since then."""

    waiting: int
    held: int
    doubts: int


def figures(tx: Connection, now: datetime, since: datetime) -> Figures:
    """The figures of that moment; one question."""
    waiting = select(sign_up.c.id).limit(MOST).subquery()
    doubts = select(event.c.id).where(event.c.kind == "doubt", event.c.at > since).limit(MOST).subquery()
    counted = (
        select(func.count()).select_from(waiting).scalar_subquery(),
        select(func.count()).where(form.c.held_until > now).scalar_subquery(),
        select(func.count()).select_from(doubts).scalar_subquery(),
    )
    return Figures(*tx.execute(select(*counted)).one())
