"""DKIM signatures: good to a verifier that is not ours, broken by what a thief would change, and by nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from dkim.canonicalization import Relaxed
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dripcourse.domain.course import Lesson
from dripcourse.errors import ConfigError, InputError
from dripcourse.mail.compile import compile_lesson, compile_notice
from dripcourse.mail.dkim import relaxed_body, relaxed_fields, signer
from dripcourse.mail.prepared import prepare
from dripcourse.mail.slots import CompiledMail
from tests.mail import keys
from tests.mail.keys import holds, signing
from tests.mail.material import BRAND, COURSE, HEAD, LESSON, header, headers, parsed, wired
from tests.mail.test_prepared import SHIPPED, assert_fit_for_the_wire, cases

NOW = datetime(2026, 5, 3, 7, 30, tzinfo=UTC)
RAW = wired(compile_lesson(COURSE, LESSON, BRAND), to_name="Anne Doe")
NOTICE = wired(
    compile_notice(COURSE, "confirm", BRAND),
    replace(HEAD, kind="system", leave_address="", list_id="", list_name="", feedback_id=""),
    one_click_url=None,
)
KINDS = ("rsa", "ed25519")


def tags(raw: bytes) -> dict[str, str]:
    """The tags of the mail's signature, without their white space."""
    pairs = (tag.split("=", 1) for tag in header(raw, "DKIM-Signature").split(";"))
    return {name.strip(): re.sub(r"\s", "", value) for name, value in pairs}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lesson", SHIPPED.lessons, ids=lambda lesson: lesson.key)
def test_every_shipped_lesson_verifies(lesson: Lesson, kind: str) -> None:
    raw = wired(compile_lesson(SHIPPED, lesson, BRAND))
    signed = signing(kind).signed(raw, NOW)
    assert holds(signed, signing(kind))
    assert_fit_for_the_wire(signed)


@pytest.mark.parametrize("kind", KINDS)
def test_a_notice_verifies(kind: str) -> None:
    assert holds(signing(kind).signed(NOTICE, NOW), signing(kind))


