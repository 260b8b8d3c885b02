"""The built-in sink, its outbox, and the way out that leads nowhere."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dripcourse.errors import ConfigError
from dripcourse.mail.compile import compile_lesson
from dripcourse.mail.transports import Reply
from dripcourse.mail.transports.null import NullTransport
from dripcourse.mail.transports.outbox import Outbox
from dripcourse.mail.transports.sink import Sink
from dripcourse.mail.transports.smtp import SmtpSettings, SmtpTransport
from tests.mail.material import BRAND, COURSE, LESSON, wired

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)


def send(port: int, recipients: list[str], raw: bytes) -> list[Reply]:
    with SmtpTransport(SmtpSettings("127.0.0.1", port, "plain", timeout=5, deadline=10)).session() as session:
        return [session.deliver("course@example.com", r, lambda: raw, lambda: None) for r in recipients]


def test_what_we_write_is_what_the_sink_receives_byte_for_byte() -> None:
    raw = wired(compile_lesson(COURSE, LESSON, BRAND))
    outbox = Outbox()
    with Sink(outbox, clock=lambda: NOON) as sink:
        assert [r.accepted for r in send(sink.port, ["anne@example.net"], raw)] == [True]
    (mail,) = outbox.mails
    assert (mail.number, mail.at, mail.sender, mail.recipient) == (1, NOON, "course@example.com", "anne@example.net")
    assert mail.raw == raw


def test_mails_are_numbered_and_marked_by_the_given_clock() -> None:
    ticks = iter(NOON + timedelta(days=n) for n in range(9))
    outbox = Outbox()
    with Sink(outbox, clock=lambda: next(ticks)) as sink:
        send(sink.port, ["a@x.example", "b@x.example", "c@x.example"], b"x\r\n")
    assert [(m.number, m.at.day, m.recipient[0]) for m in outbox.mails] == [(1, 3, "a"), (2, 4, "b"), (3, 5, "c")]


def test_an_attempt_can_be_refused_and_the_next_one_taken() -> None:
    def grey(recipient: str, attempt: int) -> str | None:
        return "451 4.2.0 try later" if recipient.startswith("grey") and attempt == 1 else None

    outbox = Outbox()
    with Sink(outbox, answer=grey, clock=lambda: NOON) as sink:
        replies = send(sink.port, ["grey@x.example", "white@x.example", "grey@x.example"], b"x\r\n")
    assert [(r.code, r.enhanced, r.stage) for r in replies] == [
        (451, "4.2.0", "rcpt"),
        (250, "2.0.0", "dot"),
        (250, "2.0.0", "dot"),
    ]
    assert [m.recipient for m in outbox.mails] == ["white@x.example", "grey@x.example"]


def test_a_taken_port_is_said_plainly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"127.0.0.1:{port}"):
            Sink(Outbox(), port=port, clock=lambda: NOON).start()


def test_a_sink_listens_on_loopback_only_and_stops() -> None:
    sink = Sink(Outbox(), clock=lambda: NOON)
    sink.start()
    port = sink.port
    sink.stop()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 1)


def test_an_outbox_drops_the_oldest_mails_and_their_files(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "out", limit=3)
    for n in range(5):
        outbox.add(NOON, "s@x.example", "r@x.example", b"mail %d\r\n" % n)
    assert [m.number for m in outbox.mails] == [3, 4, 5]
    assert outbox.count == 5
    files = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert files == {"000003.eml": b"mail 2\r\n", "000004.eml": b"mail 3\r\n", "000005.eml": b"mail 4\r\n"}


def test_an_emptied_outbox_counts_on(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    outbox.add(NOON, "s", "r", b"")
    outbox.clear()
    assert (outbox.mails, list(tmp_path.iterdir())) == ([], [])
    assert outbox.add(NOON, "s", "r", b"").number == 2


def test_the_outbox_gives_copies() -> None:
    outbox = Outbox()
    outbox.mails.append(outbox.add(NOON, "s", "r", b""))
    assert len(outbox.mails) == 1


# -- nowhere ---------------------------------------------------------------------------------------------------


def never() -> bytes:
    raise AssertionError("a simulation builds no bytes")


def test_the_null_transport_accepts_all_and_builds_nothing() -> None:
    dots: list[int] = []
    with NullTransport().session() as session:
        reply = session.deliver("a", "b", never, lambda: dots.append(1))
    assert reply.accepted
    assert dots == [1]


def test_the_null_transport_answers_as_told() -> None:
    refusal = Reply(550, "5.1.1 nobody", "rcpt", accepted=False)
    dots: list[int] = []
    with NullTransport(lambda recipient: refusal).session() as session:
        assert session.deliver("a", "b", never, lambda: dots.append(1)) is refusal
    assert dots == []  # a refused recipient never comes to a dot
