"""Moments go in and come out as aware UTC, to the microsecond; a naive one is refused at every door."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, bindparam, select
from sqlalchemy.exc import StatementError

from dripcourse.errors import InputError
from dripcourse.storage.columns import Hour, Moment
from dripcourse.storage.database import Database, open_database
from dripcourse.storage.tables import metadata

NAIVE = datetime(2026, 3, 3, 8, 0)
sample = Table("sample", MetaData(), Column("at", Moment), Column("hour", Hour))


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    found = open_database(database_url)
    with found.writing() as tx:
        sample.metadata.create_all(tx)
    yield found
    found.close()


def there_and_back(db: Database, **values: Any) -> Any:
    with db.writing() as tx:
        tx.execute(sample.delete())
        tx.execute(sample.insert(), values)
        return tx.execute(select(sample)).one()


offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=offsets)


@given(moments)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_moment_comes_back_as_the_same_instant_in_utc(db: Database, at: datetime) -> None:
    found = there_and_back(db, at=at, hour=None).at
    assert found == at
    assert found.tzinfo is UTC or found.utcoffset() == timedelta(0)
    assert found.microsecond == at.microsecond


@given(st.integers(0, 24 * 60 - 1).map(lambda minute: time(minute // 60, minute % 60)))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_hour_comes_back(db: Database, hour: time) -> None:
    assert there_and_back(db, at=None, hour=hour) == (None, hour)


def test_moments_of_different_offsets_are_ordered_by_instant(db: Database) -> None:
    berlin, tokyo = timezone(timedelta(hours=1)), timezone(timedelta(hours=9))
    early, late = datetime(2026, 3, 3, 8, 0, tzinfo=tokyo), datetime(2026, 3, 3, 0, 30, 0, 1, tzinfo=berlin)
    with db.writing() as tx:
        tx.execute(sample.insert(), [{"at": late, "hour": None}, {"at": early, "hour": None}])
        assert list(tx.execute(select(sample.c.at).order_by(sample.c.at)).scalars()) == [early, late]
        assert list(tx.execute(select(sample.c.at).where(sample.c.at < late)).scalars()) == [early]


DOORS = [(name, column.name) for name, table in metadata.tables.items() for column in table.columns
         if isinstance(column.type, Moment)]  # fmt: skip


def test_every_moment_of_every_table_has_this_door() -> None:
    assert len(DOORS) >= 18
    for table in metadata.tables.values():
        for column in table.columns:
            assert "DATETIME" not in str(column.type).upper() or isinstance(column.type, Moment), column


@pytest.mark.parametrize(("table", "column"), DOORS)
def test_a_naive_datetime_is_refused_on_the_way_in(db: Database, table: str, column: str) -> None:
    with pytest.raises((InputError, StatementError), match="has no time zone"), db.writing() as tx:
        tx.execute(select(bindparam("moment", NAIVE, type_=metadata.tables[table].c[column].type)))


def test_and_in_a_comparison(db: Database) -> None:
    with pytest.raises((InputError, StatementError), match="has no time zone"), db.reading() as tx:
        tx.execute(select(sample).where(sample.c.at > NAIVE))


def test_an_hour_finer_than_a_minute_is_refused_rather_than_cut(db: Database) -> None:
    with pytest.raises((InputError, StatementError), match="minute"):
        there_and_back(db, at=None, hour=time(8, 0, 30))
