"""`dripcourse form list`: which forms there are, and whether they take people. Changes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dripcourse.cli import house
from dripcourse.cli.output import Json, put_json, put_table
from dripcourse.domain.forms import is_open
from dripcourse.storage import courses, forms
from dripcourse.storage.forms import Form

_COLUMNS = ("form", "course", "state", "seats", "version", "address")


def list_(json: Json = False) -> None:
    """List the forms: whether they take people and why not, seats taken, the version people read.

    Example: dripcourse form list
    """
    found, now = house.settings(), house.now()
    with house.database(found).reading() as tx:
        slugs = {c.id: c.slug for c in courses.every(tx)}
        there = forms.every(tx)
    rows = [_row(each, slugs[each.course_id], found.base_url, now) for each in there]
    if json:
        put_json(rows)
    else:
        put_table(_COLUMNS, [
            (r["form"], r["course"], _state(r), f"{r['taken']}/{r['capacity'] or '∞'}", r["version"], r["address"])
            for r in rows
        ])  # fmt: skip


def _row(one: Form, course: str, base_url: str, now: datetime) -> dict[str, Any]:
    return {
        "form": one.slug,
        "course": course,
        "state": is_open(one, now) or "open",
        "held_until": one.held_until if is_open(one, now) == "held" else None,
        "taken": one.taken,
        "capacity": one.settings.capacity,
        "version": one.version,
        "language": one.language,
        "title": one.title,
        "wording": one.wording,
        "address": f"{base_url}/f/{one.slug}",
        "settings": one.settings.as_data(),
    }


def _state(row: dict[str, Any]) -> str:
    return f"held until {row['held_until']:%Y-%m-%d %H:%M} UTC" if row["held_until"] else str(row["state"])
