"""Mails to the unsubscribe address, from the parser to the database and back over LMTP."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.states import EnrollmentState
from dripcourse.errors import ConfigError
from dripcourse.flows.mailbox import Became, take
from dripcourse.mail import lmtp
from dripcourse.storage import consents, events, notices
from tests.flows.stage import Stage

FORGED = "a" * 16 + "." + "b" * 22


def mail_of(stage: Stage, one: Enrollment, purpose: str = "mail-leave", name: str = "Subject") -> bytes:
    return f"From: whoever@example.net\r\n{name}: {stage.engine.links.token(purpose, one.public_id)}\r\n\r\n".encode()


def read(stage: Stage, raw: bytes, sender: str | None = "whoever@example.net") -> Became:
    return take(stage.engine, raw, sender, stage.clock())


def test_a_mail_with_his_mark_ends_his_course_once_whoever_sent_it(stage_on_both: Stage) -> None:
    stage = stage_on_both
    anna = stage.enroll("anna")
    with ThreadPoolExecutor(4) as pool:
        fates = list(pool.map(lambda _: read(stage, mail_of(stage, anna)), range(8)))
    assert fates == [Became.LEFT] * 8
    with stage.db.reading() as tx:
        left = [event for event in events.of_enrollment(tx, anna.id) if event.kind == "left"]
        withdrawn = [one for one in consents.history(tx, anna.subscriber_id) if one.kind == "withdrawn"]
        told = notices.recent(tx, anna.subscriber_id, "left", stage.clock())
    assert [event.source for event in left] == ["mail"]
    assert [one.how for one in withdrawn] == ["mail"]
    assert told == 1
    assert stage.again(anna).state is EnrollmentState.LEFT


def test_all_other_mails_change_nothing(stage: Stage) -> None:
    anna = stage.enroll("anna")
    good = mail_of(stage, anna)
    for raw, sender, fate in (
        (mail_of(stage, anna, purpose="leave"), "x@example.net", Became.FORGED),
        (f"Subject: {FORGED}\r\n\r\n".encode(), "x@example.net", Became.FORGED),
        (b"Subject: please stop\r\n\r\n", "anna@example.com", Became.NO_MARK),
        (good, "", Became.AUTOMATIC),
        (b"Auto-Submitted: auto-replied\r\n" + good, None, Became.AUTOMATIC),
        (good + b"x" * (1 << 20), None, Became.TOO_BIG),
    ):
        assert read(stage, raw, sender) is fate
    assert stage.again(anna).state is EnrollmentState.ACTIVE


def test_the_mark_of_somebody_who_was_erased_is_taken_and_does_nothing(stage: Stage) -> None:
    mark = stage.engine.links.token("mail-leave", "nobodyanymore")
    assert read(stage, f"Subject: {mark}\r\n\r\n".encode()) is Became.NOBODY


@contextmanager
def served(where: str, answer: Callable[[bytes, str], str]) -> Iterator[socket.socket]:
    """The LMTP side, on a thread of its own until the test is done."""
    loop = asyncio.new_event_loop()
    with lmtp.listening(where) as taken:
        task = loop.create_task(lmtp.serve(taken, answer, 10_000, "course.example.org"))
        thread = threading.Thread(target=lambda: loop.run_until_complete(asyncio.wait([task])))
        thread.start()
        try:
            yield taken
        finally:
            loop.call_soon_threadsafe(task.cancel)
            thread.join(10)
            loop.close()


def replies(client: smtplib.LMTP, raw: bytes, *recipients: str) -> list[str]:
    """What is answered for each recipient after the final dot (RFC 2033 section 4.2)."""
    client.ehlo_or_helo_if_needed()
    client.mail("x@example.net")
    for to in recipients:
        assert client.rcpt(to)[0] == 250
    client.putcmd("DATA")
    assert client.getreply()[0] == 354
    client.send(raw + b".\r\n")
    return [" ".join((str(code), text.decode())) for code, text in (client.getreply() for _ in recipients)]


def test_by_lmtp_each_recipient_has_his_reply_when_the_database_has_it(stage: Stage, tmp_path: Path) -> None:
    anna = stage.enroll("anna")

    def answer(raw: bytes, sender: str) -> str:
        if b"broken" in raw:
            raise RuntimeError
        return f"250 2.0.0 {read(stage, raw, sender)}"

    with served(str(tmp_path / "lmtp.sock"), answer), smtplib.LMTP(str(tmp_path / "lmtp.sock")) as client:
        assert replies(client, b"Subject: broken\r\n\r\n", "a@x.example", "b@x.example") == [lmtp.LATER] * 2
        assert stage.again(anna).state is EnrollmentState.ACTIVE
        assert replies(client, mail_of(stage, anna), "a@x.example", "b@x.example") == ["250 2.0.0 left"] * 2
        assert stage.again(anna).state is EnrollmentState.LEFT
        for much in (b"x" * 20_000 + b"\r\n", b"x\r\n" * 5_000):
            assert [reply[:4] for reply in replies(client, much, "a@x.example", "b@x.example")] == ["552 "] * 2


def test_a_place_that_cannot_be_had_is_told_and_a_socket_left_behind_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "lmtp.sock"
    lmtp.listening(str(path)).close()
    with lmtp.listening(str(path)), pytest.raises(ConfigError, match=r"cannot listen at .*: Address already in use"):
        lmtp.listening(str(path))
    for where in ("127.0.0.1:99999", "nowhere.invalid:x", str(tmp_path / "no" / "where")):
        with pytest.raises(ConfigError, match="write HOST:PORT, or the path of a socket"):
            lmtp.listening(where)
    with lmtp.listening("127.0.0.1:0") as taken:
        assert taken.getsockname()[1] > 0
