"""No address and no link's token ever gets into a log line, whatever it hides in."""

from __future__ import annotations

import io
import json
import logging
import string
import sys
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from dripcourse import logs
from dripcourse.addresses import parse_address
from dripcourse.errors import InputError
from dripcourse.mail.links import PURPOSES, Links

LINKS = Links("https://course.example.org", ("a-key-that-only-this-test-knows",))
atext = st.text(string.ascii_letters + string.digits + "!#$%&'*+-/=?^_`{|}~", min_size=1, max_size=12)
locals_ = st.lists(atext, min_size=1, max_size=3).map(".".join)
labels = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=10)
domains = st.lists(labels, min_size=1, max_size=3).map(lambda parts: ".".join([*parts, "example"]))
around = st.sampled_from(
    ["{}", "to {}, and more", "<{}>", '"{}"', "'{}'", "rcpt={}", "mailto:{}", "({})", "[{}]", "{}.\n"]
)
public_ids = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=22)


@given(locals_, domains, around)
def test_no_address_is_left(local: str, domain: str, words: str) -> None:
    shown = logs.redact(words.format(f"{local}@{domain}"))
    assert "@" not in shown
    assert domain not in shown
    assert len(local) < 4 or local not in shown


@given(public_ids, st.sampled_from(PURPOSES), st.sampled_from(["GET {} 200", "<{}>", "'{}'", "{}", "{}?x=1"]))
def test_no_token_is_left(public_id: str, purpose: str, words: str) -> None:
    url = LINKS.url(purpose, public_id)
    token = url.rpartition("/")[2]
    shown = logs.redact(words.format(url))
    assert token not in shown
    assert token.rpartition(".")[2] not in shown
    assert f"/{purpose}/" in shown


@pytest.mark.parametrize(
    "text", ["batch claimed=12 sent=12", "2026-03-03 08:00", "http://localhost:8000/f/start", "schema 0001", "a @ b"]
)
def test_what_is_neither_stays(text: str) -> None:
    assert logs.redact(text) == text


@pytest.mark.parametrize(
    "text", ["anne%40reader.example", '"odd name"@reader.example', "anne@localhost", "o'hara@r.example"]
)
def test_unusual_spellings(text: str) -> None:
    for part in ("anne", "odd name", "reader", "localhost", "hara"):
        assert part not in logs.redact(text)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged, as JSON, while everything is set up as in a running process."""
    stream, root = io.StringIO(), logging.getLogger()
    before, level = root.handlers[:], root.level
    monkeypatch.setattr(sys, "stderr", stream)
    logs.configure("INFO")
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def _fail() -> None:
    raise ValueError("no way to anne@reader.example")


def test_wherever_it_hides(lines: io.StringIO) -> None:
    anne = "anne@reader.example"
    link = LINKS.url("leave", "k3v9")
    log, standard = logs.get_logger("ours"), logging.getLogger("theirs")
    log.info(f"to {anne}", to=anne, many=[anne, {"deep": (anne, link)}], by={anne: 1}, thing=Exception(anne), sent=12)
    standard.info("to %s by %s", anne, link)
    standard.info("extra", extra={"recipient": anne, "all": [anne]})
    for logger in (log, standard):
        try:
            _fail()
        except ValueError:
            logger.exception("broken")
    text = lines.getvalue()
    records = [json.loads(line) for line in text.splitlines()]
    assert len(records) == 5
    assert records[0]["sent"] == 12
    assert {record["logger"] for record in records} == {"ours", "theirs"}
    assert "anne" not in text
    assert "reader.example" not in text
    assert link.rpartition("/")[2] not in text
    assert "ValueError" in records[3]["exception"]
    assert "ValueError" in records[4]["exception"]


@pytest.mark.parametrize(
    ("typed", "text", "key"),
    [
        (" Anne.Miller@Example.COM ", "Anne.Miller@example.com", "anne.miller@example.com"),
        ("anne+garden@example.com", "anne+garden@example.com", "anne+garden@example.com"),
        ("anne@bücher.example", "anne@xn--bcher-kva.example", "anne@xn--bcher-kva.example"),
        ("o'hara@example.com", "o'hara@example.com", "o'hara@example.com"),
    ],
)
def test_an_address_as_typed_and_as_a_key(typed: str, text: str, key: str) -> None:
    assert (parse_address(typed).text, parse_address(typed).key) == (text, key)


@pytest.mark.parametrize(
    "typed",
    ["", "anne", "anne@", "@example.com", "anne@example", "a@b@example.com", '"anne m"@example.com', "anne@[127.0.0.1]",
     "Anne <anne@example.com>", "jörg@example.com", "anne@example.com\nBcc: bob@example.com", "anne@exa mple.com",
     "a" * 65 + "@example.com", "anne@example..com", "anne@-example.com", "anne\x00@example.com"],
)  # fmt: skip
def test_what_is_no_address_is_refused_in_one_line(typed: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_address(typed)
    assert "\n" not in str(caught.value)


def test_a_masked_address_tells_little() -> None:
    assert parse_address("anne@example.com").masked == "a…e@example.com"
    assert parse_address("al@example.com").masked == "a…@example.com"
    assert parse_address("a@example.com").masked == "a…@example.com"
