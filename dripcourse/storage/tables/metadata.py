"""What all tables share: the names of their constraints, and how a row is numbered. Not the tables.

Whoever holds a row's number across transactions must never find another row under it: a worker holds that of a run
that is erased meanwhile. PostgreSQL gives no number twice; SQLite would give the highest again once its row is gone,
but for tables with `NEVER_AGAIN`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
NEVER_AGAIN: dict[str, Any] = {"sqlite_autoincrement": True}
Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows itself only for INTEGER


def own_id() -> Column[int]:
    """A number of the row's own."""
    return Column("id", Id, primary_key=True, autoincrement=True)


def to(target: str, *, null: bool = False) -> Column[int]:
    """A reference such as course_id to course.id."""
    return Column(f"{target.split('.')[0]}_id", Id, ForeignKey(target), nullable=null)
