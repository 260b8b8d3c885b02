"""Sign-up forms: the course they lead to and the exact wording a person agrees to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from dripcourse.errors import NotFound, Refused
from dripcourse.storage.newcomers import unless_there
from dripcourse.storage.tables import form


@dataclass(frozen=True)
class Form:
    """A hosted form. `version` rises with each change of the wording, so that consent points at what was read."""

    id: int
    slug: str
    title: str
    wording: str
    version: int
    course_id: int
    open: bool
    language: str = ""  # of its page, its mails and the runs it begins; "" the course's own


def find(tx: Connection, slug: str) -> Form:
    """The form of that slug. Raises NotFound."""
    r = tx.execute(select(form).where(form.c.slug == slug)).one_or_none()
    if r is None:
        raise NotFound(f"no form {slug!r}")
    return _value(r)


def every(tx: Connection) -> list[Form]:
    """All forms by slug."""
    rows = tx.execute(select(form).order_by(form.c.slug))
    return [_value(row) for row in rows]


def _value(r: Row[Any]) -> Form:
    return Form(r.id, r.slug, r.title, r.wording, r.version, r.course_id, r.open, r.language)


def add(
    tx: Connection, *, slug: str, title: str, wording: str, course_id: int, at: datetime, language: str = ""
) -> Form:
    """A new open form. Raises Refused where the slug is taken."""
    values = {"slug": slug, "title": title, "wording": wording, "course_id": course_id, "language": language}
    query = unless_there(tx, form).values(**values, version=1, open=True, created_at=at)
    if tx.execute(query.returning(form.c.id)).one_or_none() is None:
        raise Refused(f"there is a form {slug!r} already; choose another slug")
    return find(tx, slug)


def close(tx: Connection, slug: str) -> None:
    """Take no more sign-ups through this form."""
    tx.execute(update(form).where(form.c.id == find(tx, slug).id).values(open=False))
