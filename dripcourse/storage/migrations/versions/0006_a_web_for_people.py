"""Forms get settings, a queue and a guard; programs get tokens and webhooks; readers may ask for a lesson at once."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_DUE = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("form", sa.Column("settings", sa.JSON, nullable=False, server_default="{}"))
    op.add_column("form", sa.Column("taken", sa.Integer, nullable=False, server_default="0"))
    op.add_column("form", sa.Column("held_until", _MOMENT, nullable=True))
    op.add_column("enrollment", sa.Column("asked", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("enrollment", sa.Column("begins", sa.Date, nullable=True))
    _sign_ups()
    _guards()
    _tokens()
    _number_for_ever()
    _hooks()


def _sign_ups() -> None:
    op.add_column("consent", sa.Column("network", sa.String(45), nullable=True))
    for name, table, columns, some in (
        ("ix_consent_network", "consent", ["at", "id"], "network IS NOT NULL"),
        ("ix_subscriber_pending", "subscriber", ["created_at", "id"], "state = 'pending'"),
    ):
        op.create_index(name, table, columns, postgresql_where=sa.text(some), sqlite_where=sa.text(some))
    op.create_index("ix_event_subscriber_id", "event", ["subscriber_id"])


def _guards() -> None:
    op.create_table(
        "sign_up",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("form_id", _ID, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("address_key", sa.Text, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["form.id"], name="fk_sign_up_form_id_form"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_up"),
    )
    op.create_index("ix_sign_up_due_at", "sign_up", ["due_at"])
    op.create_table(
        "attempt",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("form_id", _ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("address", sa.String(32), nullable=False),
        sa.Column("network", sa.String(32), nullable=False),
        sa.Column("wide", sa.String(32), nullable=False),
        sa.Column("domain", sa.String(32), nullable=False),
        sa.Column("path", sa.String(10), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["form.id"], name="fk_attempt_form_id_form"),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
    )
    for column in ("form_id", "address"):
        op.create_index(f"ix_attempt_{column}_outcome_at", "attempt", [column, "outcome", "at"])
    for column in ("network", "wide", "domain"):
        op.create_index(f"ix_attempt_{column}_at", "attempt", [column, "at"])
    op.create_index("ix_attempt_at", "attempt", ["at"])
    op.create_table(
        "forgotten",
        sa.Column("public_id", sa.String(22), nullable=False),
        sa.Column("address", sa.String(32), nullable=False),
        sa.Column("form", sa.String(60), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("public_id", name="pk_forgotten"),
    )
    op.create_index("ix_forgotten_at", "forgotten", ["at"])
    op.create_table(
        "spent",
        sa.Column("challenge", sa.String(64), nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("challenge", name="pk_spent"),
    )
    op.create_index("ix_spent_until", "spent", ["until"])


def _tokens() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(22), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_token"),
        sa.UniqueConstraint("public_id", name="uq_api_token_public_id"),
        sa.UniqueConstraint("digest", name="uq_api_token_digest"),
    )
    op.create_table(
        "idempotency",
        sa.Column("token_id", _ID, nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("body", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("answer", sa.JSON, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["token_id"], ["api_token.id"], name="fk_idempotency_token_id_api_token"),
        sa.PrimaryKeyConstraint("token_id", "key", name="pk_idempotency"),
    )
    op.create_index("ix_idempotency_at", "idempotency", ["at"])


#: These get a number for each row that no other row will ever get.
_NUMBERED = ("subscriber", "enrollment", "delivery", "notice")
#: They, and whatever refers to one of them; each after those that it refers to.
_REFERRING = ("subscriber", "enrollment", "consent", "notice", "event", "delivery", "answer")


def _number_for_ever() -> None:
    """SQLite cannot say so of a table that is there: it is made anew with its rows, and so is what refers to it.

    Foreign keys cannot be switched off within a transaction, so a table goes only when nothing refers to it any more.
    PostgreSQL gives no number twice anyhow.
    """
    tx = op.get_bind()
    if tx.dialect.name != "sqlite" or "AUTOINCREMENT" in _made(tx, "subscriber")[0]:
        return
    made = {name: _made(tx, name) for name in _REFERRING}
    for name in reversed(_REFERRING):
        tx.exec_driver_sql(f"CREATE TABLE kept_{name} AS SELECT * FROM {name}")  # noqa: S608  (names of ours)
        tx.exec_driver_sql(f"DROP TABLE {name}")
    for name in _REFERRING:
        table, *indexes = made[name]
        tx.exec_driver_sql(_numbered(table) if name in _NUMBERED else table)
        tx.exec_driver_sql(f"INSERT INTO {name} SELECT * FROM kept_{name}")  # noqa: S608
        tx.exec_driver_sql(f"DROP TABLE kept_{name}")
        for index in indexes:
            tx.exec_driver_sql(index)


def _made(tx: sa.Connection, name: str) -> list[str]:
    """The statements that made the table and its indexes, the table's first."""
    query = "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type = 'index', name"
    return list(tx.exec_driver_sql(query, (name,)).scalars())


