"""Bodies that no browser sends: they cost little, end in a sentence, and leave nothing behind."""

from __future__ import annotations

import asyncio
import encodings
import time
from typing import Any

import pytest
from fastapi import FastAPI

from dripcourse.domain.lines import one_line
from dripcourse.web import guard
from dripcourse.web.posted import Lines
from tests.web.conftest import World

Message = dict[str, Any]


def multipart(kind: str, value: bytes) -> dict[str, Any]:
    """A body with one field `address`, under that Content-Type."""
    head = b'--x\r\nContent-Disposition: form-data; name="address"\r\n\r\n'
    return {"content": head + value + b"\r\n--x--\r\n", "headers": {"content-type": kind}}


@pytest.mark.parametrize("charset", ["punycode", "undefined", "idna", "utf-16", "hex", "x" * 5000])
def test_a_body_is_utf8_whatever_its_charset_says(world: World, charset: str) -> None:
    """Some codecs of Python's need seconds for 60 kB, and some raise what no form parser expects."""
    costly = ("\U0001f600" * 15000).encode("punycode")[:60_000]
    known = len(encodings._cache)
    for value in (costly, b"xn--a-.com", b"\xff\xfe"):
        begun = time.process_time()
        kind = f"multipart/form-data; boundary=x; charset={charset}"
        answer = world.client.post("/f/steps", **multipart(kind, value))
        assert answer.status_code == 400
        assert "is not an email address" in answer.text.replace("e-mail", "email")
        assert time.process_time() - begun < 2
    assert len(encodings._cache) == known


@pytest.mark.parametrize("boundary", ["", "; boundary=", '; boundary="', "; boundary=ä", "; boundary=" + "x" * 71])
def test_a_boundary_that_cannot_be_is_refused(world: World, boundary: str) -> None:
    sent: dict[str, Any] = {
        "content": b"--x\r\n",
        "headers": {"content-type": b"multipart/form-data" + boundary.encode("latin-1")},
    }
    answer = world.client.post("/f/steps", **sent)
    assert answer.status_code == 400
    assert "boundary" in answer.text


@pytest.mark.parametrize("boundary", ['x; a="b"', '"x"', "x"])
def test_a_boundary_is_read_as_browsers_and_programs_write_it(world: World, boundary: str) -> None:
    kind = f"Multipart/Form-Data; BOUNDARY={boundary}"
    assert 'value="ann"' in world.client.post("/f/steps", **multipart(kind, b"ann")).text


async def conversation(app: FastAPI, *said: Message) -> list[Message]:
    """What the application sends to somebody who posts that, and then says nothing more."""
    heard: list[Message] = []
    waiting = list(said)

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    async def send(message: Message) -> None:
        heard.append(message)

    head = [(b"host", b"course.example.org"), (b"content-type", b"application/x-www-form-urlencoded")]
    scope = {
        "type": "http", "method": "POST", "path": "/f/steps", "raw_path": b"/f/steps", "query_string": b"",
        "headers": head, "http_version": "1.1", "scheme": "https", "server": ("course.example.org", 443),
        "client": ("203.0.113.9", 5000), "root_path": "", "asgi": {"version": "3.0"},
    }  # fmt: skip
    await app(scope, receive, send)  # type: ignore[arg-type]
    return heard


BEGINNING: Message = {"type": "http.request", "body": b"address=ann", "more_body": True}


def test_who_goes_in_the_middle_of_a_post_is_no_fault_of_ours(world: World) -> None:
    """It would be a traceback in the log for each."""
    before = world.fingerprint()
    assert asyncio.run(conversation(world.client.app, BEGINNING, {"type": "http.disconnect"})) == []  # type: ignore[arg-type]
    assert world.fingerprint() == before


def test_a_body_that_does_not_arrive_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "PATIENCE", 0.02)
    begun, *_ = asyncio.run(conversation(world.client.app, BEGINNING))  # type: ignore[arg-type]
    assert begun["status"] == 408
    assert (b"connection", b"close") in begun["headers"]


def test_what_nobody_asks_for_is_not_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def cleaned(text: str) -> str:
        asked.append(text)
        return text

    monkeypatch.setattr("dripcourse.web.posted.one_line", cleaned)
    posted = Lines([("x", "\x01" * 60_000), ("name", "Anne"), ("name", "Eve")])
    assert (posted["name"], posted.get("hour", ""), list(posted)) == ("Anne", "", ["x", "name"])
    assert asked == ["Anne"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (" Anne\r\n Bcc: eve\x00", "Anne   Bcc: eve"),
        ("a\u00a0b\u2028c\ud800", "a b c"),
        ("x" * 2000, "x" * 1000),
        ("\x00" * 3999 + "kept", "k"),
        ("\x00" * 60_000 + "too far", ""),
    ],
)
def test_a_line_is_clean_and_bounded_and_so_is_the_work_for_it(text: str, line: str) -> None:
    assert one_line(text) == line
