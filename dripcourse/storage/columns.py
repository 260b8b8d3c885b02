"""Column types: what goes in comes out the same from SQLite and PostgreSQL; nothing else is decided here."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import JSON, DateTime, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from dripcourse.domain.calendar import aware
from dripcourse.errors import InputError

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with U+FFFD for what PostgreSQL cannot keep (NUL) or UTF-8 cannot write (half a surrogate pair)."""
    return _UNSTORABLE.sub("\ufffd", text)


class Words(TypeDecorator[str]):
    """Text of any length from anywhere: a mail server's reply must not make its own row unwritable."""

    impl: type[String] = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Storable text. Values that are compared pass here, too: a NUL in a link finds nothing."""
        return None if value is None else storable(value)


class Line(Words):
    """The same with a greatest length."""

    impl = String
    cache_ok = True


class Data(TypeDecorator[Any]):
    """A JSON value, its strings and keys storable."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """The same value with storable text in it."""
        return _storable_within(value)


def _storable_within(value: Any) -> Any:
    match value:
        case str():
            return storable(value)
        case dict():
            return {_storable_within(key): _storable_within(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_storable_within(inner) for inner in value]
    return value


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
