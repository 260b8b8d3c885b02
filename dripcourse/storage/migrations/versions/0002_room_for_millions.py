"""Room for millions: claims go on where the last one stopped, leases have an index, hot pages have room."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


_ACTIVE, _LEASED = _where("state = 'active'"), _where("lease_until IS NOT NULL")
#: New versions of a row find room on its own page, and what is dead is cleared before a fiftieth of the table is.
_HOT = "fillfactor = {}, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02"


def upgrade() -> None:
    op.drop_index("ix_enrollment_due", "enrollment")
    op.create_index("ix_enrollment_due", "enrollment", ["due_at", "id"], **_ACTIVE)
    op.create_index("ix_enrollment_leased", "enrollment", ["lease_until"], **_LEASED)
    with op.batch_alter_table("delivery") as delivery:
        delivery.drop_constraint("fk_delivery_version_id_course_version", type_="foreignkey")
    if op.get_context().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE enrollment SET ({_HOT.format(80)})")
        op.execute(f"ALTER TABLE delivery SET ({_HOT.format(60)})")


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        for table in ("enrollment", "delivery"):
            op.execute(
                f"ALTER TABLE {table} RESET"
                " (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor)"
            )
    with op.batch_alter_table("delivery") as delivery:
        delivery.create_foreign_key("fk_delivery_version_id_course_version", "course_version", ["version_id"], ["id"])
    op.drop_index("ix_enrollment_leased", "enrollment")
    op.drop_index("ix_enrollment_due", "enrollment")
    op.create_index("ix_enrollment_due", "enrollment", ["due_at"], **_ACTIVE)
