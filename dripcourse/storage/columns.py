"""Column types: moments are aware UTC in and out, whatever the database keeps."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import DateTime, String
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from dripcourse.domain.calendar import aware
from dripcourse.errors import InputError


class Moment(TypeDecorator[datetime]):
    """An instant. Aware UTC in Python, `timestamptz` in PostgreSQL, ISO text (UTC) in SQLite. Refuses naive values."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive datetime at the door (InputError)."""
        if value is None:
            return None
        moment = aware(value)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware UTC, always."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Hour(TypeDecorator[time]):
    """A wall hour, kept as "HH:MM"."""

    impl = String(5)
    cache_ok = True

    def process_bind_param(self, value: time | None, dialect: Dialect) -> str | None:
        """To text. Refuses what would not come back: an hour finer than a minute (InputError)."""
        if value is not None and (value.second or value.microsecond or value.tzinfo):
            raise InputError(f"{value} is not a wall hour to the minute, such as 08:00")
        return None if value is None else f"{value:%H:%M}"

    def process_result_value(self, value: Any, dialect: Dialect) -> time | None:
        """From text."""
        return None if value is None else time(int(value[:2]), int(value[3:]))
