"""Text from anywhere can be kept on both databases, and what cannot be kept as it is finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from dripcourse.addresses import parse_address
from dripcourse.domain.states import SubscriberState
from dripcourse.errors import NotFound, Refused
from dripcourse.storage import events, forms, notices, subscribers, suppressions
from dripcourse.storage.columns import storable
from dripcourse.storage.database import Database, Transaction, open_database
from dripcourse.storage.events import Event
from dripcourse.storage.tables import metadata, notice

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANNA = parse_address("anna@example.com")


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    found = open_database(database_url, scratch=True)
    with found.writing() as tx:
        metadata.create_all(tx)
    yield found
    found.close()


def add_anna(tx: Transaction, name: str = "") -> subscribers.Subscriber:
    return subscribers.add(tx, ANNA, name=name, state=SubscriberState.CONFIRMED, at=NOW)


@given(st.text(st.characters(categories=None)))
def test_whatever_is_storable_has_no_nul_and_is_utf8_of_the_same_length(text: str) -> None:
    kept = storable(text)
    assert "\0" not in kept
    assert len(kept.encode()) >= len(kept) == len(text)
    assert storable(kept) == kept


def test_an_event_and_a_notice_keep_texts_with_nul_and_half_surrogates(db: Database) -> None:
    with db.writing() as tx:
        person = add_anna(tx, "An\0na")
        events.record(tx, [Event(NOW, "odd", "web", person.id, data={"w\0y": ["a\0b", {"c": "\ud800"}], "n": 1})])
        notices.add(tx, person.id, "confirm", {"course": "A\0B"}, host="x.example", at=NOW)
        one = notices.claim(tx, now=NOW, lease_until=NOW, limit=1)[0]
        notices.settle(tx, one, state="queued", due_at=NOW, sent_at=None, code=450, error="4.2.0 \0 later")
    with db.reading() as tx:
        assert subscribers.find(tx, ANNA).name == "An\ufffdna"
        assert events.of_kind(tx, "odd")[0].data == {"w\ufffdy": ["a\ufffdb", {"c": "\ufffd"}], "n": 1}
        assert tx.execute(notice.select()).one().error == "4.2.0 \ufffd later"


def test_a_link_with_nul_in_it_finds_nothing(db: Database) -> None:
    with db.writing() as tx:
        public_id = add_anna(tx).public_id
        for look in (subscribers.by_public_id, forms.find):
            with pytest.raises(NotFound):
                look(tx, public_id[:5] + "\0" + public_id[5:])


def test_a_second_subscriber_of_that_address_is_refused_and_the_transaction_goes_on(db: Database) -> None:
    with db.writing() as tx:
        first = add_anna(tx)
        with pytest.raises(Refused, match=r"anna@example.com was added by somebody else"):
            add_anna(tx)
        assert subscribers.count(tx) == 1
        assert subscribers.held(tx, ANNA, name="", at=NOW) == first


def test_the_first_reason_of_a_suppression_stays(db: Database) -> None:
    with db.writing() as tx:
        suppressions.add_all(tx, ["b", "a", "b"], "hard-bounce", NOW)
        suppressions.add(tx, "a", "complaint", NOW)
        assert suppressions.among(tx, ["a", "b", "c"]) == {"a": "hard-bounce", "b": "hard-bounce"}


class _Said(Exception):
    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "calls"),
    [("40P01", 4), ("40001", 4), ("53100", 1)],
    ids=["deadlock", "serialization failure", "disk full"],
)
def test_what_passes_by_itself_is_tried_four_times_and_nothing_else(db: Database, sqlstate: str, calls: int) -> None:
    made = []

    def work(tx: Transaction) -> None:
        add_anna(tx)  # would be refused the second time, were the first not undone
        made.append(1)
        raise OperationalError("UPDATE", {}, _Said(sqlstate))

    with pytest.raises(OperationalError):
        db.write(work)
    assert len(made) == calls
    with db.reading() as tx:
        assert subscribers.count(tx) == 0
