"""What a mail to the unsubscribe address asks for, whatever it looks like."""

from __future__ import annotations

import base64
from email.header import Header

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripcourse.mail.leaving_mail import MOST_BYTES, Asked, asked
from dripcourse.mail.links import Links

MARK = Links("https://course.example.org", ("a-key-of-this-test",)).token("mail-leave", "k3v9x2m4q7w1z8r5")
MIXED = "multipart/mixed; boundary=b"
OTHER = "b" * 16 + "." + "c" * 22
CODED = base64.b64encode(MARK.encode()).decode()


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


@settings(max_examples=80, deadline=None)
@given(HEADS, st.binary(max_size=200))
def test_nothing_in_a_mail_raises(heads: list[tuple[str, str]], body: bytes) -> None:
    head = "".join(f"{name}: {value}\r\n" for name, value in heads).encode("utf-8", "replace")
    found = asked(head + b"\r\n" + body)
    assert bool(found.marks) != bool(found.why)
