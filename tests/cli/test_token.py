"""Tokens at the terminal: shown once, listed by name, ended for ever; and the secret of a form's intake."""

from __future__ import annotations

import re

import pytest

from dripcourse.domain.signatures import secrets_of
from tests.cli.conftest import SETTINGS, Terminal
from tests.cli.test_bad_input import fingerprint


def test_a_token_is_shown_once_and_ended_by_its_id(enrolled: Terminal) -> None:
    made = enrolled.ok("token create 'The  shop'")
    assert re.fullmatch(r"dc_[A-Za-z0-9_-]{43}\n", made.out)
    (listed,) = enrolled.ok("token list --json").data
    assert (listed["name"], listed["revoked"]) == ("The shop", None)
    assert f"dripcourse token revoke {listed['id']}" in made.err
    assert "The shop" in enrolled.ok(f"token revoke {listed['id']}").out
    (ended,) = enrolled.ok("token list --json").data
    assert ended["revoked"] is not None
    enrolled.ok(f"token revoke {listed['id']}")
    assert enrolled.ok("token list --json").data == [ended]


def test_a_list_or_the_database_gives_no_token_away(enrolled: Terminal) -> None:
    text = enrolled.ok("token create shop").out.strip()
    shown = enrolled.ok("token list").out + enrolled.ok("token list --json").out
    kept = b"".join(file.read_bytes() for file in enrolled.folder.glob("dripcourse.db*"))
    assert b"api_token" in kept
    for there in (shown, kept.decode("latin-1")):
        assert text[3:] not in there


def test_an_intake_has_an_address_and_a_secret_of_its_own(enrolled: Terminal) -> None:
    address, secret = enrolled.ok("token intake start").out.splitlines()
    assert address == "https://course.school.example/api/v1/intake/start"
    assert secret == secrets_of([SETTINGS["DRIPCOURSE_SECRET_KEYS"]], "start")[0]
    changed = enrolled.ok("token intake start", secret_keys="the-old-key-of-this-place,the-new-key-of-this-place")
    assert changed.out.splitlines()[1] == secrets_of(["the-new-key-of-this-place"], "start")[0]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("token create ''", ["cannot be a token's name", "such as"]),
        (f"token create {'x' * 61}", ["cannot be a token's name", "60"]),
        ("token create 'a\x1b[31mb'", ["cannot be a token's name"]),
        ("token revoke nothing", ["'nothing'", "token list"]),
        ("token intake nope", ["'nope'", "start"]),
    ],
)
def test_what_is_wrong_is_one_line_and_changes_nothing(enrolled: Terminal, line: str, words: list[str]) -> None:
    before = fingerprint(enrolled)
    said = enrolled(line)
    assert (said.code, said.out) == (2, "")
    (error,) = said.errors
    assert all(word in error for word in words), error
    assert fingerprint(enrolled) == before
