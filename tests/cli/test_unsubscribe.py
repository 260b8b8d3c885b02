"""`unsubscribe`: what a pipe of the mail server is told."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import pytest

from dripcourse.mail.links import Links
from tests.cli.conftest import Terminal

KEY = "a-key-that-only-this-test-knows"


def test_a_mail_of_nobody_is_understood_and_passed_over(enrolled: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"Subject: please stop\r\n\r\n")))
    assert enrolled.ok("unsubscribe read -").out == "no-mark\n"
    mark = Links("https://x.example", (KEY,)).token("mail-leave", "nobodyanymore")
    (enrolled.folder / "mail.eml").write_text(f"Subject: {mark}\n\n")
    assert enrolled.ok("unsubscribe read mail.eml", secret_keys=KEY).out == "nobody\n"
    assert enrolled.ok("unsubscribe read mail.eml", secret_keys=KEY + "!").out == "forged\n"


def test_while_the_database_is_away_the_mail_server_is_to_come_again(bare: Terminal) -> None:
    (bare.folder / "mail.eml").write_text("Subject: x\n\n")
    said = bare("unsubscribe read mail.eml", database_url="sqlite:////nowhere/at/all.db")
    assert said.code == 75
    assert said.out == ""
    assert said.err.startswith("not now: ConfigError: the database cannot be reached")
    assert len(said.err.splitlines()) == 1


def test_what_is_wrong_with_the_command_is_said(published: Terminal) -> None:
    missing = published("unsubscribe read nothing.eml")
    assert (missing.code, missing.errors) == (2, ["nothing.eml cannot be read: No such file or directory"])
    unset = published("unsubscribe listen --lmtp 127.0.0.1:0")
    assert unset.code == 2
    assert "unsubscribe_address is not set" in unset.errors[0]
    bad = published("unsubscribe listen --lmtp 127.0.0.1:99999", unsubscribe_address="leave@example.org")
    assert bad.code == 2
    assert bad.errors[0].startswith("cannot listen at 127.0.0.1:99999: ")
