"""Courses, their versions, their lessons and the mails made of them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, Table, UniqueConstraint

from dripcourse.storage.columns import Data, Line, Moment, Words
from dripcourse.storage.tables.metadata import Id, metadata, own_id, to

course = Table(
    "course",
    metadata,
    own_id(),
    Column("slug", Line(60), nullable=False, unique=True),
    Column("title", Words, nullable=False),
    Column("version_id", Id, nullable=True),  # the current version; no foreign key: the two refer to each other
    Column("created_at", Moment, nullable=False),
)

course_version = Table(
    "course_version",
    metadata,
    own_id(),
    to("course.id"),
    Column("number", Integer, nullable=False),
    Column("content_hash", Line(64), nullable=False),
    Column("rule", Line(10), nullable=False),
    Column("data", Data, nullable=False),
    Column("published_at", Moment, nullable=False),
    UniqueConstraint("course_id", "number"),
)

lesson = Table(
    "lesson",
    metadata,
    Column("version_id", Id, ForeignKey("course_version.id"), primary_key=True),
    Column("key", Line(60), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("scheduled", Boolean, nullable=False),
    Column("subject", Words, nullable=False),
    UniqueConstraint("version_id", "position"),
)

mail = Table(  # compiled, flat; a row for each lesson and notice, in each language and with each passage it has
    "mail",
    metadata,
    Column("version_id", Id, ForeignKey("course_version.id"), primary_key=True),
    Column("notice", Boolean, primary_key=True),  # key is a template's name then, and else a lesson's key
    Column("key", Line(60), primary_key=True),
    Column("language", Line(35), primary_key=True),  # "": the course's own
    Column("instead", Boolean, primary_key=True),  # the passage for those who opted out of its perspective
    Column("content", Data, nullable=False),
)
