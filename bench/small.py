"""A SQLite file full of people, for the measurement of the embedded mode; what seed.py is for PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bench.course import KEY, put_up
from bench.people import NAMES, plans
from dripcourse import config
from dripcourse.storage.database import open_database
from dripcourse.storage.tables import enrollment, subscriber

_AT_ONCE = 5000


def filled(env: dict[str, str], people: int, due: int) -> None:
    """The database of these settings with so many people, the first `due` of them due now."""
    settings = config.load(env)
    db = open_database(settings.database_url)
    course, version = put_up(db, settings)
    now = datetime.now(UTC)
    for first in range(1, people + 1, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, people + 1))
        with db.writing() as tx:
            tx.execute(insert(subscriber), list(_people(numbers, now)))
            tx.execute(insert(enrollment), list(_runs(numbers, course, version, due, now)))
    db.close()


def _people(numbers: range, now: datetime) -> Iterator[dict[str, Any]]:
    for n in numbers:
        address = f"person{n}@example.com"
        yield {
            "id": n, "public_id": f"s{n:021}", "address": address, "address_key": address,
            "name": NAMES[n % len(NAMES)], "state": "confirmed", "fields": {}, "created_at": now - timedelta(days=1),
        }  # fmt: skip


def _runs(numbers: range, course: int, version: int, due: int, now: datetime) -> Iterator[dict[str, Any]]:
    known = plans(now)
    for n in numbers:
        zone, hour, day, at = known[n * 7919 % len(known)]
        later = timedelta(days=0 if n <= due else 30)
        yield {
            "id": n, "public_id": f"e{n:021}", "subscriber_id": n, "course_id": course, "version_id": version,
            "run": 1, "state": "active", "source": {}, "zone": zone, "hour": time.fromisoformat(hour),
            "weekdays": 127, "every": 1, "next_key": KEY, "next_date": day + later, "due_at": at + later,
            "created_at": now - timedelta(days=1),
        }  # fmt: skip


def sent(file: Path) -> list[float]:
    """The moments of acceptance so far, in seconds since 1970, in order."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as line:
        query = "SELECT (julianday(sent_at) - 2440587.5) * 86400 FROM delivery WHERE state = 'sent' ORDER BY 1"
        return [row[0] for row in line.execute(query)]
