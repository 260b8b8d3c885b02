"""Migrations: up, down and up again, equal to the tables of the program, safe to run twice at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import column, inspect, select, text
from sqlalchemy import table as table_of
from sqlalchemy.exc import IntegrityError

from dripcourse.storage import schema
from dripcourse.storage.database import Database, Transaction, open_database
from dripcourse.storage.tables import metadata

NOW = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    found = open_database(database_url)
    yield found
    found.close()


def tables(db: Database) -> set[str]:
    with db.reading() as tx:
        return set(inspect(tx).get_table_names())


def run(db: Database, step: Any, *args: str) -> None:
    with db.writing() as tx:
        step(tx, *args)


def test_up_down_and_up_again(db: Database) -> None:
    for _ in range(2):
        run(db, schema.upgrade)
        assert tables(db) == set(metadata.tables) | {"alembic_version"}
        with db.reading() as tx:
            has, wants = schema.revisions(tx)
            assert has == wants != ""
            assert schema.differences(tx) == []
        run(db, schema.downgrade, "base")
        assert tables(db) == {"alembic_version"}  # Alembic's own note that there is nothing
        with db.reading() as tx:
            assert schema.revisions(tx)[0] == ""


def test_a_second_upgrade_does_nothing(db: Database) -> None:
    run(db, schema.upgrade)
    run(db, schema.upgrade)
    assert tables(db) == set(metadata.tables) | {"alembic_version"}


def test_an_upgrade_that_breaks_off_leaves_nothing(db: Database) -> None:
    def broken(tx: Transaction) -> None:
        schema.upgrade(tx)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(db, broken)
    assert tables(db) == set()


def test_two_upgrades_at_once(database_url: str) -> None:
    errors: list[BaseException] = []
    together = threading.Barrier(4)

    def upgrade() -> None:
        db = open_database(database_url)
        try:
            together.wait(20)
            run(db, schema.upgrade)
        except BaseException as error:
            errors.append(error)
        finally:
            db.close()

    threads = [threading.Thread(target=upgrade) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    db = open_database(database_url)
    with db.reading() as tx:
        assert schema.differences(tx) == []
    db.close()


def test_a_difference_is_seen(db: Database) -> None:
    run(db, schema.upgrade)
    with db.writing() as tx:
        tx.exec_driver_sql("DROP INDEX uq_delivery_one_a_day")
        tx.exec_driver_sql("ALTER TABLE heartbeat ADD COLUMN extra INTEGER")
    with db.reading() as tx:
        told = "\n".join(schema.differences(tx))
    assert "uq_delivery_one_a_day" in told
    assert "extra" in told


def test_an_upgrade_keeps_every_row_index_and_rule_of_what_it_makes_anew(db: Database) -> None:
    """0006 does so on SQLite, where a number must not be given twice."""
    run(db, schema.upgrade, "0005")
    rows = {
        "course": COURSE, "course_version": VERSION, "subscriber": PERSON, "enrollment": RUN, "delivery": DELIVERY,
        "answer": {"enrollment_id": 1, "lesson_key": "one", "said": "done", "at": NOW},
        "event": EVENT | {"subscriber_id": 1, "enrollment_id": 1},
        "consent": {"subscriber_id": 1, "course_id": 1, "kind": "asked", "at": NOW, "how": "web", "details": {}},
        "notice": NOTICE,
    }  # fmt: skip
    for name, row in rows.items():
        old = table_of(name, *(column(key, metadata.tables[name].c[key].type) for key in row))
        with db.writing() as tx:
            tx.execute(old.insert(), row)
    before = {name: _held_by(db, name) for name in rows}
    for _ in range(2):
        run(db, schema.upgrade)
        assert {name: there <= _held_by(db, name) for name, there in before.items()} == dict.fromkeys(rows, True)
        with pytest.raises(IntegrityError), db.writing() as tx:
            tx.execute(text("UPDATE enrollment SET weekdays = 0"))
        with pytest.raises(IntegrityError), db.writing() as tx:
            tx.execute(text("DELETE FROM subscriber"))
        run(db, schema.downgrade, "0005")
    assert {name: _held_by(db, name) for name in rows} == before


def _held_by(db: Database, name: str) -> set[tuple[str, str]]:
    """The cells of the table's one row, and the names of its indexes."""
    with db.reading() as tx:
        (row,) = tx.execute(text(f"SELECT * FROM {name}")).mappings()
        cells = {(column, str(value)) for column, value in row.items()}
        return cells | {("index", str(index["name"])) for index in inspect(tx).get_indexes(name)}


@pytest.mark.parametrize("made_by", ["migrations", "tables"])
def test_the_number_of_a_row_that_is_gone_is_never_given_again(sqlite_url: str, made_by: str) -> None:
    """A worker may hold the number of a run that is erased at this moment. (PostgreSQL never does so.)"""
    db = open_database(sqlite_url)
    run(db, schema.upgrade if made_by == "migrations" else metadata.create_all)
    for name, row in (("course", COURSE), ("course_version", VERSION), ("hook", HOOK)):
        _insert(db, name, row)
    told = {"hook_id": 1, "kind": "left", "data": {}, "at": NOW, "state": "queued"}
    rows = {"subscriber": PERSON, "enrollment": RUN, "delivery": DELIVERY, "notice": NOTICE, "hook_delivery": told}
    for name, row in rows.items():
        number = metadata.tables[name].c.id
        _insert(db, name, row | {"id": 7})
        with db.writing() as tx:
            tx.execute(number.table.delete().where(number == 7))
        _insert(db, name, {k: v for k, v in row.items() if k != "id"})
        with db.writing() as tx:
            assert tx.execute(select(number)).scalar_one() == 8, name
            tx.execute(number.table.update().values(id=1))
    db.close()


