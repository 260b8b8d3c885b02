"""Who is where in which course, and what became of each lesson."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    UniqueConstraint,
    false,
    text,
)

from dripcourse.storage.columns import Data, Hour, Line, Moment, Words
from dripcourse.storage.tables.metadata import NEVER_AGAIN, Id, metadata, own_id, to

#: A run that has ended since its history was last settled: somebody may come back, and leave again.
UNPRUNED = "ended_at IS NOT NULL AND (pruned_at IS NULL OR pruned_at < ended_at)"

#: A run whose reader is to get a "pick up here" mail.
QUIET = "state = 'active' AND pick_up_in <= 0"

enrollment = Table(
    "enrollment",
    metadata,
    own_id(),
    Column("public_id", Line(22), nullable=False, unique=True),
    to("subscriber.id"),
    to("course.id"),
    Column("version_id", Id, ForeignKey("course_version.id"), nullable=False),
    Column("run", Integer, nullable=False),
    Column("state", Line(10), nullable=False),
    Column("reason", Words, nullable=False, server_default=""),
    Column("source", Data, nullable=False),  # form slug, UTM, referrer
    Column("zone", Line(64), nullable=False),
    Column("hour", Hour, nullable=False),
    Column("weekdays", SmallInteger, nullable=False),
    Column("every", SmallInteger, nullable=False),
    Column("paused_until", Date, nullable=True),
    Column("next_key", Line(60), nullable=True),
    Column("next_date", Date, nullable=True),
    Column("last_date", Date, nullable=True),
    Column("due_at", Moment, nullable=True),
    Column("lease_until", Moment, nullable=True),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("created_at", Moment, nullable=False),
    Column("ended_at", Moment, nullable=True),
    Column("language", Line(35), nullable=False, server_default=""),  # "": the course's own
    Column("without", Words, nullable=False, server_default=""),  # keys of what its reader opted out of, by comma
    Column("pick_up_in", SmallInteger, nullable=True),  # lessons left without a tap; null: no such mail (any more)
    Column("asked", Boolean, nullable=False, server_default=false()),  # its reader wants the next lesson at once
    Column("begins", Date, nullable=True),  # the day that was named for the first lesson; `paused_until` keeps to it
    Column("pruned_at", Moment, nullable=True),  # since when its history is settled: pruned, or kept for good
    UniqueConstraint("subscriber_id", "course_id", "run"),
    CheckConstraint("weekdays > 0 AND weekdays < 128", name="weekdays"),
    CheckConstraint("state <> 'active' OR due_at IS NOT NULL", name="active_is_due"),
    Index(
        "ix_enrollment_due",
        "due_at",
        "id",  # a claim goes on where the last one stopped, even among a million that are due at the same minute
        postgresql_where=text("state = 'active'"),
        sqlite_where=text("state = 'active'"),
    ),
    Index(
        "ix_enrollment_leased",
        "lease_until",
        postgresql_where=text("lease_until IS NOT NULL"),
        sqlite_where=text("lease_until IS NOT NULL"),
    ),
    Index(
        "ix_enrollment_over",
        "ended_at",
        "id",  # whoever prunes finds here what has days left to remove, and nothing else
        postgresql_where=text(UNPRUNED),
        sqlite_where=text(UNPRUNED),
    ),
    Index(
        "ix_enrollment_quiet",
        "pick_up_in",
        "id",
        postgresql_where=text(QUIET),
        sqlite_where=text(QUIET),
    ),
    Index(None, "course_id", "state"),
    **NEVER_AGAIN,
)

delivery = Table(
    "delivery",
    metadata,
    own_id(),
    to("enrollment.id"),
    Column("lesson_key", Line(60), nullable=False),
    # No foreign key: versions are never deleted, and every mail of a day would lock the same row of them.
    Column("version_id", Id, nullable=False),
    Column("scheduled", Boolean, nullable=False),
    Column("local_date", Date, nullable=True),  # null for what took no day: welcome, skipped
    Column("planned_at", Moment, nullable=False),
    Column("zone", Line(64), nullable=False),
    Column("state", Line(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("claim_id", Line(32), nullable=False),
    Column("slot", Integer, nullable=False),
    Column("message_id", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("sent_at", Moment, nullable=True),
    Column("code", Integer, nullable=False, server_default="0"),
    Column("error", Words, nullable=False, server_default=""),
    Column("reason", Words, nullable=False, server_default=""),
    Column("doubts", Integer, nullable=False, server_default="0"),
    UniqueConstraint("enrollment_id", "lesson_key"),
    Index(
        "uq_delivery_one_a_day",
        "enrollment_id",
        "local_date",
        unique=True,
        postgresql_where=text("scheduled AND local_date IS NOT NULL"),
        sqlite_where=text("scheduled AND local_date IS NOT NULL"),
    ),
    **NEVER_AGAIN,
)

answer = Table(  # what a reader said of a lesson: the last tap counts
    "answer",
    metadata,
    Column("enrollment_id", Id, ForeignKey("enrollment.id"), primary_key=True),
    Column("lesson_key", Line(60), primary_key=True),
    Column("said", Line(10), nullable=False),  # done, not-today
    Column("at", Moment, nullable=False),
)
