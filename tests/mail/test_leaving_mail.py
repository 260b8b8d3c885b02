"""What a mail to the unsubscribe address asks for, whatever it looks like."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable
from email.header import Header
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripcourse.mail.leaving_mail import MOST_BYTES, Asked, asked
from dripcourse.mail.links import Links

MARK = Links("https://course.example.org", ("a-key-of-this-test",)).token("mail-leave", "k3v9x2m4q7w1z8r5")
MIXED = "multipart/mixed; boundary=b"
OTHER = "b" * 16 + "." + "c" * 22
CODED = base64.b64encode(MARK.encode()).decode()
CUT = base64.b64encode(f"{MARK}\nBest wishes".encode()).decode()[:-3]


def mail(subject: str = "", body: str = "", **head: str) -> bytes:
    lines = {"From": "anyone@example.net", "Subject": subject, **{n.replace("_", "-"): v for n, v in head.items()}}
    return "".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode() + b"\r\n" + body.encode()


ASKING = {
    "the subject": mail(MARK),
    "behind Re:": mail(f"Re: {MARK}"),
    "with words around it": mail(f"AW: [unsubscribe] {MARK} thank you"),
    "an encoded-word": mail(f"=?utf-8?b?{CODED}?="),
    "an encoded-word beside others": mail(f"{Header('Rückmeldung: ', 'utf-8').encode()} {MARK}"),
    "a charset there is none of": mail(f"=?klingon?q?{MARK.replace('_', '=5F')}?="),
    "the first line": mail("", f"{MARK}\r\n"),
    "a line behind words": mail("unsubscribe", f"\r\nUnsubscribe: {MARK}\r\n\r\nBye\r\n"),
    "base64": mail("x", base64.b64encode(f"{MARK}\n".encode()).decode(), Content_Transfer_Encoding="base64"),
    "a part": mail(
        "x",
        f"--q\r\nContent-Type: text/plain\r\n\r\n{MARK}\r\n--q\r\nContent-Type: text/html\r\n\r\n<b>\r\n--q--\r\n",
        Content_Type='multipart/alternative; boundary="q"',
    ),
    "quoted-printable in another charset": mail(
        "x",
        MARK.replace("_", "=5F"),
        Content_Type="text/plain; charset=punycode",
        Content_Transfer_Encoding="quoted-printable",
    ),
    "a part of a part": mail(
        "x",
        f"--b\r\nContent-Type: multipart/alternative;\r\n boundary=bb\r\n\r\n--bb\r\n\r\n{MARK}\r\n--bb--\r\n--b--\r\n",
        Content_Type=MIXED,
    ),
    "base64 that was cut off": mail("x", CUT, Content_Transfer_Encoding="base64"),
    "a bare LF mail": mail(MARK).replace(b"\r\n", b"\n"),
    "said by a person": mail(MARK, Auto_Submitted="no"),
}
NOT_ASKING = {
    "an answer of a machine": (mail(MARK, Auto_Submitted="auto-replied; owner-email=x"), "automatic"),
    "a bounce by its Return-Path": (mail(MARK, Return_Path="<>"), "automatic"),
    "a report of delivery": (mail(MARK, Content_Type="multipart/report; report-type=delivery-status"), "automatic"),
    "a report of reading": (mail(MARK, Content_Type="message/disposition-notification"), "automatic"),
    "an answering machine of old": (mail(MARK, X_Autoreply="yes"), "automatic"),
    "no mark": (mail("Please stop", "Thank you\r\n"), "no-mark"),
    "an empty mail": (b"", "no-mark"),
    "a Content-Type of many parameters": (mail("x", MARK, Content_Type="text/plain" + ";a=b" * 21), "unreadable"),
    "a Content-Type of many bytes": (mail("x", MARK, Content_Type="text/plain; a=" + "b" * 1_000), "unreadable"),
    "a mail within the mail": (
        mail("x", f"--b\r\nContent-Type: message/rfc822\r\n\r\nX: y\r\n\r\n{MARK}\r\n--b--\r\n", Content_Type=MIXED),
        "no-mark",
    ),
    "a digest of mails": (
        mail("x", f"--b\r\n\r\nSubject: {MARK}\r\n--b--\r\n", Content_Type=MIXED.replace("mixed", "digest")),
        "no-mark",
    ),
    "a quoted mail": (mail("Fwd: Day 3", f"See below\r\n> {MARK}\r\n"), "no-mark"),
    "the head of a forwarded mail": (mail("x", f"List-Unsubscribe: <mailto:a@b.c?subject={MARK}>\r\n"), "no-mark"),
    "a line far below": (mail("x", "a\r\n" * 6 + f"{MARK}\r\n"), "no-mark"),
    "a cut mark": (mail(MARK[:-1]), "no-mark"),
    "a longer mark": (mail(f"{MARK}A"), "no-mark"),
    "an address": (mail(f"x.{MARK}"), "no-mark"),
    "too many bytes": (mail(MARK, "x" * MOST_BYTES), "too-big"),
    "a thousand levels": (
        mail("x", f"Content-Type: {MIXED}\r\n\r\n--b\r\n" * 1500, Content_Type=MIXED),
        "no-mark",
    ),
}  # fmt: skip


@pytest.mark.parametrize("raw", ASKING.values(), ids=ASKING)
def test_a_mark_in_the_subject_or_on_a_first_line_asks_to_leave(raw: bytes) -> None:
    assert asked(raw, "anyone@example.net") == Asked((MARK,))


@pytest.mark.parametrize(("raw", "why"), NOT_ASKING.values(), ids=NOT_ASKING)
def test_all_else_asks_for_nothing(raw: bytes, why: str) -> None:
    assert asked(raw) == Asked(why=why)


def test_a_bounce_is_known_by_its_envelope_and_a_pipe_knows_none() -> None:
    assert asked(mail(MARK), "").why == "automatic"
    assert asked(mail(MARK), None).marks == (MARK,)


def test_of_many_marks_the_first_few_are_looked_at() -> None:
    assert asked(mail(" ".join([OTHER, MARK, OTHER, *(f"{n}{OTHER}" for n in range(50))]))).marks[:2] == (OTHER, MARK)
    assert len(asked(mail(" ".join(f"{n}{OTHER}" for n in range(50)))).marks) == 4


HEADS = st.lists(
    st.tuples(
        st.sampled_from(["Subject", "Content-Type", "Content-Transfer-Encoding", "Auto-Submitted", "Return-Path", "X"]),
        st.one_of(st.text(max_size=40), st.sampled_from(["=?utf-8?b?!!?=", MIXED[:-1], "base64", MARK])),
    ),
    max_size=5,
)  # fmt: skip


def work(does: Callable[[], object]) -> int:
    """The lines of Python that it runs, the standard library's too: a measure that no other process can change."""
    ran, before = 0, sys.gettrace()

    def count(_frame: FrameType, kind: str, _arg: Any) -> Any:
        nonlocal ran
        ran += kind == "line"
        return count

    sys.settrace(count)
    try:
        does()
    finally:
        sys.settrace(before)
    return ran


