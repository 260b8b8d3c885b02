"""Runs long over: an enrollment remembers that its days were pruned, and an index holds those that still have some."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_UNPRUNED = sa.text("ended_at IS NOT NULL AND (pruned_at IS NULL OR pruned_at < ended_at)")


def upgrade() -> None:
    op.add_column("enrollment", sa.Column("pruned_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_enrollment_over", "enrollment", ["ended_at", "id"], postgresql_where=_UNPRUNED, sqlite_where=_UNPRUNED
    )


def downgrade() -> None:
    op.drop_index("ix_enrollment_over", "enrollment")
    op.drop_column("enrollment", "pruned_at")
