"""Courses and their published versions. A version never changes once it is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from dripcourse.domain.course import Course
from dripcourse.domain.enrollment import Step
from dripcourse.domain.progress import Rule
from dripcourse.errors import NotFound, Refused
from dripcourse.storage.newcomers import unless_there
from dripcourse.storage.tables import course, course_version, enrollment, lesson, mail


@dataclass(frozen=True)
class CourseRow:
    """A course as the database knows it. `version_id` is the current version's."""

    id: int
    slug: str
    title: str
    version_id: int


class MailName(NamedTuple):
    """Which of a version's mails: a lesson's by its key, or a notice's by its template.

    `language` is "" for the course's own; `instead` is the passage for those who opted out of its perspective.
    """

    key: str
    language: str = ""
    instead: bool = False
    notice: bool = False


@dataclass(frozen=True)
class Version:
    """A published version: its lessons in sending order, and what the mails need of the course (`data`)."""

    id: int
    course_id: int
    number: int
    content_hash: str
    rule: Rule
    data: Mapping[str, Any]
    steps: tuple[Step, ...]
    subjects: Mapping[str, str]

    def step(self, key: str) -> Step | None:
        """The step of that key, None where this version has none."""
        return next((s for s in self.steps if s.key == key), None)


def find(tx: Connection, slug: str) -> CourseRow:
    """The published course of that slug. Raises NotFound and names the ones there are."""
    row = tx.execute(select(course).where(course.c.slug == slug)).one_or_none()
    if row is None:
        there = ", ".join(c.slug for c in every(tx)) or "none yet; publish one with `dripcourse course publish DIR`"
        raise NotFound(f"no course {slug!r}; published courses: {there}")
    return CourseRow(row.id, row.slug, row.title, row.version_id)


def by_id(tx: Connection, course_id: int) -> CourseRow:
    """The course of that id, which must exist."""
    row = tx.execute(select(course).where(course.c.id == course_id)).one()
    return CourseRow(row.id, row.slug, row.title, row.version_id)


def share(tx: Connection, course_id: int) -> CourseRow:
    """The course, held until the transaction ends: no new version becomes current meanwhile.

    Many may hold it at once. A run begun under it belongs to the version it names. (SQLite has one writer anyway.)
    """
    row = tx.execute(select(course).where(course.c.id == course_id).with_for_update(read=True)).one()
    return CourseRow(row.id, row.slug, row.title, row.version_id)


def hold(tx: Connection, slug: str) -> CourseRow | None:
    """The course of that slug, None where there is none; held alone until the transaction ends (see `share`)."""
    row = tx.execute(select(course).where(course.c.slug == slug).with_for_update(key_share=True)).one_or_none()
    return None if row is None else CourseRow(row.id, row.slug, row.title, row.version_id)


def current(tx: Connection, ids: Collection[int]) -> dict[int, int]:
    """The current version's id of each of these courses, as it is in the database now."""
    rows = tx.execute(select(course.c.id, course.c.version_id).where(course.c.id.in_(ids)))
    return {row.id: row.version_id for row in rows}


def every(tx: Connection) -> list[CourseRow]:
    """All courses by slug."""
    return [CourseRow(r.id, r.slug, r.title, r.version_id) for r in tx.execute(select(course).order_by(course.c.slug))]


def get_version(tx: Connection, version_id: int) -> Version:
    """The version with its lessons."""
    row = tx.execute(select(course_version).where(course_version.c.id == version_id)).one()
    columns = (lesson.c.key, lesson.c.position, lesson.c.scheduled, lesson.c.subject)
    rows = tx.execute(select(*columns).where(lesson.c.version_id == version_id).order_by(lesson.c.position)).all()
    steps = tuple(Step(r.key, r.position, r.scheduled) for r in rows)
    subjects = {r.key: r.subject for r in rows}
    return Version(row.id, row.course_id, row.number, row.content_hash, Rule(row.rule), row.data, steps, subjects)


def mail_of(tx: Connection, version_id: int, name: MailName) -> dict[str, Any]:
    """One compiled mail. Raises NotFound where the version was published without it."""
    which = [mail.c[part] == value for part, value in name._asdict().items()]
    found = tx.execute(select(mail.c.content).where(mail.c.version_id == version_id, *which)).scalar_one_or_none()
    if found is None:
        what = f"mail {name.key!r}" if name.notice else f"lesson {name.key!r}"
        raise NotFound(f"{what} has no compiled mail in version {version_id}; publish the course again")
    return dict(found)


def add_version(
    tx: Connection,
    source: Course,
    *,
    content_hash: str,
    rule: Rule,
    mails: Mapping[MailName, Mapping[str, Any]],
    data: Mapping[str, Any],
    at: datetime,
) -> Version:
    """Write a new version of the course (and the course, the first time) and make it the current one.

    Raises Refused where somebody else publishes the course for the first time at this moment.
    """
    there = hold(tx, source.slug)
    course_id = _first(tx, source, at) if there is None else there.id
    number = tx.execute(
        select(func.coalesce(func.max(course_version.c.number), 0) + 1).where(course_version.c.course_id == course_id)
    ).scalar_one()
    values = {"course_id": course_id, "number": number, "content_hash": content_hash, "rule": rule.value}
    version_id = tx.execute(
        insert(course_version).values(**values, data=dict(data), published_at=at).returning(course_version.c.id)
    ).scalar_one()
    tx.execute(
        insert(lesson),
        [
            {
                "version_id": version_id,
                "key": item.key,
                "position": index,
                "scheduled": item.scheduled,
                "subject": item.subject,
            }
            for index, item in enumerate(source.lessons)
        ],
    )
    rows = [{"version_id": version_id, **name._asdict(), "content": dict(made)} for name, made in mails.items()]
    if rows:
        tx.execute(insert(mail), rows)
    tx.execute(update(course).where(course.c.id == course_id).values(version_id=version_id, title=source.title))
    return get_version(tx, version_id)


def _first(tx: Connection, source: Course, at: datetime) -> int:
    """The id of a course that was not there yet."""
    query = unless_there(tx, course).values(slug=source.slug, title=source.title, created_at=at)
    found: int | None = tx.execute(query.returning(course.c.id)).scalar_one_or_none()
    if found is None:
        raise Refused(f"{source.slug} was published by somebody else at this moment; look at it and publish again")
    return found


def counts(tx: Connection, course_id: int) -> dict[str, int]:
    """How many enrollments the course has in each state."""
    query = select(enrollment.c.state, func.count()).where(enrollment.c.course_id == course_id)
    return dict(tx.execute(query.group_by(enrollment.c.state)).all())
