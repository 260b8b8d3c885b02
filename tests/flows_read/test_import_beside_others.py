"""Others sign up, import and publish while an import runs on PostgreSQL: neither breaks the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from dripcourse.addresses import parse_address
from dripcourse.domain.states import SubscriberState
from dripcourse.flows.imports import Imported
from dripcourse.storage import bulk, enrollments, subscribers
from dripcourse.storage.database import Transaction
from tests.flows.stage import Stage, raised
from tests.flows_read.roll import batches_of, bring_in, people


@pytest.fixture
def busy(postgres_url: str, tmp_path: Path) -> Iterator[Stage]:
    """A stage on PostgreSQL, where others write meanwhile; SQLite has one writer."""
    with raised(postgres_url, tmp_path) as found:
        yield found


class Running:
    """Something that runs beside the test; `end` waits for it and gives what it gave."""

    def __init__(self, work: Any) -> None:
        self._work, self._found = work, []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._found.append(self._work())
        except Exception as error:  # the test looks at it
            self._found.append(error)

    def end(self) -> Any:
        self._thread.join(30)
        assert not self._thread.is_alive(), "they wait for each other"
        return self._found[0]


def waiting(stage: Stage, how_many: int = 1) -> None:
    """Until so many transactions wait for another one's lock: the server says so."""
    patience = time.monotonic() + 20
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while True:
        with stage.db.reading() as tx:
            if tx.execute(query).scalar_one() >= how_many:
                return
        assert time.monotonic() < patience, "nobody waits"
        time.sleep(0.01)


def add(stage: Stage, tx: Transaction, name: str, state: SubscriberState) -> None:
    subscribers.add(tx, parse_address(f"{name}@example.com"), name="", state=state, at=stage.clock())


@pytest.mark.parametrize(
    ("state", "course", "taken"),
    [
        (SubscriberState.PENDING, "steady", 3),
        (SubscriberState.CONFIRMED, "steady", 3),
        (SubscriberState.PENDING, "", 3),
        (SubscriberState.CONFIRMED, "", 2),
    ],
)
def test_who_signs_up_while_he_is_imported_is_taken_as_one_who_was_there(
    busy: Stage, state: SubscriberState, course: str, taken: int
) -> None:
    with busy.db.writing() as tx:
        add(busy, tx, "ben", state)
        importing = Running(lambda: bring_in(busy, people("anna", "ben", "chie", course=course)))
        waiting(busy)
    done = importing.end()
    assert (done.taken, done.enrolled) == (taken, taken if course else 0)
    assert [line for line, _ in done.refused] == ([] if taken == 3 else [3])
    with busy.db.reading() as tx:
        assert {row.state for row in subscribers.many(tx, list(range(1, 20))).values()} == {"confirmed"}
        assert len(enrollments.after(tx, 0, 100)) == done.enrolled
    assert busy.broken_promises() == []


def test_who_gives_up_signing_up_meanwhile_disturbs_nobody(busy: Stage) -> None:
    with busy.db.engine.connect() as tx:
        add(busy, tx, "ben", SubscriberState.PENDING)
        importing = Running(lambda: bring_in(busy, people("anna", "ben", "chie")))
        waiting(busy)
        tx.rollback()
    assert importing.end() == Imported(3, 3, [])


def test_a_sign_up_of_somebody_who_is_being_imported_waits_and_finds_him(
    busy: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, go_on, real = threading.Event(), threading.Event(), bulk.write

    def write(*args: Any) -> None:
        real(*args)
        written.set()
        assert go_on.wait(20)

    monkeypatch.setattr(bulk, "write", write)
    importing = Running(lambda: bring_in(busy, people("anna", "ben")))
    assert written.wait(20)

    def sign_up() -> subscribers.Subscriber:
        with busy.db.writing() as tx:
            return subscribers.held(tx, parse_address("ben@example.com"), name="Ben", at=busy.clock())

    signing = Running(sign_up)
    waiting(busy)
    go_on.set()
    assert importing.end() == Imported(2, 2, [])
    assert signing.end().state == "confirmed"


def test_two_imports_of_the_same_people_in_opposite_order_take_each_once(busy: Stage) -> None:
    names = [f"reader-{n}" for n in range(60)]
    with batches_of(25):
        both = [Running(lambda way=way: bring_in(busy, people(*way))) for way in (names, names[::-1])]
        done = [one.end() for one in both]
    assert [type(one) for one in done] == [Imported, Imported], done
    assert sum(one.taken for one in done) == sum(len(one.refused) for one in done) == 60
    with busy.db.reading() as tx:
        assert (subscribers.count(tx), len(enrollments.after(tx, 0, 100))) == (60, 60)
    assert busy.broken_promises() == []


def test_a_publication_waits_for_the_batch_and_then_moves_its_runs(busy: Stage) -> None:
    with busy.db.writing() as tx:
        add(busy, tx, "ben", SubscriberState.CONFIRMED)
        importing = Running(lambda: bring_in(busy, people("anna", "ben", "chie")))
        waiting(busy)
        publishing = Running(lambda: busy.publish("welcome", "one", "new", "completion"))
        waiting(busy, 2)
    assert importing.end().enrolled == 3
    version = publishing.end()
    with busy.db.reading() as tx:
        assert {one.version_id for one in enrollments.after(tx, 0, 100)} == {version.id}
    assert busy.broken_promises() == []


def test_where_he_is_still_taken_when_he_is_alone_his_line_is_refused(
    busy: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with busy.db.writing() as tx:
        add(busy, tx, "ben", SubscriberState.CONFIRMED)
    real = bulk.known
    monkeypatch.setattr(  # as if ben always came between the look and the writing
        bulk, "known", lambda tx, keys: {key: one for key, one in real(tx, keys).items() if "ben" not in key}
    )
    done = bring_in(busy, people("anna", "ben", "chie", "dayo"))
    assert (done.taken, done.enrolled) == (3, 3)
    assert [(line, "by somebody else at this moment" in why) for line, why in done.refused] == [(3, True)]
