"""What happened, the queue of mails outside a course, and the scheduler's heartbeat."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, UniqueConstraint, text

from dripcourse.storage.columns import Data, Line, Moment, Words
from dripcourse.storage.tables.metadata import NEVER_AGAIN, Id, metadata, own_id, to

event = Table(  # append-only: everything that happened and is not a sent lesson
    "event",
    metadata,
    own_id(),
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
    Index(None, "subscriber_id"),  # who is removed is asked for by every foreign key, too
)

notice = Table(  # mails outside a course: confirm, left
    "notice",
    metadata,
    own_id(),
    Column("public_id", Line(22), nullable=False, unique=True),
    to("subscriber.id"),
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
    **NEVER_AGAIN,
)

heartbeat = Table(  # when the scheduler last ticked; a gap is an outage
    "heartbeat",
    metadata,
    Column("name", Line(20), primary_key=True),
    Column("at", Moment, nullable=False),
)