@settings(max_examples=60, deadline=None)
@given(cases(), st.sampled_from(KINDS))
def test_any_mail_to_anybody_verifies(case: tuple[CompiledMail, dict[str, str], dict[str, Any]], kind: str) -> None:
    mail, values, to = case
    raw = prepare(mail, HEAD).wire(values=values, **to)
    signed = signing(kind).signed(raw, NOW)
    assert holds(signed, signing(kind))
    assert_fit_for_the_wire(signed)
    assert parsed(signed)["To"] == parsed(raw)["To"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_signature_stands_above_the_mail_and_changes_nothing_in_it(kind: str) -> None:
    signed = signing(kind).signed(RAW, NOW)
    assert signed.endswith(RAW)
    own = signed.removesuffix(RAW)
    assert own.startswith(b"DKIM-Signature: v=1;")
    assert [name for name, _ in headers(signed)] == ["DKIM-Signature", *[name for name, _ in headers(RAW)]]
    lines = own.removesuffix(b"\r\n").split(b"\r\n")
    assert all(line.startswith(b" ") and line.strip() for line in lines[1:])
    assert max(map(len, lines)) <= 78


LISTED = (
    "from:from:to:to:cc:subject:subject:date:date:reply-to:reply-to:message-id:message-id:mime-version:mime-version:"
    "content-type:content-type:content-transfer-encoding:list-unsubscribe:list-unsubscribe:list-unsubscribe-post:"
    "list-unsubscribe-post:list-id:list-id:feedback-id:list-help:precedence"
)
LISTED_IN_A_NOTICE = (
    "from:from:to:to:cc:subject:subject:date:date:reply-to:reply-to:message-id:message-id:mime-version:mime-version:"
    "content-type:content-type:content-transfer-encoding:list-unsubscribe:list-unsubscribe-post:list-id:list-help:"
    "auto-submitted"
)


@pytest.mark.parametrize(("raw", "listed"), [(RAW, LISTED), (NOTICE, LISTED_IN_A_NOTICE)], ids=["lesson", "notice"])
@pytest.mark.parametrize(("kind", "algorithm"), [("rsa", "rsa-sha256"), ("ed25519", "ed25519-sha256")])
def test_its_tags_are_these_and_no_others(raw: bytes, listed: str, kind: str, algorithm: str) -> None:
    found = tags(signing(kind, "example.com", "s1.mail").signed(raw, NOW))
    assert len(found.pop("bh")) == 44  # SHA-256 in base64
    assert len(found.pop("b")) == {"rsa": 344, "ed25519": 88}[kind]
    assert found == {
        "v": "1", "a": algorithm, "c": "relaxed/relaxed", "d": "example.com", "s": "s1.mail",
        "t": "1777793400", "h": listed,
    }  # fmt: skip


def test_a_header_that_stands_there_twice_is_listed_thrice_and_signed_from_the_last_one_up() -> None:
    twice = RAW.replace(b"Subject: ", b"Subject: another\r\nSubject: ", 1)
    signed = signing().signed(twice, NOW)
    assert ":subject:subject:subject:" in tags(signed)["h"]
    assert holds(signed, signing())


def test_the_longest_domain_still_fits_its_lines() -> None:
    domain = ".".join(["a" * 60] * 4)
    long = signer(domain, "b" * 63, keys.pem("rsa"))
    signed = long.signed(RAW, NOW)
    assert holds(signed, long)
    assert max(map(len, signed.split(b"\r\n"))) <= 998


def test_the_time_of_a_signature_needs_its_zone() -> None:
    with pytest.raises(InputError, match="time zone"):
        signing().signed(RAW, datetime(2026, 5, 3, 7, 30))


def put(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """Changes that, which must be there."""

    def change(raw: bytes) -> bytes:
        assert old in raw
        return raw.replace(old, new, 1)

    return change


def above(line: bytes) -> Callable[[bytes], bytes]:
    return lambda raw: line + b"\r\n" + raw


def below(line: bytes) -> Callable[[bytes], bytes]:
    return put(b"\r\n\r\n", b"\r\n" + line + b"\r\n\r\n")


THEIRS = b"List-Unsubscribe: <https://evil.example/x>"
BREAKING = {
    "another host in List-Unsubscribe": put(b"<https://course.", b"<https://c0urse."),
    "one letter of the token": put(b"aaaaaaaa", b"aaaaaaab"),
    "a second List-Unsubscribe above": above(THEIRS),
    "a second List-Unsubscribe below": below(THEIRS),
    "List-Unsubscribe-Post taken away": put(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
    "List-Unsubscribe-Post changed": put(b"=One-Click", b"=One-click"),
    "a second From above": above(b"From: evil@example.org"),
    "a second From below": below(b"From: evil@example.org"),
    "a second Subject": below(b"Subject: You have won"),
    "another Subject": put(b"five open minutes", b"five open minuteS"),
    "another To": put(b"To: Anne", b"To: Bnne"),
    "another Date": put(b"Date: Sun, 03", b"Date: Sun, 04"),
    "a Cc, where there was none": above(b"Cc: evil@example.org"),
    "a second Reply-To": below(b"Reply-To: evil@example.org"),
    "a second Content-Type": above(b"Content-Type: text/html"),
    "a Content-Transfer-Encoding, where there was none": above(b"Content-Transfer-Encoding: base64"),
    "another Feedback-ID": put(b":lesson:dripcourse", b":lesson:somebody"),
    "another word in the text": put(b"Listening is a gift", b"Listening is a Gift"),
    "a word more at the end": lambda raw: raw + b"x\r\n",
    "a line cut off at the end": lambda raw: raw.removesuffix(b"\r\n").rpartition(b"\r\n")[0] + b"\r\n",
    "a space where there was none": put(b"Listening", b"Listen ing"),
    "another time of signing": put(b" t=177", b" t=178"),
    "a shorter h=": put(b"h=from:from:to:", b"h=from:to:"),
    "another domain": put(b"d=example.com", b"d=example.org"),
}  # fmt: skip
HARMLESS: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda raw: raw,
    "a Received above": above(b"Received: from a by b; Sun, 3 May 2026 07:30:01 +0000"),
    "a Return-Path above": above(b"Return-Path: <bounce@example.com>"),
    "empty lines at the end": lambda raw: raw + b"\r\n\r\n",
    "white space at a line's end": put(b"Listening is a gift.", b"Listening is a gift. \t"),
    "a space become two": put(b"Listening is", b"Listening  is"),
    "a header folded": put(b"Precedence: bulk", b"Precedence:\r\n\tbulk "),
    "a header's name in capitals": put(b"Subject: ", b"SUBJECT:  "),
    "the signature folded elsewhere": put(b"; d=", b";\r\n\t d="),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", BREAKING.values(), ids=list(BREAKING))
def test_what_a_thief_would_change_breaks_it(change: Callable[[bytes], bytes], kind: str) -> None:
    signed = signing(kind).signed(RAW, NOW)
    assert not holds(change(signed), signing(kind))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", HARMLESS.values(), ids=list(HARMLESS))
def test_what_a_relay_may_do_does_not(change: Callable[[bytes], bytes], kind: str) -> None:
    signed = signing(kind).signed(RAW, NOW)
    assert holds(change(signed), signing(kind))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(RAW) - 1), st.binary(min_size=1, max_size=1))
def test_no_visible_byte_below_the_head_can_be_another(at: int, other: bytes) -> None:
    at = max(at, RAW.index(b"\r\n\r\n") + 4)
    if RAW[at : at + 1].isspace() or other.isspace() or other == RAW[at : at + 1]:
        return
    signed = signing("ed25519").signed(RAW, NOW)
    assert not holds(signed.removesuffix(RAW) + RAW[:at] + other + RAW[at + 1 :], signing("ed25519"))


@pytest.mark.parametrize("kind", KINDS)
def test_another_key_of_the_same_name_does_not_verify_it(kind: str) -> None:
    assert not holds(signing(kind).signed(RAW, NOW), signing(f"{kind}-too"))


# The first two are RFC 6376 section 3.4.5's.
BODIES = [
    (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),
    (b"", b""),
    (b"\r\n", b""),
    (b" \t\r\n\r\n", b""),
    (b"a", b"a\r\n"),
    (b"a \t ", b"a\r\n"),
    (b"a\r\n \r\n\t\r\nb\r\n \r\n", b"a\r\n\r\n\r\nb\r\n"),
    (b"\t\ta\t\t \tb", b" a b\r\n"),
    (b"\r\n\r\na\r\n", b"\r\n\r\na\r\n"),
    (b"a" + b" " * 1000 + b"b\r\n", b"a b\r\n"),
]
HEADS = [
    (b"A: X\r\nB : Y\t\r\n\tZ  ", [(b"a", b"a:X\r\n"), (b"b", b"b:Y Z\r\n")]),
    (b"Subject:x", [(b"subject", b"subject:x\r\n")]),
    (b"SUBJECT:  a  b\t", [(b"subject", b"subject:a b\r\n")]),
    (b"S:\r\n a:b\r\n  c", [(b"s", b"s:a:b c\r\n")]),
    (b"S:", [(b"s", b"s:\r\n")]),
]


@pytest.mark.parametrize(("body", "relaxed"), BODIES)
def test_a_body_is_hashed_as_the_standard_says(body: bytes, relaxed: bytes) -> None:
    assert relaxed_body(body) == relaxed


@pytest.mark.parametrize(("head", "relaxed"), HEADS)
def test_a_head_is_signed_as_the_standard_says(head: bytes, relaxed: list[tuple[bytes, bytes]]) -> None:
    assert relaxed_fields(head) == relaxed


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"a", b".", b"=", b"  ", b" \r\n"]), max_size=40).map(b"".join))
@example(b"a \t")
def test_a_body_of_any_white_space_is_read_as_dkimpy_reads_it(body: bytes) -> None:
    body += b"\r\n"  # as SMTP ends every body
    assert relaxed_body(body) == Relaxed.canonicalize_body(body)
    assert holds(signing("ed25519").signed(b"From: a@example.com\r\n\r\n" + body, NOW), signing("ed25519"))


