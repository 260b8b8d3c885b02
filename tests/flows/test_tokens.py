"""Programs' keys: who is known by one, and how a request that comes twice is done once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from dripcourse.errors import DripcourseError, InputError
from dripcourse.flows import tokens
from dripcourse.flows.prune import prune_some
from dripcourse.flows.tokens import OtherBody, Reply, UnderWay, known, once
from dripcourse.storage import schema
from dripcourse.storage.database import Database, open_database
from dripcourse.storage.tables import idempotency as table
from dripcourse.storage.tokens import Token

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
DAY = timedelta(hours=24)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url, scratch=True)
    with opened.writing() as tx:
        schema.upgrade(tx)
    yield opened
    opened.close()


@pytest.fixture
def token(db: Database) -> Token:
    return tokens.create(db, "shop", NOON)[0]


class Work:
    """Counts how often it was done; answers what it is told to."""

    def __init__(self, status: int = 202) -> None:
        self.done = 0
        self.status = status

    def __call__(self) -> Reply:
        self.done += 1
        return self.status, {"n": self.done}


def test_a_program_is_known_by_its_whole_token_until_that_is_revoked(db: Database) -> None:
    made, text = tokens.create(db, "shop", NOON)
    _, other = tokens.create(db, "school", NOON)
    assert known(db, text) == made
    for wrong in ("", "dc_", text[:-1], text + "x", text.swapcase(), text[3:], made.public_id, "dc_" + "x" * 43):
        assert known(db, wrong) is None, wrong
    tokens.revoke(db, made.public_id, NOON)
    assert known(db, text) is None
    assert known(db, other) is not None


def test_with_its_own_key_a_request_is_done_once_for_a_day(db: Database, token: Token) -> None:
    work = Work()
    assert once(db, token, "k", b"{}", NOON, work) == (202, {"n": 1})
    assert once(db, token, "k", b"{}", NOON + DAY - timedelta(minutes=1), work) == (202, {"n": 1})
    with pytest.raises(OtherBody, match="another request"):
        once(db, token, "k", b"{} ", NOON, work)
    other, _ = tokens.create(db, "school", NOON)
    assert once(db, other, "k", b"{}", NOON, work) == (202, {"n": 2})
    assert once(db, token, "k", b"{} ", NOON + DAY + timedelta(minutes=1), work) == (202, {"n": 3})


def test_without_a_key_it_is_done_each_time(db: Database, token: Token) -> None:
    work = Work()
    assert [once(db, token, None, b"{}", NOON, work) for _ in range(2)] == [(202, {"n": 1}), (202, {"n": 2})]


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "ä", "a\n"])
def test_what_cannot_be_a_key_is_refused(db: Database, token: Token, key: str) -> None:
    work = Work()
    with pytest.raises(InputError, match="1 to 255 visible ASCII"):
        once(db, token, key, b"{}", NOON, work)
    assert work.done == 0


def test_what_was_refused_or_broke_may_be_tried_again(db: Database, token: Token) -> None:
    def broken() -> Reply:
        raise ZeroDivisionError

    assert once(db, token, "k", b"{}", NOON, Work(429))[0] == 429
    with pytest.raises(ZeroDivisionError):
        once(db, token, "k", b"{}", NOON, broken)
    assert once(db, token, "k", b"other", NOON, Work()) == (202, {"n": 1})


def test_of_two_at_once_one_is_done_and_the_other_is_told(db: Database, token: Token) -> None:
    begun, go_on, found = threading.Event(), threading.Event(), []

    def slow() -> Reply:
        begun.set()
        assert go_on.wait(10)
        return 202, {"n": 1}

    first = threading.Thread(target=lambda: found.append(once(db, token, "k", b"{}", NOON, slow)), daemon=True)
    first.start()
    assert begun.wait(10)
    second = Work()
    with pytest.raises(UnderWay, match="ask again"):
        once(db, token, "k", b"{}", NOON, second)
    go_on.set()
    first.join(10)
    assert found == [(202, {"n": 1})]
    assert once(db, token, "k", b"{}", NOON, second) == (202, {"n": 1})
    assert second.done == 0


@pytest.mark.parametrize(("minutes", "told"), [(0.5, UnderWay), (1.5, None)])
def test_a_request_whose_process_died_may_come_again_after_a_minute(
    db: Database, token: Token, minutes: float, told: type[DripcourseError] | None
) -> None:
    with db.writing() as tx:
        assert tokens._begin(tx, token, "k", b"{}".hex(), NOON) is None
    with db.writing() as tx:
        later = NOON + timedelta(minutes=minutes)
        if told is None:
            assert tokens._begin(tx, token, "k", b"{}".hex(), later) is None
        else:
            with pytest.raises(told):
                tokens._begin(tx, token, "k", b"{}".hex(), later)


def test_answers_older_than_a_day_are_forgotten_by_the_scheduler(db: Database, token: Token) -> None:
    once(db, token, "old", b"{}", NOON, Work())
    once(db, token, "new", b"{}", NOON + timedelta(hours=2), Work())
    for hours, left in ((23, ["new", "old"]), (25, ["new"]), (27, [])):
        prune_some(db, None, NOON + timedelta(hours=hours))
        with db.reading() as tx:
            assert sorted(tx.execute(select(table.c.key)).scalars()) == left
