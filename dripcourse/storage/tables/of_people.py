"""People, what they consented to, and addresses nothing is sent to."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, text

from dripcourse.storage.columns import Data, Line, Moment, Words
from dripcourse.storage.tables.metadata import NEVER_AGAIN, metadata, own_id, to

subscriber = Table(
    "subscriber",
    metadata,
    own_id(),
    Column("public_id", Line(22), nullable=False, unique=True),
    Column("address", Words, nullable=False),
    Column("address_key", Words, nullable=False, unique=True),
    Column("name", Line(64), nullable=False, server_default=""),
    Column("locale", Line(35), nullable=False, server_default="en"),
    Column("state", Line(10), nullable=False),
    Column("fields", Data, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index(  # whoever looks for sign-ups that came to nothing finds them here
        "ix_subscriber_pending",
        "created_at",
        "id",
        postgresql_where=text("state = 'pending'"),
        sqlite_where=text("state = 'pending'"),
    ),
    **NEVER_AGAIN,
)

consent = Table(  # append-only: what was asked and answered, in order
    "consent",
    metadata,
    own_id(),
    to("subscriber.id"),
    to("course.id"),
    Column("kind", Line(10), nullable=False),  # asked, confirmed, withdrawn, restored
    Column("at", Moment, nullable=False),
    Column("how", Line(40), nullable=False),
    Column("wording", Words, nullable=False, server_default=""),
    Column("form_version", Line(80), nullable=False, server_default=""),
    Column("details", Data, nullable=False),
    Column("network", Line(45), nullable=True),  # where it came from, shortened; null again after thirty days
    Index(None, "subscriber_id", "course_id"),
    Index(
        "ix_consent_network",
        "at",
        "id",
        postgresql_where=text("network IS NOT NULL"),
        sqlite_where=text("network IS NOT NULL"),
    ),
)

suppression = Table(
    "suppression",
    metadata,
    Column("address_key", Words, primary_key=True),
    Column("reason", Line(40), nullable=False),
    Column("at", Moment, nullable=False),
)

forgotten = Table(  # confirm mails to people who are kept no more: "this was not me" in one of them still counts
    "forgotten",
    metadata,
    Column("public_id", Line(22), primary_key=True),  # the notice's, as it stands in the mail's links
    Column("address", Line(32), nullable=False),  # the keyed hash under which attempts have it
    Column("form", Line(60), nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "at"),
)

erased = Table(  # addresses of people who were erased: recognised, and known no more
    "erased",
    metadata,
    Column("fingerprint", Line(64), primary_key=True),
    Column("reason", Line(40), nullable=False),
    Column("at", Moment, nullable=False),
)