def refused(text: str) -> str:
    """The one line said of that key; it shows nothing of it."""
    with pytest.raises(ConfigError) as caught:
        signer("example.com", "s1", text)
    said = str(caught.value)
    assert "\n" not in said
    assert not [line for line in text.splitlines() if line in said]
    return said


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: "hunter2", "no private key in PEM"),
        (lambda: "\udcff", "no private key in PEM"),
        (lambda: keys.pem("rsa")[:-200], "no private key in PEM"),
        (lambda: keys.pem("rsa").replace("M", "N"), "no private key in PEM"),
        (keys.public, "the public key, which goes into the DNS"),
        (keys.locked, "locked with a passphrase"),
        (lambda: keys.pem("rsa-1024"), "1024 bits; RSA needs 2048"),
        (lambda: keys.pem("ec"), "DKIM knows RSA and Ed25519"),
        (lambda: keys.pem("dsa"), "DKIM knows RSA and Ed25519"),
    ],
    ids=["no key", "no text", "cut", "garbled", "public", "locked", "short", "EC", "DSA"],
)
def test_a_key_that_cannot_sign_is_refused_in_one_line(make: Callable[[], str], why: str) -> None:
    assert why in refused(make())


@pytest.mark.parametrize(
    "make",
    [keys.pkcs1, lambda: keys.pem("rsa").strip(), lambda: keys.pem("rsa").replace("\n", "\\n")],
    ids=["PKCS #1", "without its last line end", "on one line, as in an .env file"],
)
def test_a_key_may_be_written_in_other_ways(make: Callable[[], str]) -> None:
    assert signer("example.com", "s1", make()).signed(RAW, NOW) == signing("rsa").signed(RAW, NOW)


