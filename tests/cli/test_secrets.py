"""No command shows any part of a password, however the URL that holds it is mistyped; and no forged links on https."""

from __future__ import annotations

import sqlite3

import pytest

from dripcourse.config import DEV_KEY, Settings, refuse_development_key
from dripcourse.errors import ConfigError
from tests.cli.conftest import Terminal

KEY = "a-key-of-our-own-for-these-tests"


@pytest.mark.parametrize(
    "url",
    [
        "postgres://db/x?user=u&password=hunter2",
        "postgresql+psycopg://127.0.0.1:hunter2/db",
        "postgresql+psycopg://u:pass@hunter2@127.0.0.1/db",
        "postgresql+psycopg://u:hunter2@127.0.0.1:port/db",
        "postgresql+nothing://u:hunter2@127.0.0.1/db",
        "sqlite:///x.db?timeout=hunter2",
        "hunter2",
    ],
)
@pytest.mark.parametrize("command", ["db check", "doctor"])
def test_no_database_url_shows_its_password(bare: Terminal, url: str, command: str) -> None:
    said = bare(command, database_url=url)
    assert said.code in (1, 2)
    assert "database_url" in said.out + said.err
    assert "hunter2" not in said.out + said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    "url",
    [
        "redis://:hunt#er2@127.0.0.1:6379/0",
        "redis://u:12#er2@127.0.0.1",
        "redis://:hunt/er2@127.0.0.1",
        "redis://:hunt@er2@127.0.0.1",
        "redis://:x?hunt@127.0.0.1",
        "redis://:[er2@127.0.0.1",
    ],
)
def test_no_redis_url_shows_part_of_its_password(bare: Terminal, url: str) -> None:
    said = bare("doctor", redis_url=url)
    assert said.code == 1
    (line,) = [line for line in said.out.splitlines() if "redis" in line.lower()]
    assert line.startswith("error   redis_url cannot be read")
    assert not any(part in said.out + said.err for part in ("hunt", "er2", "12#"))


@pytest.mark.parametrize(
    ("base_url", "keys", "refused"),
    [
        ("https://course.example.org", (DEV_KEY,), True),
        ("https://course.example.org", (DEV_KEY, KEY), True),  # it still verifies what anybody can sign
        ("https://course.example.org", (KEY,), False),
        ("http://localhost:8000", (DEV_KEY,), False),
    ],
)
def test_the_development_key_is_refused_on_https(base_url: str, keys: tuple[str, ...], refused: bool) -> None:
    settings = Settings(base_url=base_url, secret_keys=keys)
    if not refused:
        refuse_development_key(settings)
        return
    with pytest.raises(ConfigError, match="development key"):
        refuse_development_key(settings)


def test_serve_does_not_start_with_the_development_key_on_https(bare: Terminal) -> None:
    said = bare("serve --port 0", base_url="https://course.example.org", secret_keys=DEV_KEY)
    assert said.code == 2
    assert "development key" in said.errors[0]


def test_the_doctor_warns_without_a_postal_address_for_a_course_may_bring_its_own(published: Terminal) -> None:
    said = published.ok("doctor", postal_address="")  # the course was published with one
    assert "warning postal_address is empty: courses that bring none cannot be published (CAN-SPAM, CASL)" in said.out


def test_the_doctor_refuses_a_published_course_without_a_postal_address(published: Terminal) -> None:
    with sqlite3.connect(published.folder / "dripcourse.db") as db:
        db.execute("UPDATE course_version SET data = json_set(data, '$.brand.postal_address', '')")
    said = published("doctor")
    assert said.code == 1
    assert "error   garden is published without a postal address: give it one and publish it again" in said.out


def test_the_doctor_notices_that_the_sender_has_the_default_name(published: Terminal) -> None:
    assert "sender_name" not in published.ok("doctor").out
    said = published.ok("doctor", sender_name="Dripcourse")
    assert "warning sender_name is the default: mails come from “Dripcourse”; set your own" in said.out


def test_the_doctor_refuses_a_sender_at_a_mailbox_provider(published: Terminal) -> None:
    said = published("doctor", from_address="anne@GMail.com")
    assert said.code == 1
    assert "error   from_address is at gmail.com: receivers refuse mail" in said.out


def test_the_doctor_finds_a_password_that_no_relay_can_be_told(bare: Terminal) -> None:
    said = bare("doctor", smtp_host="mail.example.org", smtp_username="u", smtp_password="pässword")
    assert said.code == 1
    assert "error   smtp_password is not ASCII" in said.out
    assert "pässword" not in said.out + said.err
