"""One mail encoded once and filled for each recipient: the bytes of the slow way, which read back whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.header import decode_header, make_header
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripcourse.courses.folders.folder import read_course
from dripcourse.domain.course import Lesson
from dripcourse.errors import InputError
from dripcourse.mail.address import name_for_header
from dripcourse.mail.compile import compile_lesson, compile_notice, fill, slots
from dripcourse.mail.prepared import prepare
from dripcourse.mail.slots import CompiledMail, sentinels
from tests.mail.material import (
    BRAND,
    COURSE,
    HEAD,
    LEAVE_BY_MAIL,
    LESSON,
    TO,
    VALUES,
    body_of,
    headers,
    parsed,
    wired,
    wrote,
)
from tests.mail.slow_path import as_sent, ended, slow_wire

SLOT = sentinels()
MAIL = compile_lesson(COURSE, LESSON, BRAND)
SHIPPED = read_course(Path(__file__).resolve().parents[2] / "lessons" / "emotional-intimacy")

NAMES = st.one_of(
    st.sampled_from(
        [
            "", " ", ".", "Anne", "Anne Doe", "Doe, Jane", '"quoted" \\ <x@y.example>', "x\r\nBcc: evil@example.org",
            "=?utf-8?q?Bcc=3A_x?=", "a=?b", "\u202eevil", "مرحبا", "👩‍👧" * 30, "x" * 200, "Anne " * 40, "日本語" * 70,
            "Dr. O'Neil (Bob)", "[x]", "\ud800", "Zoë Ångström", "a\x00b\u2028c", "(", "a  b",
        ]
    ),
    st.text(max_size=200),
)  # fmt: skip
ADDRESSES = st.from_regex(r"\A[a-z0-9!#$&'*+/=^_`{|}~-]{1,20}(\.[a-z]{1,20}){0,2}@[a-z0-9]{1,30}(\.[a-z]{2,9}){1,3}\Z")
VISIBLE = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"])
TEXT_VALUES = st.one_of(
    st.sampled_from(
        ["", ".", "..x", " ", "a ", " a", "a=b&c", "<b>&amp;</b>", "x" * 75, "x" * 76, "x" * 74 + "=", "x" * 75 + "."]
    ),
    st.sampled_from(["=?utf-8?q?x?=", "é" * 40, "日本語" * 30, "--DC.LEAVE_URL--", "{{7*7}}", "y" * 74 + " ", "'"]),
    st.text(VISIBLE, max_size=120),
)
LINKS = st.text("abcdefghij0123456789=&.?/%-_~'+;", max_size=300).map("https://course.example.com/leave/".__add__)
TOKENS = st.one_of(
    st.sampled_from(
        ["\n", "\r\n", "\n\n", " ", "  \n", "\t\n", ".", "..", "\n.\n", "\n..x\n", "=", "=\n", "x" * 74, "x" * 75]
    ),
    st.sampled_from(["x" * 76, "x." * 90, "é", "日本語" * 9, "مرحبا " * 9, "😀", "\x00\x0b", "--", "a", "ab", "From "]),
    st.sampled_from([SLOT["leave_url"], SLOT["recipient"], SLOT["signed_up"]]),
    st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=30),
)
PARTS = st.lists(TOKENS, max_size=25).map("".join)
SUBJECTS = st.lists(
    st.one_of(st.text(max_size=40), st.sampled_from([SLOT["recipient"], SLOT["signed_up"], "Day 1: "])), max_size=4
).map("".join)


@st.composite
def cases(draw: st.DrawFn) -> tuple[CompiledMail, dict[str, str], dict[str, Any]]:
    """Any mail, any values, any recipient."""
    subject = draw(SUBJECTS).encode("utf-8", "replace").decode()
    values = {"leave_url": draw(LINKS), "recipient": draw(TEXT_VALUES), "signed_up": draw(TEXT_VALUES)}
    offset = timezone(timedelta(minutes=draw(st.integers(-720, 840))))
    to = TO | {
        "to_name": draw(NAMES),
        "to_address": draw(ADDRESSES),
        "date": draw(st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1))).replace(tzinfo=offset),
    }
    return wrote(subject, draw(PARTS), draw(PARTS)), values, to


def shown_name(to: str) -> str:
    """The display name, read by `email.header`: the newer parser keeps the spaces between encoded-words."""
    name = to.rpartition("<")[0].strip()
    return name[1:-1] if name.startswith('"') else str(make_header(decode_header(name)))


def assert_reads(raw: bytes, mail: CompiledMail, values: Mapping[str, str]) -> None:
    """Both parts are what the recipient should see, byte for byte; a mail that ends without a line end gets one."""
    filled = fill(mail, values)
    for subtype, part, text in (("plain", mail.text, filled.text), ("html", mail.html, filled.html)):
        assert body_of(raw, subtype) == as_sent(text) + ended(as_sent(part)).removeprefix(as_sent(part))


def assert_fit_for_the_wire(raw: bytes) -> None:
    """What the transport trusts, and what every relay may ask."""
    lines = raw.split(b"\r\n")
    assert raw.isascii()
    assert raw.count(b"\r\n") == raw.count(b"\r") == raw.count(b"\n")
    assert b"\0" not in raw
    assert raw.endswith(b"\r\n")
    assert not [line for line in lines if line.startswith(b".")]
    assert max(map(len, lines)) <= 998
    assert max(map(len, raw.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76
    assert [
        len(x) for x in lines if len(x) > 78 and b"https://" not in x and b"mailto:" not in x and b"@" not in x
    ] == []


@settings(max_examples=200, deadline=None)
@given(cases())
def test_the_bytes_are_those_of_the_slow_way_and_read_back_as_the_filled_mail(
    case: tuple[CompiledMail, dict[str, str], dict[str, Any]],
) -> None:
    mail, values, to = case
    raw = prepare(mail, HEAD).wire(values=values, **to)
    assert raw == slow_wire(mail, HEAD, values, to)
    assert_fit_for_the_wire(raw)
    assert_reads(raw, mail, values)


@settings(max_examples=150, deadline=None)
@given(cases())
def test_whatever_he_is_called_it_is_one_mail_to_one_address(
    case: tuple[CompiledMail, dict[str, str], dict[str, Any]],
) -> None:
    mail, values, to = case
    raw = prepare(mail, HEAD).wire(values=values, **to)
    (only,) = parsed(raw)["To"].addresses
    assert only.addr_spec == to["to_address"]
    assert shown_name(dict(headers(raw))["To"]) == name_for_header(to["to_name"]).encode("utf-8", "replace").decode()
    names = [name for name, _ in headers(raw)]
    assert len(names) == len(set(names)) == 15
    assert dict(headers(raw))["List-Unsubscribe"] == f"<{to['one_click_url']}>, <{LEAVE_BY_MAIL}>"
    visible = "".join(c if c.isprintable() else " " for c in fill(mail, values).subject)
    assert parsed(raw)["Subject"] == " ".join(visible.split())
    assert parsed(raw)["Date"].datetime == to["date"].replace(microsecond=0)
    assert parsed(raw)["Date"].datetime.utcoffset() == to["date"].utcoffset()


@settings(max_examples=100, deadline=None)
@given(cases())
def test_a_prepared_mail_remembers_no_recipient(case: tuple[CompiledMail, dict[str, str], dict[str, Any]]) -> None:
    mail, values, to = case
    shared = prepare(mail, HEAD)
    first = shared.wire(values=values, **to)
    shared.wire(values=VALUES, **TO)
    assert shared.wire(values=values, **to) == first == prepare(mail, HEAD).wire(values=dict(values), **to)


def test_the_mails_of_two_people_differ_in_their_values_only() -> None:
    bob = {
        "recipient": "bob@example.net",
        "signed_up": "30 June 2026",
        "leave_url": "https://course.example.com/leave/x",
        "me_url": "https://course.example.com/me/x",
    }
    theirs = wired(
        MAIL, values=bob, to_address="bob@example.net", message_id="<b@x.example>", one_click_url="https://x/b"
    )
    anne = VALUES | {"signed_up": "1 April 2026"}
    ours = wired(MAIL, values=anne)
    for was, now in (
        *((anne[name], value) for name, value in bob.items()),
        (TO["message_id"], "<b@x.example>"),
        (TO["one_click_url"], "https://x/b"),
    ):
        assert was.encode() in ours
        ours = ours.replace(was.encode(), now.encode())
    assert ours == theirs


@pytest.mark.parametrize("lesson", SHIPPED.lessons, ids=lambda lesson: lesson.key)
def test_every_shipped_lesson_reads_as_compiled(lesson: Lesson) -> None:
    mail = compile_lesson(SHIPPED, lesson, BRAND)
    raw = wired(mail)
    assert parsed(raw)["Subject"] == mail.subject
    assert_reads(raw, mail, VALUES)
    assert_fit_for_the_wire(raw)
    assert raw == slow_wire(mail, HEAD, VALUES, TO | {"to_name": ""})


def test_the_shipped_course_has_all_its_mails() -> None:
    assert len(SHIPPED.lessons) == 32


R, L = SLOT["recipient"], SLOT["leave_url"]
QUOTED = [  # a part, and its encoded lines with recipient "anne@x" and leave_url "https://x/y=z"
    (f"for {R} only", ["for=20=", "anne@x=", " only"]),
    (f"for {R}\n", ["for=20=", "anne@x"]),
    (f"{R} is you\n", ["anne@x=", " is you"]),
    (f"{R}{L}", ["anne@x=", "https://x/y=3Dz"]),
    (f"a\n{L}\n.b", ["a", "https://x/y=3Dz", "=2Eb"]),
    (f"{R}.b", ["anne@x=", "=2Eb"]),
    (f"{R} \n", ["anne@x=", "=20"]),
]


@pytest.mark.parametrize(("text", "lines"), QUOTED)
def test_a_value_stands_on_lines_of_its_own(text: str, lines: list[str]) -> None:
    raw = wired(wrote("x", text, text), values={"recipient": "anne@x", "leave_url": "https://x/y=z"}).decode()
    for subtype in ("plain", "html"):
        head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
        assert "\r\n".join([head + lines[0], *lines[1:], "", "--=_"]) in raw


@pytest.mark.parametrize("value", ["", "x", "xy", "xyz", "x" * 56, "x" * 57, "x" * 58, "x" * 300])
def test_a_script_beyond_ascii_stays_small_and_whole_at_any_length(value: str) -> None:
    for before, after in product(["Привет", "Привет,", "Привет, ", ""], ["Привет", " Привет", "", "и"]):
        mail = wrote("x", *[f"{before}{R}{after}{R}" + "Как дела?" * 20] * 2)
        raw = wired(mail, values={"recipient": value})
        assert raw.count(b"Content-Transfer-Encoding: base64") == 2
        assert_reads(raw, mail, {"recipient": value})
        assert_fit_for_the_wire(raw)
        assert len(raw) < 2 * 1.5 * len(mail.text.replace(R, value).encode()) + 1_200


def test_a_subject_with_a_slot_is_written_for_each_recipient() -> None:
    mail = replace(MAIL, subject=f"For {R}: since {SLOT['signed_up']}")
    assert parsed(wired(mail))["Subject"] == "For anne@example.net: since 3 May 2026"
    assert parsed(wired(mail, values=VALUES | {"recipient": "Zoë"}))["Subject"] == "For Zoë: since 3 May 2026"
    with pytest.raises(InputError, match="recipient holds a line break"):
        wired(wrote(R, "x", "x"), values={"recipient": "a\r\nBcc: x@example.org"})


def test_a_missing_value_is_refused_by_name_and_one_too_many_ignored() -> None:
    with pytest.raises(InputError, match="lesson needs a value for: leave_url, me_url, signed_up"):
        wired(MAIL, values={"recipient": "a@example.org"})
    assert slots(MAIL) == VALUES.keys() - {
        "confirm_url",
        "decline_url",
        "undo_url",
        "data_url",
        "erase_url",
        "sentence",
        "opt_in",
    }
    assert wired(MAIL) == wired(MAIL, values={name: VALUES[name] for name in slots(MAIL)})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("recipient", "a\nb"), ("recipient", "a\x00"), ("recipient", "a\x85"), ("signed_up", "a\u2028b"),
        ("recipient", "\ud800"), ("leave_url", "javascript:alert(1)"), ("leave_url", "https://x.org/a b"),
        ("leave_url", 'https://x.org/"x'), ("leave_url", "https://x.org/a\n"), ("leave_url", ""),
    ],
)  # fmt: skip
def test_a_value_that_could_break_out_is_refused(name: str, value: str) -> None:
    with pytest.raises(InputError, match=f"the value for {name}"):
        wired(MAIL, values=VALUES | {name: value})


def test_a_notice_is_prepared_in_the_same_way() -> None:
    mail = compile_notice(COURSE, "confirm", BRAND)
    raw = wired(mail, replace(HEAD, kind="system", leave_address=""), one_click_url=None)
    assert_reads(raw, mail, VALUES)
    assert "List-Unsubscribe" not in dict(headers(raw))