COURSE = {"id": 1, "slug": "steady", "title": "Steady", "version_id": 1, "created_at": NOW}
VERSION = {
    "id": 1, "course_id": 1, "number": 1, "content_hash": "x", "rule": "follow", "data": {}, "published_at": NOW
}  # fmt: skip
PERSON = {
    "id": 1, "public_id": "p", "address": "a@b.example", "address_key": "a@b.example", "state": "confirmed",
    "fields": {}, "created_at": NOW,
}  # fmt: skip
RUN = {
    "id": 1, "public_id": "r", "subscriber_id": 1, "course_id": 1, "version_id": 1, "run": 1, "state": "active",
    "source": {}, "zone": "UTC", "hour": NOW.time(), "weekdays": 127, "every": 1, "due_at": NOW, "created_at": NOW,
}  # fmt: skip
DELIVERY = {
    "enrollment_id": 1, "lesson_key": "one", "version_id": 1, "scheduled": True, "local_date": date(2026, 3, 3),
    "planned_at": NOW, "zone": "UTC", "state": "sent", "attempts": 1, "fence": 1, "claim_id": "c", "slot": 0,
    "message_id": "<m@b.example>", "created_at": NOW,
}  # fmt: skip
NOTICE = {
    "public_id": "n", "subscriber_id": 1, "template": "confirm", "context": {"plan": "x"}, "state": "sent",
    "attempts": 1, "fence": 1, "message_id": "<n>", "created_at": NOW,
}  # fmt: skip
LESSON = {"version_id": 1, "key": "one", "position": 0, "scheduled": True, "subject": "One"}
EVENT = {"at": NOW, "source": "ses", "source_event_id": "e1", "kind": "bounce", "data": {}}
FORM = {
    "slug": "start", "title": "Start", "wording": "Yes", "version": 1, "course_id": 1, "open": True, "created_at": NOW
}  # fmt: skip


HOOK = {"id": 1, "public_id": "h", "url": "https://b.example/", "kinds": "left", "created_at": NOW}


@pytest.fixture
def filled(db: Database) -> Database:
    run(db, schema.upgrade)
    rows = {
        "course": COURSE, "course_version": VERSION, "subscriber": PERSON, "enrollment": RUN, "delivery": DELIVERY,
        "lesson": LESSON, "event": EVENT, "form": FORM,
    }  # fmt: skip
    for name, row in rows.items():
        _insert(db, name, row)
    return db


def _insert(db: Database, table: str, row: dict[str, Any]) -> None:
    with db.writing() as tx:
        tx.execute(metadata.tables[table].insert(), row)


LATER = NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("delivery", DELIVERY | {"local_date": date(2026, 3, 4)}),  # a lesson twice
        ("delivery", DELIVERY | {"lesson_key": "two"}),  # two on a local day
        ("course", COURSE | {"id": 2}),
        ("course_version", VERSION | {"id": 2}),
        ("subscriber", PERSON | {"id": 2, "public_id": "q"}),
        ("subscriber", PERSON | {"id": 2, "address_key": "other@b.example"}),
        ("enrollment", RUN | {"id": 2, "public_id": "s"}),
        ("enrollment", RUN | {"id": 2, "run": 2}),
        ("enrollment", RUN | {"id": 2, "run": 2, "public_id": "s", "due_at": None}),  # active and never due
        ("enrollment", RUN | {"id": 2, "run": 2, "public_id": "s", "weekdays": 0}),
        ("enrollment", RUN | {"id": 2, "run": 2, "public_id": "s", "weekdays": 128}),
        ("enrollment", RUN | {"id": 2, "run": 2, "public_id": "s", "subscriber_id": 99}),
        ("lesson", LESSON | {"position": 1}),
        ("lesson", LESSON | {"key": "two"}),
        ("event", EVENT),
        ("form", FORM),
    ],
)
def test_the_database_itself_refuses_a_broken_promise(filled: Database, table: str, row: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        _insert(filled, table, row)


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("delivery", DELIVERY | {"lesson_key": "welcome", "scheduled": False}),  # takes no day
        ("delivery", DELIVERY | {"lesson_key": "skipped", "local_date": None}),
        ("delivery", DELIVERY | {"lesson_key": "two", "local_date": date(2026, 3, 4)}),
        ("enrollment", RUN | {"id": 2, "run": 2, "public_id": "s", "state": "paused", "due_at": None}),
        ("event", EVENT | {"source": "postmark"}),
        ("event", EVENT | {"source_event_id": None}),
    ],
)
def test_and_nothing_more_than_that(filled: Database, table: str, row: dict[str, Any]) -> None:
    _insert(filled, table, row)
    if table == "event" and row["source_event_id"] is None:
        _insert(filled, table, row)  # our own events carry no id and may come any number of times
