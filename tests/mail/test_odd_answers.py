"""Answers and settings that trip up the library below us: each becomes a value with its stage, or a clear refusal."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from email.headerregistry import Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripcourse.domain.course import Sender
from dripcourse.errors import ConfigError, InputError
from dripcourse.mail.brand import for_course
from dripcourse.mail.compile import compile_lesson
from dripcourse.mail.transports import Reply
from dripcourse.mail.transports.smtp import SmtpSettings, SmtpTransport
from tests.mail.material import BRAND, COURSE, HEAD, LESSON, header, parsed, wired
from tests.mail.scripted import Scripted, scripted

MAIL = b"Subject: x\r\n\r\nend\r\n"
SENDER = "course@example.com"


def relay(server: Scripted, **changes: object) -> SmtpTransport:
    plain = SmtpSettings("127.0.0.1", server.port, "plain", timeout=1.0, deadline=1.5, ehlo_name="me.example")
    return SmtpTransport(replace(plain, **changes))


def deliver(way: SmtpTransport, sender: str = SENDER, recipient: str = "anne@example.net") -> Reply:
    with way.session() as session:
        return session.deliver(sender, recipient, lambda: MAIL, lambda: None)


@pytest.mark.parametrize("code", [450, 550])
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "dot"])
def test_control_characters_in_a_reply_never_leave_the_transport(verb: str, code: int) -> None:
    with scripted(**{verb: b"%d 5.2.0 a\x00b\x1b[31m\x07 \xff\x85 c\r\n" % code}) as server:
        reply = deliver(relay(server))
    assert (reply.code, reply.enhanced) == (code, "5.2.0")
    assert reply.text == "5.2.0 a b [31m �� c"


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(), max_size=700))
def test_whatever_is_said_is_kept_as_one_printable_line_of_500_characters(said: str) -> None:
    text = Reply(450, said, "rcpt", accepted=False).text
    assert len(text) <= 500
    assert not {unicodedata.category(c) for c in text} & {"Cc", "Cs", "Zl", "Zp"}
    assert text == " ".join(text.split())
    assert text.encode("utf-8").decode("utf-8") == text


def test_half_a_surrogate_pair_and_a_nul_are_taken_out_and_words_stay() -> None:
    assert (
        Reply(450, "4.2.0 try \x00 \ud800later\r\nplease é", "rcpt", accepted=False).text == "4.2.0 try later please é"
    )
    assert Reply(450, "x" * 2000, "rcpt", accepted=False).text == "x" * 500


def test_a_login_challenge_that_is_no_base64_is_an_answer_at_stage_auth() -> None:
    offers = b"250-rude.example\r\n250 AUTH CRAM-MD5\r\n"
    with scripted(EHLO=offers, AUTH=b"334 !!!x\r\n") as server:
        replies = [deliver(relay(server, username="anne", password="secret")) for _ in range(2)]
    assert [(r.code, r.stage, r.accepted, r.in_doubt) for r in replies] == [(-1, "auth", False, False)] * 2
    assert all(r.text.startswith("Error: ") for r in replies)  # binascii's own name for it
    assert "MAIL" not in server.verbs


def test_an_error_nobody_foresaw_is_an_answer_with_its_stage_and_the_next_mail_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with scripted() as server, relay(server).session() as session:
        with monkeypatch.context() as patch:
            patch.setattr("dripcourse.mail.transports.replies.Replies.next", lambda *_: int("no number"))
            broken = session.deliver(SENDER, "anne@example.net", lambda: MAIL, lambda: None)
        whole = session.deliver(SENDER, "ben@example.net", lambda: MAIL, lambda: None)
    assert (broken.code, broken.stage, broken.in_doubt) == (-1, "mail", False)
    assert broken.text.startswith("ValueError: ")
    assert whole.accepted


def test_an_error_nobody_foresaw_after_the_dot_leaves_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted() as server, relay(server).session() as session:

        def trip() -> None:
            trap = "dripcourse.mail.transports.replies.Replies.next"
            monkeypatch.setattr(trap, lambda replies: int("no number") if replies.rest else None)

        reply = session.deliver(SENDER, "anne@example.net", lambda: MAIL, trip)
    assert (reply.code, reply.stage, reply.accepted, reply.in_doubt) == (-1, "dot", False, True)


@pytest.mark.parametrize("word", ["pässword", "a\x00b", "a\nb"])
@pytest.mark.parametrize(("field", "name"), [("password", "password"), ("username", "user name")])
def test_a_login_that_cannot_be_sent_is_refused_with_the_settings_and_not_shown(
    field: str, name: str, word: str
) -> None:
    with pytest.raises(ConfigError, match=f"SMTP {name}.*printable ASCII") as refused:
        SmtpSettings("localhost", 1, "tls", **{field: word})
    assert word not in str(refused.value)


@pytest.mark.parametrize(
    "host", ["", "mail..example.com", ".example.com", "a b.example", "x" * 64 + ".example", "[::1]", "a/b", "bü..cher"]
)
def test_an_impossible_host_is_refused_with_the_settings(host: str) -> None:
    with pytest.raises(ConfigError, match="is no host name"):
        SmtpSettings(host, 587)


@pytest.mark.parametrize("host", ["mail.example.com", "mail_relay", "mail.example.com.", "bücher.example", "::1"])
def test_a_possible_host_is_taken(host: str) -> None:
    assert SmtpSettings(host, 587).host == host


def test_a_host_of_our_own_beyond_ascii_greets_in_ascii() -> None:
    with scripted() as server:
        assert deliver(relay(server, ehlo_name="bücher.example")).accepted
    assert server.heard[0] == b"ehlo xn--bcher-kva.example\r\n"


def test_a_sender_at_a_domain_beyond_ascii_is_written_in_ascii_on_the_envelope_and_in_the_header() -> None:
    with scripted() as server:
        assert deliver(relay(server), sender="kurs@bücher.example").accepted
    assert b"MAIL FROM:<kurs@xn--bcher-kva.example>\r\n" in server.heard
    raw = wired(compile_lesson(COURSE, LESSON, BRAND), replace(HEAD, from_address="kurs@bücher.example"))
    (sender,) = parsed(raw)["From"].addresses
    assert sender == Address("Small Steps", "kurs", "xn--bcher-kva.example")
    assert "b=C3" not in header(raw, "From")


def test_a_brand_at_a_domain_beyond_ascii_is_kept_in_ascii() -> None:
    brand = replace(
        BRAND, from_address="kurs@bücher.example", list_domain="lists.bücher.example", reply_to="a@é.example"
    )
    assert (brand.from_address, brand.list_domain) == ("kurs@xn--bcher-kva.example", "lists.xn--bcher-kva.example")
    assert brand.reply_to == "a@xn--9ca.example"
    course = replace(COURSE, sender=Sender(name="Us", address="wir@bücher.example"))
    assert for_course(BRAND, course).from_address == "wir@xn--bcher-kva.example"


def test_a_brand_whose_address_cannot_be_mailed_is_refused() -> None:
    with pytest.raises(InputError, match="bücher@example"):
        replace(BRAND, from_address="bücher@example.com")
