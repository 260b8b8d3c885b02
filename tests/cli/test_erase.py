"""`subscriber erase`: it says what goes, does it only when told to, and remembers that it was asked."""

from __future__ import annotations

import sqlite3

from tests.cli.conftest import Terminal

ANNE = "anne@example.com"


def test_it_shows_what_would_go_and_does_nothing_unasked(enrolled: Terminal) -> None:
    enrolled.ok(f"enrollment pause {ANNE} --no-mail")
    said = enrolled(f"subscriber erase {ANNE}")
    assert said.code == 2
    assert "anne@example.com (2 events, 1 consent, 1 enrollment) will be removed for good." in said.err
    assert "Error: nothing was erased; say --yes to erase without being asked" in said.err
    assert ANNE in enrolled.ok(f"subscriber show {ANNE}").out


def test_with_yes_the_person_is_gone_from_the_file(enrolled: Terminal) -> None:
    said = enrolled.ok(f"subscriber erase {ANNE} --yes")
    assert "1 enrollment) removed." in said.out
    with sqlite3.connect(enrolled.folder / "dripcourse.db") as db:
        assert ANNE not in "\n".join(db.iterdump())
    assert enrolled(f"explain {ANNE}").code == 2
    again = enrolled(f"subscriber erase {ANNE} --yes")
    assert again.code == 2
    assert again.errors[0].startswith("no subscriber anne@example.com; it was erased on ")


def test_neither_add_nor_import_brings_the_person_back(enrolled: Terminal) -> None:
    enrolled.ok(f"subscriber erase {ANNE} --yes")
    (line,) = enrolled("subscriber add Anne@Example.com").errors
    assert "is not added: erased on" in line
    (enrolled.folder / "people.csv").write_text(f"address,course\n{ANNE},garden\nnew@example.com,garden\n", "utf-8")
    said = enrolled("subscriber import people.csv")
    assert said.code == 1
    assert "people.csv:2: refused: anne@example.com is suppressed (erased on " in said.out
    assert "1 taken, 1 enrolled, 1 refused." in said.out


def test_as_json_it_counts_what_went(enrolled: Terminal) -> None:
    found = enrolled.ok(f"subscriber erase {ANNE} --yes --json").data
    assert found["address"] == ANNE
    assert found["rows"]["enrollment"] == 1