def _numbered(table: str) -> str:
    column, found = re.subn(r"\bid INTEGER NOT NULL", "id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", table, count=1)
    told, moved = re.subn(r",\s*CONSTRAINT pk_\w+ PRIMARY KEY \(id\)", "", column)
    if (found, moved) != (1, 1):
        raise RuntimeError(f"a table was not made by our migrations: {table}")
    return told


def _hooks() -> None:
    op.create_table(
        "hook",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(22), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("kinds", sa.Text, nullable=False),
        sa.Column("course_id", _ID, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.Column("failing_since", _MOMENT, nullable=True),
        sa.Column("turn_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_hook_course_id_course"),
        sa.PrimaryKeyConstraint("id", name="pk_hook"),
        sa.UniqueConstraint("public_id", name="uq_hook_public_id"),
    )
    op.create_table(
        "hook_delivery",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("hook_id", _ID, nullable=False),
        sa.Column("subscriber_id", _ID, nullable=True),
        sa.Column("enrollment_id", _ID, nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=True),
        sa.Column("lease_until", _MOMENT, nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("fence", sa.Integer, nullable=False, server_default="0"),
        sa.Column("code", sa.Integer, nullable=False, server_default="0"),
        sa.Column("error", sa.Text, nullable=False, server_default=""),
        sa.Column("answered_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["hook_id"], ["hook.id"], name="fk_hook_delivery_hook_id_hook"),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name="fk_hook_delivery_subscriber_id_subscriber"),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollment.id"], name="fk_hook_delivery_enrollment_id_enrollment"),
        sa.PrimaryKeyConstraint("id", name="pk_hook_delivery"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_hook_delivery_due", "hook_delivery", ["due_at"], postgresql_where=_DUE, sqlite_where=_DUE)
    op.create_index(
        "ix_hook_delivery_queue", "hook_delivery", ["hook_id", "due_at"], postgresql_where=_DUE, sqlite_where=_DUE
    )
    op.create_index("ix_hook_delivery_hook_id_at", "hook_delivery", ["hook_id", "at"])
    op.create_index("ix_hook_delivery_subscriber_id", "hook_delivery", ["subscriber_id"])


def downgrade() -> None:
    for table in ("hook_delivery", "hook", "idempotency", "api_token", "spent", "forgotten", "attempt", "sign_up"):
        op.drop_table(table)
    for column in ("begins", "asked"):
        op.drop_column("enrollment", column)
    op.drop_index("ix_event_subscriber_id", "event")
    op.drop_index("ix_subscriber_pending", "subscriber")
    op.drop_index("ix_consent_network", "consent")
    op.drop_column("consent", "network")
    for column in ("held_until", "taken", "settings"):
        op.drop_column("form", column)
