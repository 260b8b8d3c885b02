"""Sign-up forms, what comes in through them, and the keys of programs that sign people up."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table

from dripcourse.storage.columns import Data, Line, Moment, Words
from dripcourse.storage.tables.metadata import Id, metadata, own_id, to

form = Table(
    "form",
    metadata,
    own_id(),
    Column("slug", Line(60), nullable=False, unique=True),
    Column("title", Words, nullable=False),
    Column("wording", Words, nullable=False),
    Column("language", Line(35), nullable=False, server_default=""),  # "": the course's own
    Column("version", Integer, nullable=False),  # rises with each change of what people read
    to("course.id"),
    Column("open", Boolean, nullable=False),
    Column("settings", Data, nullable=False, server_default="{}"),  # domain.forms.FormSettings
    Column("taken", Integer, nullable=False, server_default="0"),  # seats: people who confirmed
    Column("held_until", Moment, nullable=True),  # closed by its breaker until then
    Column("created_at", Moment, nullable=False),
)

sign_up = Table(  # taken and not yet looked at: what differs between people happens after the answer
    "sign_up",
    metadata,
    own_id(),
    to("form.id"),
    Column("address", Words, nullable=False),
    Column("address_key", Words, nullable=False),
    Column("name", Line(64), nullable=False),
    Column("data", Data, nullable=False),  # plan, fields, source, language, network
    Column("at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),  # not looked at before: its form is held, or too many came with it
    Index(None, "due_at"),
)

attempt = Table(  # every sign-up that came, for thirty days: what the budgets count, and how far each one got
    "attempt",
    metadata,
    own_id(),
    to("form.id"),
    Column("at", Moment, nullable=False),
    # Keyed hashes, of those that were let in. What was refused has none: so no flood makes the counts of budgets long.
    Column("address", Line(32), nullable=False),
    Column("network", Line(32), nullable=False),  # of a /24 or a /64
    Column("wide", Line(32), nullable=False),  # of a /48; "" for IPv4
    Column("domain", Line(32), nullable=False),
    Column("path", Line(10), nullable=False),  # page, script, api, intake
    Column("outcome", Line(20), nullable=False),  # domain.budgets.Outcome
    Index(None, "form_id", "outcome", "at"),
    Index(None, "address", "outcome", "at"),
    Index(None, "network", "at"),
    Index(None, "wide", "at"),
    Index(None, "domain", "at"),
    Index(None, "at"),
)

spent = Table(  # solved proofs of work: each counts once
    "spent",
    metadata,
    Column("challenge", Line(64), primary_key=True),
    Column("until", Moment, nullable=False),
    Index(None, "until"),
)

api_token = Table(
    "api_token",
    metadata,
    own_id(),
    Column("public_id", Line(22), nullable=False, unique=True),
    Column("name", Line(60), nullable=False),
    Column("digest", Line(64), nullable=False, unique=True),  # SHA-256 of the token; the token itself is kept nowhere
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment, nullable=True),
)

idempotency = Table(  # answers given to programs, kept for a day: the same key gets the same answer
    "idempotency",
    metadata,
    Column("token_id", Id, ForeignKey("api_token.id"), primary_key=True),
    Column("key", Line(255), primary_key=True),
    Column("body", Line(64), nullable=False),  # SHA-256 of what was asked
    Column("status", Integer, nullable=False),
    Column("answer", Data, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "at"),
)
