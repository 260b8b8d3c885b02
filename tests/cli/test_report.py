"""`report forms` and what `doctor` says of the guard: where people come from, and what keeps them out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

from dripcourse.domain.budgets import Outcome
from dripcourse.storage import attempts, forms
from dripcourse.storage.attempts import Marks
from dripcourse.storage.database import Transaction, open_database
from dripcourse.storage.tables import enrollment
from tests.cli.conftest import Terminal

NOW = datetime.now(UTC)
AGO = NOW - timedelta(hours=2)


@contextmanager
def written(terminal: Terminal) -> Iterator[Transaction]:
    """A transaction in the terminal's database."""
    with closing(open_database(f"sqlite:///{terminal.folder / 'dripcourse.db'}")) as db, db.writing() as tx:
        yield tx


def came(terminal: Terminal, outcome: Outcome, number: int, network: str = "") -> None:
    """So many came through the form and got that far."""
    with written(terminal) as tx:
        form_id = forms.find(tx, "start").id
        for _ in range(number):
            attempts.record(tx, form_id, "page", outcome, AGO, Marks(network=(network,)))


def test_a_form_s_way_from_who_came_to_who_finished_and_where_finishers_come_from(enrolled: Terminal) -> None:
    numbers = {"came": 4, "mailed": 3, "confirmed": 2, "declined": 1, "trapped": 5, "busy": 1, "again": 7}
    for name, number in numbers.items():
        came(enrolled, Outcome(name), number)
    sources = [{"utm_source": "spring"}, {"referrer": "https://blog.example/a"}, {}]
    with written(enrolled) as tx:
        for run_id, (source, state) in enumerate(zip(sources, ("finished", "left", "finished"), strict=True), 1):
            values = {"source": {"form": "start", **source}, "state": state, "due_at": None}
            tx.execute(enrollment.update().where(enrollment.c.id == run_id).values(values))
    found = enrolled.ok("report forms --json").data
    (form,) = found["forms"]
    assert form == {
        "form": "start", "state": "open", "came": 10, "mailed": 6, "confirmed": 2, "declined": 1,
        "no_seat": 0, "again": 7, "refused": {"trapped": 5, "busy": 1}, "began": 2, "finished": 1,
    }  # fmt: skip
    assert [tuple(one.values()) for one in found["sources"]] == [("spring", 1, 1), ("blog.example", 1, 0)]
    assert "trapped 5, busy 1" in enrolled.ok("report forms").out
    assert "30 days" in enrolled.ok("report forms --days 90").err


def test_doctor_names_forms_that_are_held_or_turn_many_away_and_a_proxy_that_hides_everybody(
    published: Terminal,
) -> None:
    published.ok("form create start --course garden")
    quiet = published("doctor").out
    assert "form start" not in quiet
    assert "FORWARDED_ALLOW_IPS" not in quiet
    came(published, Outcome.AGAIN, 150)  # visitors of a plain form on another site, each at his first press
    assert "turned" not in published("doctor").out
    came(published, Outcome.TRAPPED, 99)
    came(published, Outcome.BUSY, 1)
    came(published, Outcome.MAILED, 50, network="n")
    with written(published) as tx:
        forms.hold(tx, forms.find(tx, "start").id, datetime(2099, 1, 1, tzinfo=UTC))
    said = published("doctor").out
    assert "warning form start is held until 2099-01-01 00:00 UTC" in said
    assert "warning form start turned 100 away in a day: trapped 99, busy 1" in said
    assert "warning 50 of 50 sign-ups of the last day came from one network" in said
    came(published, Outcome.MAILED, 6, network="m")
    assert "FORWARDED_ALLOW_IPS" not in published("doctor").out


def test_nothing_is_reported_of_nothing_and_days_are_days(published: Terminal) -> None:
    assert published.ok("report forms --json").data == {"forms": [], "sources": []}
    for days in ("0", "-1", "x"):
        assert published(f"report forms --days {days}").code == 2
