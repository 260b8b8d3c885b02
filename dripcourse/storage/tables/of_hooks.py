"""Outgoing webhooks: where they go, and each message with what became of it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, text

from dripcourse.storage.columns import Data, Line, Moment, Words
from dripcourse.storage.tables.metadata import NEVER_AGAIN, Id, metadata, own_id, to

hook = Table(
    "hook",
    metadata,
    own_id(),
    Column("public_id", Line(22), nullable=False, unique=True),
    Column("url", Words, nullable=False),
    Column("kinds", Words, nullable=False),  # such as "confirmed lesson.sent left", by space
    Column("course_id", Id, ForeignKey("course.id"), nullable=True),  # null: of every course
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment, nullable=True),
    Column("failing_since", Moment, nullable=True),
    Column("turn_at", Moment, nullable=True),  # when a message was last begun: they take turns
)

hook_delivery = Table(
    "hook_delivery",
    metadata,
    own_id(),
    to("hook.id"),
    to("subscriber.id", null=True),
    to("enrollment.id", null=True),
    Column("kind", Line(40), nullable=False),
    Column("data", Data, nullable=False),
    Column("at", Moment, nullable=False),  # when it happened
    Column("state", Line(10), nullable=False),  # queued, sent, failed, kept (the webhook was disabled)
    Column("due_at", Moment, nullable=True),
    Column("lease_until", Moment, nullable=True),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("code", Integer, nullable=False, server_default="0"),
    Column("error", Words, nullable=False, server_default=""),
    Column("answered_at", Moment, nullable=True),
    Index(
        "ix_hook_delivery_due",
        "due_at",
        postgresql_where=text("due_at IS NOT NULL"),
        sqlite_where=text("due_at IS NOT NULL"),
    ),
    Index(
        "ix_hook_delivery_queue",
        "hook_id",  # each webhook has a queue of its own: a slow one keeps nobody else waiting
        "due_at",
        postgresql_where=text("due_at IS NOT NULL"),
        sqlite_where=text("due_at IS NOT NULL"),
    ),
    Index(None, "hook_id", "at"),
    Index(None, "subscriber_id"),
    **NEVER_AGAIN,
)
