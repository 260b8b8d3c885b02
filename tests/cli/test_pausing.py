"""`enrollment pause` given twice: it says so, and neither a mail nor a line of the ledger is added."""

from __future__ import annotations

import sqlite3

import pytest

from tests.cli.conftest import Terminal


@pytest.mark.parametrize(("how", "until"), [("--days 3", "until 20"), ("", "until `resume`")])
def test_the_second_time_it_says_that_it_is_paused_already(enrolled: Terminal, how: str, until: str) -> None:
    first = enrolled.ok(f"enrollment pause anne@example.com {how}").out
    again = enrolled.ok(f"enrollment pause anne@example.com {how}").out
    assert "already" not in first
    assert f"anne@example.com: already paused {until}" in again
    with sqlite3.connect(enrolled.folder / "dripcourse.db") as db:
        count = "SELECT (SELECT count(*) FROM notice), (SELECT count(*) FROM event WHERE kind = 'paused')"
        assert db.execute(count).fetchone() == (1, 1)
