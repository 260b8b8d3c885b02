"""`dripcourse db prune` says what it removes, removes nothing on a dry run, and nothing that is young."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.cli.conftest import Terminal


@pytest.fixture
def long_ago(enrolled: Terminal) -> Terminal:
    """Bob's run, with its two events, ended on 3 March 2020; so did the events that belong to no run."""
    with closing(_open(enrolled)) as db, db:
        db.execute("UPDATE enrollment SET ended_at = '2020-03-03 08:00:00.000000' WHERE ended_at IS NOT NULL")
        assert db.execute("SELECT count(*) FROM event WHERE enrollment_id IS NULL").fetchone() == (1,)  # published
    return enrolled


def _open(terminal: Terminal) -> sqlite3.Connection:
    return sqlite3.connect(terminal.folder / "dripcourse.db")


def events(terminal: Terminal) -> list[str]:
    """The kinds of events of runs that there are, in order."""
    with closing(_open(terminal)) as db:
        found = db.execute("SELECT kind FROM event WHERE enrollment_id IS NOT NULL ORDER BY kind").fetchall()
    return [kind for (kind,) in found]


def test_a_dry_run_says_what_would_go_and_keeps_it(long_ago: Terminal) -> None:
    before = events(long_ago)
    said = long_ago.ok("db prune --dry-run")
    assert said.out == "Would remove 0 deliveries and 2 events; 1 runs lose their single days.\n"
    assert (said.err, events(long_ago)) == ("", before)


def test_pruning_says_what_it_removed_and_finds_nothing_the_second_time(long_ago: Terminal) -> None:
    assert long_ago.ok("db prune --json").data == {
        "older_than": 400, "dry_run": False, "runs": 1, "deliveries": 0, "events": 2, "people": 0
    }  # fmt: skip
    assert events(long_ago) == ["enrolled", "pruned"]
    assert long_ago.ok("db prune").out.startswith("Removed 0 deliveries and 0 events; 0 runs")
    assert "No lesson of version 1; the single days are no longer kept." in long_ago.ok("explain bob@example.com").out
    long_ago.ok("verify")
    assert long_ago.ok("db check").out.endswith("as expected.\n")


def test_who_did_not_confirm_in_time_goes_too(enrolled: Terminal) -> None:
    with closing(_open(enrolled)) as db, db:
        columns = "public_id, address, address_key, name, state, locale, fields, created_at"
        values = "'p', 'eve@example.com', 'eve@example.com', '', 'pending', 'en', '{}', '2020-03-03 08:00:00.000000'"
        db.execute(f"INSERT INTO subscriber ({columns}) VALUES ({values})")
    assert "Would remove 1 people who signed up and did not confirm" in enrolled.ok("db prune --dry-run").out
    assert enrolled.ok("db prune --json").data["people"] == 1
    assert "people" not in enrolled.ok("db prune").out


@pytest.mark.parametrize(
    ("line", "settings", "runs"),
    [
        ("db prune --older-than 30", {}, 1),
        ("db prune --older-than 36500", {}, 0),
        ("db prune", {"history_days": "36500"}, 0),
        ("db prune --older-than 365", {"history_days": "0"}, 1),
    ],
)
def test_how_old_is_said_on_the_line_or_by_the_setting(
    long_ago: Terminal, line: str, settings: dict[str, str], runs: int
) -> None:
    assert long_ago.ok(f"{line} --json", **settings).data["runs"] == runs


def test_who_keeps_everything_must_say_what_may_go(long_ago: Terminal) -> None:
    said = long_ago("db prune", history_days="0")
    assert said.code == 2
    (line,) = said.errors
    assert "--older-than DAYS" in line


def test_less_than_a_month_is_refused_in_one_line(long_ago: Terminal) -> None:
    said = long_ago("db prune --older-than 29")
    assert said.code == 2
    (line,) = said.errors
    assert "30" in line
    assert events(long_ago) != ["enrolled", "pruned"]
