"""The DKIM key on the command line: what the doctor says of it, and that nothing starts with one that cannot sign."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dripcourse.mail.transports.outbox import Outbox
from dripcourse.mail.transports.sink import Sink
from tests.cli.conftest import GARDEN, Terminal
from tests.mail import keys
from tests.mail.keys import holds, pem, signing

NAMED = {"dkim_domain": "school.example", "dkim_selector": "s1"}  # from_address is course@school.example


def lines_of_dkim(out: str) -> list[str]:
    return [line for line in out.splitlines() if "dkim" in line.lower() or "signed" in line]


def test_the_doctor_prints_the_record_to_publish(dripcourse: Terminal) -> None:
    dripcourse.ok("db upgrade")
    said = dripcourse.ok("doctor", **NAMED, dkim_key=pem("rsa"))
    (line,) = lines_of_dkim(said.out)
    assert line.startswith(
        "ok      mail is signed (rsa-sha256); the record to publish in the DNS: s1._domainkey.school"
    )
    assert line.endswith(signing("rsa", "school.example").record)
    assert "PRIVATE" not in said.out + said.err
    found = dripcourse.ok("doctor --json", **NAMED, dkim_key=pem("rsa")).data
    assert signing("rsa", "school.example").record in "".join(one["what"] for one in found)


def test_the_doctor_says_whom_an_ed25519_key_does_not_reach(dripcourse: Terminal) -> None:
    dripcourse.ok("db upgrade")
    record, warning = lines_of_dkim(dripcourse.ok("doctor", **NAMED, dkim_key=pem("ed25519")).out)
    assert "k=ed25519; p=" in record
    assert warning.startswith("warning dkim_key is for Ed25519")


def test_the_doctor_says_nothing_of_dkim_where_it_is_off_and_a_word_where_it_is_half_set(dripcourse: Terminal) -> None:
    assert lines_of_dkim(dripcourse("doctor").out) == []
    (line,) = lines_of_dkim(dripcourse("doctor", dkim_selector="s1").out)
    assert line.startswith("warning dkim_domain is not set")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"dkim_domain": "school.example"}, "dkim_selector is not set"),
        ({**NAMED}, "dkim_key is not set"),
        ({**NAMED, "dkim_key": "hunter2"}, "dkim_key is no private key in PEM"),
        ({**NAMED, "dkim_key": keys.public()}, "dkim_key is the public key"),
        ({**NAMED, "dkim_key": keys.locked()}, "dkim_key is locked with a passphrase"),
        ({**NAMED, "dkim_key": pem("rsa-1024")}, "dkim_key has 1024 bits"),
        ({**NAMED, "dkim_key": pem("ec")}, "dkim_key is a key for"),
        ({**NAMED, "dkim_key": pem("rsa"), "dkim_domain": "other.example"}, "dkim_domain is other.example"),
    ],
)
def test_what_is_wrong_is_one_line_of_the_doctor_and_stops_serve(
    dripcourse: Terminal, settings: dict[str, str], why: str
) -> None:
    said = dripcourse("doctor", **settings)
    assert said.code == 1
    (line,) = lines_of_dkim(said.out)
    assert line.startswith(f"error   {why}")
    started = dripcourse("serve --port 0", **settings)
    assert started.code == 2
    assert started.errors == [line.removeprefix("error   ")]
    shown = said.out + said.err + started.out + started.err
    assert "hunter2" not in shown
    assert not any(piece in shown for piece in settings.get("dkim_key", "").splitlines()[1:-1])


def test_a_key_file_that_cannot_be_read_stops_everything_with_one_line(dripcourse: Terminal) -> None:
    for command in ("doctor", "serve --port 0", "send-test garden me@reader.example"):
        said = dripcourse(command, **NAMED, dkim_key_file=str(dripcourse.folder / "none.pem"))
        assert said.code == 2
        (line,) = said.errors
        assert line.startswith("DRIPCOURSE_DKIM_KEY_FILE names ")
        assert "No such file" in line


def send_test(dripcourse: Terminal, key: Path) -> tuple[bytes, str]:
    """The lesson as the relay got it, and what was said of it on stderr."""
    outbox = Outbox()
    with Sink(outbox, clock=lambda: datetime.now(UTC)) as sink:
        relay = {"smtp_host": "127.0.0.1", "smtp_port": str(sink.port), "smtp_security": "plain"}
        said = dripcourse.ok("send-test garden me@reader.example", **relay, **NAMED, dkim_key_file=str(key))
    (mail,) = outbox.mails
    return mail.raw, said.err


def test_send_test_signs_with_the_key_of_a_file(dripcourse: Terminal) -> None:
    dripcourse.ok(f"course import {GARDEN} --days 7 --out garden")
    key = dripcourse.folder / "dkim.pem"
    key.write_text(pem("rsa"))
    raw, err = send_test(dripcourse, key)
    assert holds(raw, signing("rsa", "school.example"))
    assert "DMARC" not in err


def test_send_test_says_that_a_course_from_another_domain_is_not_covered(dripcourse: Terminal) -> None:
    dripcourse.ok(f"course import {GARDEN} --days 7 --out garden")
    settings = dripcourse.folder / "garden" / "course.toml"
    written = settings.read_text()
    assert "[sender]" not in re.sub(r"#.*", "", written)
    settings.write_text(written + '\n[sender]\nname = "Ann"\naddress = "ann@elsewhere.example"\n')
    key = dripcourse.folder / "dkim.pem"
    key.write_text(pem("rsa"))
    raw, err = send_test(dripcourse, key)
    assert holds(raw, signing("rsa", "school.example"))
    assert "ann@elsewhere.example: DMARC does not count that signature" in err
