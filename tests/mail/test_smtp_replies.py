"""A server's bytes, cut anywhere, are the same replies; what is none is said to be none, and no reply is endless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripcourse.mail.transports import NO_ANSWER
from dripcourse.mail.transports.replies import MAX_LINE, Replies

Said = list[tuple[int, bytes]]


def heard(*pieces: bytes) -> Said:
    replies, said = Replies(), []
    for piece in pieces:
        replies.feed(piece)
        while (reply := replies.next()) is not None:
            said.append(reply)
    return said


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"250 2.0.0 OK\r\n", [(250, b"2.0.0 OK")]),
        (b"250\r\n", [(250, b"")]),
        (b"250 \r\n", [(250, b"")]),
        (b"250 only LF\n", [(250, b"only LF")]),
        (b"354 a\r\n550 b\r\n", [(354, b"a"), (550, b"b")]),
        (b"250-one\r\n250-two\r\n250 three\r\n451 x\r\n", [(250, b"one\ntwo\nthree"), (451, b"x")]),
        (b"250-one\r\n250\r\n", [(250, b"one\n")]),
        (b"250-one\r\n550 two\r\n", [(NO_ANSWER, b"550 two\r\n")]),  # same code on each line, or none
        (b"250-one\r\nhello\r\n", [(NO_ANSWER, b"hello\r\n")]),
        (b"hello\r\n", [(NO_ANSWER, b"hello\r\n")]),
        (b"2500 x\r\n", [(NO_ANSWER, b"2500 x\r\n")]),
        (b"+25 x\r\n", [(NO_ANSWER, b"+25 x\r\n")]),
        (b"999 x\r\n", [(NO_ANSWER, b"999 x\r\n")]),
        (b"\r\n", [(NO_ANSWER, b"\r\n")]),
        (b"250 not yet", []),
        (b"250-not yet\r\n", []),
        (b"", []),
    ],
)
def test_what_is_a_reply_and_what_is_none(data: bytes, said: Said) -> None:
    assert heard(data) == said


LINES = st.tuples(
    st.sampled_from([220, 250, 251, 354, 421, 450, 550, 554]),
    st.lists(st.binary(max_size=20).map(lambda b: b.translate(None, b"\r\n")), min_size=1, max_size=4),
)


def written(code: int, lines: list[bytes]) -> bytes:
    return b"".join(b"%d-%s\r\n" % (code, line) for line in lines[:-1]) + b"%d %s\r\n" % (code, lines[-1])


@given(st.lists(LINES, max_size=6), st.data())
def test_replies_cut_anywhere_are_the_same_replies(script: list[tuple[int, list[bytes]]], data: st.DataObject) -> None:
    raw = b"".join(written(code, lines) for code, lines in script)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=8)))
    pieces = [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    assert heard(*pieces) == heard(raw) == heard(*(bytes([byte]) for byte in raw))
    assert [code for code, _ in heard(raw)] == [code for code, _ in script]


@pytest.mark.parametrize("data", [b"2" * 70_000, b"250 " + b"x" * MAX_LINE + b"\r\n", b"250-" + b"x" * MAX_LINE])
def test_a_line_without_end_is_no_answer(data: bytes) -> None:
    assert [code for code, _ in heard(data)] == [NO_ANSWER]


def test_a_reply_of_a_hundred_kilobytes_is_no_answer_before_its_end() -> None:
    said = heard(*([b"250-" + b"x" * 994 + b"\r\n"] * 100))
    assert said[0][0] == NO_ANSWER


def test_what_nobody_asked_for_is_seen() -> None:
    replies = Replies()
    replies.feed(b"250 a\r\n250-")
    assert replies.rest
    assert replies.next() == (250, b"a")
    assert replies.rest
    assert replies.next() is None
    assert replies.rest
    replies.feed(b"b\r\n250 c\r\n")
    assert replies.next() == (250, b"b\nc")
    assert not replies.rest
