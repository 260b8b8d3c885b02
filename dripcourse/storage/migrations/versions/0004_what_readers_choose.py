"""Readers choose a language and opt out of perspectives, and tap Done; a version's mails get a table of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_QUIET = sa.text("state = 'active' AND pick_up_in <= 0")


def upgrade() -> None:
    op.create_table(
        "mail",
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("notice", sa.Boolean, nullable=False),
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("instead", sa.Boolean, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["course_version.id"], name="fk_mail_version_id_course_version"),
        sa.PrimaryKeyConstraint("version_id", "notice", "key", "language", "instead", name="pk_mail"),
    )
    op.execute(
        "INSERT INTO mail (version_id, notice, key, language, instead, content)"
        " SELECT version_id, false, key, '', false, mail FROM lesson WHERE mail IS NOT NULL"
    )
    op.drop_column("lesson", "mail")
    op.create_table(
        "answer",
        sa.Column("enrollment_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("lesson_key", sa.String(60), nullable=False),
        sa.Column("said", sa.String(10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollment.id"], name="fk_answer_enrollment_id_enrollment"),
        sa.PrimaryKeyConstraint("enrollment_id", "lesson_key", name="pk_answer"),
    )
    op.add_column("form", sa.Column("language", sa.String(35), nullable=False, server_default=""))
    op.add_column("enrollment", sa.Column("language", sa.String(35), nullable=False, server_default=""))
    op.add_column("enrollment", sa.Column("without", sa.Text, nullable=False, server_default=""))
    op.add_column("enrollment", sa.Column("pick_up_in", sa.SmallInteger, nullable=True))
    op.create_index(
        "ix_enrollment_quiet", "enrollment", ["pick_up_in", "id"], postgresql_where=_QUIET, sqlite_where=_QUIET
    )


def downgrade() -> None:
    op.drop_index("ix_enrollment_quiet", "enrollment")
    for name in ("pick_up_in", "without", "language"):
        op.drop_column("enrollment", name)
    op.drop_column("form", "language")
    op.drop_table("answer")
    op.add_column("lesson", sa.Column("mail", sa.JSON, nullable=True))
    op.execute(
        "UPDATE lesson SET mail = (SELECT content FROM mail m WHERE m.version_id = lesson.version_id"
        " AND m.key = lesson.key AND NOT m.notice AND m.language = '' AND NOT m.instead)"
    )
    op.drop_table("mail")