SIXTY_KB = 60_000
DEAR = {
    "parameters in quotes": b'Content-Type: text/plain; a="' + b";" * SIXTY_KB + b'"\n\nhi',
    "parameters in quotes, in a part": (
        b'Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; a="'
        + b";" * SIXTY_KB
        + b'"\n\nhi'
    ),
    "a codec that costs the square": b"Content-Type: text/plain; charset=punycode\n\na-" + b"9" * SIXTY_KB,
    "an encoded-word in that codec": b"Subject: =?punycode?q?a-" + b"9" * SIXTY_KB + b"?=\n\n",
    "a part a line": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * (SIXTY_KB // 4),
    "a mail in a mail in a mail": b"Content-Type: message/rfc822\n\n" * (SIXTY_KB // 30),
    "a field a line": b"A:\n" * (SIXTY_KB // 3),
    "a field of many lines": b"Subject: x\n" + b" x\n" * (SIXTY_KB // 3),
}


@pytest.mark.parametrize("raw", DEAR.values(), ids=DEAR)
def test_no_mail_keeps_its_reader_busy(raw: bytes) -> None:
    assert work(lambda: asked(raw)) < 5_000


BITS = st.sampled_from([
    b";", b'"', b"=", b"a", b" ", b"\n", b"\n ", b"A:", b"--b", b"=?punycode?q?", b"?=", b"9-", b"\xff", b"\\", b".",
    b"Content-Type: ", b"Subject: ", b"multipart/mixed; boundary=b\n", b"text/plain; charset=punycode\n",
    b"message/rfc822\n",
])  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.lists(BITS, min_size=1, max_size=4), st.sampled_from([1, 30_000])), max_size=4))
def test_whatever_a_mail_repeats_reading_it_costs_the_same(repeated: list[tuple[list[bytes], int]]) -> None:
    raw = b"".join(b"".join(bits) * times for bits, times in repeated)
    assert work(lambda: asked(raw[: 1 << 17])) < 20_000


@settings(max_examples=80, deadline=None)
@given(HEADS, st.binary(max_size=200))
def test_nothing_in_a_mail_raises(heads: list[tuple[str, str]], body: bytes) -> None:
    head = "".join(f"{name}: {value}\r\n" for name, value in heads).encode("utf-8", "replace")
    found = asked(head + b"\r\n" + body)
    assert bool(found.marks) != bool(found.why)
