"""What all tables share: the names of their constraints, and how a row is numbered. Not the tables."""

from __future__ import annotations

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
Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows itself only for INTEGER


def own_id() -> Column[int]:
    """A number of the row's own."""
    return Column("id", Id, primary_key=True, autoincrement=True)


def to(target: str, *, null: bool = False) -> Column[int]:
    """A reference such as course_id to course.id."""
    return Column(f"{target.split('.')[0]}_id", Id, ForeignKey(target), nullable=null)
