"""Sign-up forms: the course they lead to, the exact wording a person agrees to, and what their author has set."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select, true, update

from dripcourse.domain.forms import FormSettings
from dripcourse.errors import NotFound, Refused
from dripcourse.storage.newcomers import unless_there
from dripcourse.storage.tables import form


@dataclass(frozen=True)
class Form:
    """A hosted form. `version` rises with each change of what people read, so that consent points at what was read."""

    id: int
    slug: str
    title: str
    wording: str
    version: int
    course_id: int
    open: bool
    language: str = ""  # of its page, its mails and the runs it begins; "" the course's own
    settings: FormSettings = field(default_factory=FormSettings)
    taken: int = 0  # seats: people who confirmed
    held_until: datetime | None = None  # by its breaker

    @property
    def read(self) -> tuple[object, ...]:
        """What people read and agree to: a change of it makes a new version."""
        return self.title, self.wording, self.course_id, self.settings.opt_in, self.settings.fields


def find(tx: Connection, slug: str) -> Form:
    """The form of that slug. Raises NotFound."""
    known = slug.isprintable()  # PostgreSQL refuses to be asked for a NUL
    return _one(tx.execute(select(form).where(form.c.slug == slug)).one_or_none() if known else None, slug)


def by_id(tx: Connection, form_id: int) -> Form:
    """The form with that id, which exists."""
    return _value(tx.execute(select(form).where(form.c.id == form_id)).one())


def every(tx: Connection) -> list[Form]:
    """All forms by slug."""
    rows = tx.execute(select(form).order_by(form.c.slug))
    return [_value(row) for row in rows]


def add(
    tx: Connection,
    *,
    slug: str,
    title: str,
    wording: str,
    course_id: int,
    at: datetime,
    language: str = "",
    settings: FormSettings | None = None,
) -> Form:
    """A new open form. Raises Refused where the slug is taken."""
    data = (settings or FormSettings()).as_data()
    values = {"slug": slug, "title": title, "wording": wording, "course_id": course_id, "language": language}
    query = unless_there(tx, form).values(**values, settings=data, version=1, open=True, created_at=at)
    if tx.execute(query.returning(form.c.id)).one_or_none() is None:
        raise Refused(f"there is a form {slug!r} already; choose another name")
    return find(tx, slug)


def edit(tx: Connection, slug: str, **changes: Any) -> Form:
    """The form with `title`, `wording`, `language`, `course_id`, `open` or `settings` changed. Raises NotFound.

    Locked while it is changed, so that two edits at once come to two versions.
    """
    query = select(form).where(form.c.slug == slug).with_for_update(key_share=True)
    before = _one(tx.execute(query).one_or_none(), slug)
    after = replace(before, **changes)
    after = replace(after, version=before.version + (after.read != before.read))
    kept = {name: getattr(after, name) for name in ("title", "wording", "language", "course_id", "open", "version")}
    tx.execute(update(form).where(form.c.id == after.id).values(**kept, settings=after.settings.as_data()))
    return after


def close(tx: Connection, slug: str) -> None:
    """Take no more sign-ups through this form. Raises NotFound."""
    edit(tx, slug, open=False)


def seat(tx: Connection, form_id: int, capacity: int | None) -> bool:
    """Take one seat; False where all are taken. One statement, so that two people never get the last one."""
    room = true() if capacity is None else form.c.taken < capacity
    query = update(form).where(form.c.id == form_id, room).values(taken=form.c.taken + 1)
    return tx.execute(query).rowcount == 1


def hold(tx: Connection, form_id: int, until: datetime) -> None:
    """Take nobody before that moment; a longer hold stays."""
    later = or_(form.c.held_until.is_(None), form.c.held_until < until)
    tx.execute(update(form).where(form.c.id == form_id, later).values(held_until=until))


def _one(row: Row[Any] | None, slug: str) -> Form:
    if row is None:
        raise NotFound(f"no form {slug!r}")
    return _value(row)


def _value(r: Row[Any]) -> Form:
    settings = FormSettings.of(r.settings or {})
    return Form(
        r.id, r.slug, r.title, r.wording, r.version, r.course_id, r.open, r.language, settings, r.taken, r.held_until
    )
