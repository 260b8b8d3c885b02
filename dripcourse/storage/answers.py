"""What readers said of their lessons: done, or not today. The last tap counts; it changes no plan."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from dripcourse.storage.tables import answer


def say(tx: Connection, enrollment_id: int, lesson_key: str, said: str, at: datetime) -> None:
    """Note it; an earlier answer to that lesson gives way."""
    dialect: Any = sqlite if tx.dialect.name == "sqlite" else postgresql
    new = dialect.insert(answer).values(enrollment_id=enrollment_id, lesson_key=lesson_key, said=said, at=at)
    tx.execute(new.on_conflict_do_update(index_elements=["enrollment_id", "lesson_key"], set_={"said": said, "at": at}))


def of_runs(tx: Connection, ids: Collection[int]) -> dict[int, dict[str, str]]:
    """For each of these enrollments that said anything: lesson key -> done or not-today."""
    found: dict[int, dict[str, str]] = {}
    query = select(answer.c.enrollment_id, answer.c.lesson_key, answer.c.said).where(answer.c.enrollment_id.in_(ids))
    for row in tx.execute(query):
        found.setdefault(row.enrollment_id, {})[row.lesson_key] = row.said
    return found
