"""The tables as they are now. How they came to be is in migrations/; a test proves that both agree."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    UniqueConstraint,
    text,
)

from dripcourse.storage.columns import Data, Hour, Line, Moment, Words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows itself only for INTEGER
#: A run that has ended since its history was last settled: somebody may come back, and leave again.
UNPRUNED = "ended_at IS NOT NULL AND (pruned_at IS NULL OR pruned_at < ended_at)"


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _to(target: str, *, null: bool = False) -> Column[int]:
    return Column(f"{target.split('.')[0]}_id", Id, ForeignKey(target), nullable=null)


course = Table(
    "course",
    metadata,
    _id(),
    Column("slug", Line(60), nullable=False, unique=True),
    Column("title", Words, nullable=False),
    Column("version_id", Id, nullable=True),  # the current version; no foreign key: the two refer to each other
    Column("created_at", Moment, nullable=False),
)

course_version = Table(
    "course_version",
    metadata,
    _id(),
    _to("course.id"),
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
    Column("mail", Data, nullable=True),  # the compiled mail, flat
    UniqueConstraint("version_id", "position"),
)

subscriber = Table(
    "subscriber",
    metadata,
    _id(),
    Column("public_id", Line(22), nullable=False, unique=True),
    Column("address", Words, nullable=False),
    Column("address_key", Words, nullable=False, unique=True),
    Column("name", Line(64), nullable=False, server_default=""),
    Column("locale", Line(35), nullable=False, server_default="en"),
    Column("state", Line(10), nullable=False),
    Column("fields", Data, nullable=False),
    Column("created_at", Moment, nullable=False),
)

form = Table(
    "form",
    metadata,
    _id(),
    Column("slug", Line(60), nullable=False, unique=True),
    Column("title", Words, nullable=False),
    Column("wording", Words, nullable=False),
    Column("version", Integer, nullable=False),
    _to("course.id"),
    Column("open", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
)

consent = Table(  # append-only: what was asked and answered, in order
    "consent",
    metadata,
    _id(),
    _to("subscriber.id"),
    _to("course.id"),
    Column("kind", Line(10), nullable=False),  # asked, confirmed, withdrawn, restored
    Column("at", Moment, nullable=False),
    Column("how", Line(40), nullable=False),
    Column("wording", Words, nullable=False, server_default=""),
    Column("form_version", Line(80), nullable=False, server_default=""),
    Column("details", Data, nullable=False),
    Index(None, "subscriber_id", "course_id"),
)

enrollment = Table(
    "enrollment",
    metadata,
    _id(),
    Column("public_id", Line(22), nullable=False, unique=True),
    _to("subscriber.id"),
    _to("course.id"),
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
    Index(None, "course_id", "state"),
)

delivery = Table(
    "delivery",
    metadata,
    _id(),
    _to("enrollment.id"),
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
)

event = Table(  # append-only: everything that happened and is not a sent lesson
    "event",
    metadata,
    _id(),
    Column("at", Moment, nullable=False),
    Column("source", Line(40), nullable=False),
    Column("source_event_id", Line(200), nullable=True),  # null: our own, not deduplicated
    Column("kind", Line(40), nullable=False),
    Column("subscriber_id", Id, ForeignKey("subscriber.id"), nullable=True),
    Column("enrollment_id", Id, ForeignKey("enrollment.id"), nullable=True),
    Column("data", Data, nullable=False),
    UniqueConstraint("source", "source_event_id"),
    Index(None, "enrollment_id", "at"),
    Index(None, "kind", "at"),
)

suppression = Table(
    "suppression",
    metadata,
    Column("address_key", Words, primary_key=True),
    Column("reason", Line(40), nullable=False),
    Column("at", Moment, nullable=False),
)

notice = Table(  # mails outside a course: confirm, left
    "notice",
    metadata,
    _id(),
    Column("public_id", Line(22), nullable=False, unique=True),
    _to("subscriber.id"),
    Column("template", Line(40), nullable=False),
    Column("context", Data, nullable=False),
    Column("state", Line(10), nullable=False),
    Column("due_at", Moment, nullable=True),
    Column("lease_until", Moment, nullable=True),
    Column("attempts", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("message_id", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("sent_at", Moment, nullable=True),
    Column("code", Integer, nullable=False, server_default="0"),
    Column("error", Words, nullable=False, server_default=""),
    Index(
        "ix_notice_due", "due_at", postgresql_where=text("due_at IS NOT NULL"), sqlite_where=text("due_at IS NOT NULL")
    ),
    Index(None, "subscriber_id", "template"),
)

heartbeat = Table(  # when the scheduler last ticked; a gap is an outage
    "heartbeat",
    metadata,
    Column("name", Line(20), primary_key=True),
    Column("at", Moment, nullable=False),
)