def test_the_record_is_a_line_of_a_zone_file_in_strings_that_fit() -> None:
    short, long = signing("ed25519").record, signing("rsa").record
    assert re.fullmatch(r's1\._domainkey\.example\.com\. IN TXT "v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}="', short)
    strings = re.findall(r'"([^"]*)"', long)
    assert [len(one) for one in strings] == [255, 155]
    assert strings[0].startswith("v=DKIM1; k=rsa; p=MII")


@pytest.mark.parametrize(
    ("domain", "address", "aligned"),
    [
        ("example.com", "course@example.com", True),
        ("example.com", "course@EXAMPLE.com", True),
        ("example.com", "course@news.example.com", True),
        ("news.example.com", "course@example.com", True),
        ("bücher.example", "course@xn--bcher-kva.example", True),
        ("xn--bcher-kva.example", "course@bücher.example", True),
        ("example.com", "course@example.org", False),
        ("example.com", "course@notexample.com", False),
        ("notexample.com", "course@example.com", False),
        ("a.example.com", "course@b.example.com", False),  # DMARC would; without the public suffixes we cannot tell
        ("example.com", "", False),
    ],
)
def test_a_signature_counts_for_its_domain_and_those_within(domain: str, address: str, aligned: bool) -> None:
    assert signing("ed25519", domain).aligned(address) is aligned


def test_nothing_that_is_shown_of_a_signer_holds_its_key() -> None:
    shown = repr(signing("rsa"))
    assert "PRIVATE" not in shown
    assert "sign=" not in shown
