"""The final bytes of a mail: what RFCs and mailbox providers ask of headers and form."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email import policy
from email.headerregistry import Address
from email.parser import BytesHeaderParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripcourse.errors import InputError
from dripcourse.mail import mime
from dripcourse.mail.compile import compile_lesson
from dripcourse.mail.wire import message_id
from tests.mail.material import (
    BRAND,
    COURSE,
    HEAD,
    LEAVE_BY_MAIL,
    LESSON,
    TO,
    head_lines,
    header,
    headers,
    parsed,
    part,
    wired,
    wrote,
)  # fmt: skip

MAIL = compile_lesson(COURSE, LESSON, BRAND)
RAW = wired(MAIL)
LONG_URL = "https://a-rather-long-host-name.mail.example.com/one-click/" + "k" * 200
ANY = st.text(max_size=150)
HOSTILE = [
    "Doe, Jane",
    "x\r\nBcc: evil@example.org",
    "a@b.example, c@d.example",
    '"quoted" \\ <x@y.example>',
    "a;b:c",
    "=?utf-8?q?Bcc=3A_x?=",
    "\x00\x07\x0b\x0c\x1c\x85\u2028\u2029",
    "Jöhn " * 40,
    "x" * 300,
    "日本語" * 50,
    "\u202eevil",
    "\ud800",
    " ",
    "",
    "Dr. O'Neil (Bob)",
    "👩‍👧" * 30,
]


def addresses(raw: bytes, name: str) -> tuple[Address, ...]:
    """The addresses of that header as the standard library parses it."""
    value = BytesHeaderParser(policy=policy.default).parsebytes(raw)[name]
    return tuple(value.addresses)


# -- T1 to T4, T11 -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [TO["one_click_url"], LONG_URL])
def test_t1_list_unsubscribe_holds_its_links_whole_and_folds_between_them_only(url: str) -> None:
    raw = wired(MAIL, one_click_url=url)
    assert header(raw, "List-Unsubscribe") == f"<{url}>, <{LEAVE_BY_MAIL}>"
    at = next(i for i, line in enumerate(head_lines(raw)) if line.startswith("List-Unsubscribe:"))
    assert head_lines(raw)[at : at + 2] == [f"List-Unsubscribe: <{url}>,", f" <{LEAVE_BY_MAIL}>"]


@pytest.mark.parametrize(
    "name", ["List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "List-Help", "Feedback-ID", "Message-ID"]
)
def test_t1_no_structured_header_is_ever_encoded(name: str) -> None:
    long = replace(
        HEAD,
        help_url="https://example.com/" + "h" * 180,
        list_id="a" * 60 + ".lists.example.com",
        feedback_id="a" * 60 + ":" + "b" * 60 + ":lesson:dripcourse",
    )
    raw = wired(MAIL, long, one_click_url=LONG_URL, message_id=f"<{'m' * 120}@course.example.com>")
    assert "=?" not in header(raw, name)


def test_t2_every_byte_is_ascii_whatever_the_text() -> None:
    raw = wired(wrote("Día ⅞", "<p>Größe 日本語</p>", "Größe 日本語"), replace(HEAD, from_name="Jörg"), to_name="Zoë")
    assert raw.isascii()
    assert "8bit" not in raw.decode().lower()
    assert part(raw, "plain").strip() == "Größe 日本語"
    assert part(raw, "html").strip() == "<p>Größe 日本語</p>"


@pytest.mark.parametrize("length", range(60, 90))
def test_t3_a_name_with_a_comma_is_one_recipient_at_any_length(length: int) -> None:
    name = ("Doe, Jane Middle " * 9)[:length]
    raw = wired(MAIL, replace(HEAD, from_name=name), to_name=name)
    for field in ("To", "From"):
        (only,) = addresses(raw, field)
        assert only.addr_spec in ("anne@example.net", "course@example.com")
        assert len(only.display_name) <= 64


@pytest.mark.parametrize("hostile", HOSTILE)
def test_t11_no_lone_cr_or_lf_and_no_nul(hostile: str) -> None:
    raw = wired(wrote(hostile, f"<p>{hostile}\n\r\r\n\x00</p>", f"{hostile}\n\r\x0b"), to_name=hostile)
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert b"\x00" not in raw
    assert raw.endswith(b"\r\n")


# -- hostile names and subjects ---------------------------------------------------------------------------------------


def assert_unchanged(raw: bytes) -> None:
    """The same headers, in the same order, and one recipient, one sender."""
    assert [name for name, _ in headers(raw)] == [name for name, _ in headers(RAW)]
    assert [a.addr_spec for a in addresses(raw, "To")] == ["anne@example.net"]
    assert [a.addr_spec for a in addresses(raw, "From")] == ["course@example.com"]
    assert header(raw, "List-Unsubscribe") == header(RAW, "List-Unsubscribe")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert raw.isascii()
    for word in re.findall(r"=\?[^\s]*\?=", "\n".join(head_lines(raw))):
        assert len(word) <= 75


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_name_or_subject_changes_headers_or_recipients(hostile: str) -> None:
    raw = wired(replace(MAIL, subject=hostile), replace(HEAD, from_name=hostile, list_name=hostile), to_name=hostile)
    assert_unchanged(raw)


@settings(max_examples=200, deadline=None)
@given(ANY, ANY, ANY)
def test_no_text_at_all_changes_headers_or_recipients(subject: str, name: str, title: str) -> None:
    raw = wired(replace(MAIL, subject=subject), replace(HEAD, from_name=name, list_name=title), to_name=name)
    assert_unchanged(raw)
    assert [len(line) for line in head_lines(raw) if len(line) > 78 and "http" not in line] == []


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=120))
def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    assert parsed(wired(replace(MAIL, subject=subject)))["Subject"] == subject


@pytest.mark.parametrize(
    ("name", "arrives"),
    [
        ("Anne Doe", "Anne Doe"),
        ("Dr. Anne (x)", "Dr. Anne (x)"),
        ("Doe, Anne", "Doe Anne"),
        ("Zoë Ångström", "Zoë Ångström"),
        ("=?utf-8?q?x?=", "=?utf-8?q?x?="),
        ("a\r\nb", "a b"),
        ("O'Neil", "O'Neil"),
        ("日本", "日本"),
        ('"A" <b>', "A b"),
    ],
)
def test_a_name_arrives_as_far_as_it_is_safe(name: str, arrives: str) -> None:
    (only,) = addresses(wired(MAIL, to_name=name), "To")
    assert only.display_name == arrives


# -- H1 to H12 --------------------------------------------------------------------------------------------------------


def test_h1_each_header_stands_once_and_none_that_is_not_ours_to_write() -> None:
    names = [name.lower() for name, _ in headers(RAW)]
    assert len(names) == len(set(names))
    assert {"from", "to", "subject", "date", "message-id", "mime-version"} <= set(names)
    assert not {"bcc", "cc", "return-path", "received", "sender"} & set(names)


def test_h2_lines_keep_to_78_characters_but_for_a_long_link() -> None:
    over = [line for line in RAW.split(b"\r\n") if len(line) > 78]
    assert [line for line in over if b"https://" not in line and b"mailto:" not in line] == []


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=3000))
def test_h2_body_lines_are_never_over_76(text: str) -> None:
    _, encoded = mime.body(text)
    assert max(len(line) for line in encoded.split(b"\r\n")) <= 76
    assert encoded.count(b"\n") == encoded.count(b"\r\n") == encoded.count(b"\r")
    assert encoded.isascii()


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], include_characters="\n\t"), max_size=500))
def test_h4_a_body_arrives_as_it_was_written(text: str) -> None:
    raw = wired(wrote("x", text, text))
    for subtype in ("plain", "html"):
        got = parsed(raw).get_body((subtype,)).get_payload(decode=True).decode().replace("\r\n", "\n")
        assert got.removesuffix("\n") == text.removesuffix("\n")


def test_h5_the_date_has_its_zone_and_the_message_id_is_stable() -> None:
    there = datetime(2026, 5, 3, 9, 30, tzinfo=timezone(timedelta(hours=2)))  # the moment of RAW, in another zone
    assert header(wired(MAIL, date=there), "Date") == "Sun, 03 May 2026 09:30:00 +0200"
    assert header(RAW, "Date") == "Sun, 03 May 2026 07:30:00 +0000"
    assert message_id("7, one", "x.example") == message_id("7, one", "x.example")
    assert message_id("7, one", "x.example") != message_id("7, two", "x.example")
    assert re.fullmatch(r"<[0-9a-f]{32}@x\.example>", message_id("anne@example.net", "x.example"))


def test_h5_equal_input_gives_equal_bytes() -> None:
    assert wired(MAIL) == RAW
    other = wired(MAIL, to_address="bob@example.net", message_id=message_id("another", "course.example.com"))
    assert parsed(other).get_boundary() == parsed(RAW).get_boundary()
    edited = wired(replace(MAIL, html=MAIL.html + " "))
    assert parsed(edited).get_boundary() != parsed(RAW).get_boundary()


def test_h5_a_date_without_a_zone_is_refused() -> None:
    with pytest.raises(InputError, match="time zone"):
        wired(MAIL, date=datetime(2026, 5, 3))


def test_h6_and_h7_list_id_and_feedback_id() -> None:
    assert header(RAW, "List-Id") == "Small steps at home <small-steps.lists.example.com>"
    assert header(RAW, "List-Help") == "<mailto:hello@example.com>"
    assert header(RAW, "Feedback-ID") == "small-steps:one:lesson:dripcourse"


def test_h8_lessons_are_bulk_and_system_mail_is_auto_generated() -> None:
    system = wired(MAIL, replace(HEAD, kind="system"))
    assert header(RAW, "Precedence") == "bulk"
    assert header(system, "Auto-Submitted") == "auto-generated"
    for raw, other in ((RAW, "auto-submitted"), (system, "precedence")):
        assert other not in [name.lower() for name, _ in headers(raw)]
        assert header(raw, "X-Auto-Response-Suppress") == "All"


def test_h12_text_comes_before_html() -> None:
    message = parsed(RAW)
    assert message.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"]
    assert [p["Content-Type"].params["charset"] for p in message.iter_parts()] == ["utf-8", "utf-8"]


def test_u1_and_u2_one_https_link_one_mailto_and_the_exact_pair() -> None:
    uris = re.findall(r"<([^<>\s]+)>", header(RAW, "List-Unsubscribe"))
    assert [uri.partition(":")[0] for uri in uris] == ["https", "mailto"]
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in RAW


def test_a_mail_that_is_mostly_not_ascii_stays_small() -> None:
    russian = "Привет, как дела? " * 200
    raw = wired(wrote("Привет", f"<p>{russian}</p>", russian))
    assert len(raw) < 2 * len(russian.encode()) * 1.5
    assert part(raw, "plain").strip() == russian.strip()


# -- refused ----------------------------------------------------------------------------------------------------------


def changed(field: str, value: str | None) -> bytes:
    """The mail with one thing about its head, or about its recipient, changed."""
    if field in TO:
        return wired(MAIL, **{field: value})
    return wired(MAIL, replace(HEAD, **{field: value}))


IMPOSSIBLE = [
    "",
    "anne",
    "a@b@c",
    "a b@example.org",
    "a@exa mple.org",
    "a@example.org\r\nRCPT TO:<x@y.example>",
    "a@example.org\n",
    "ａ@example.org",
    "ä@exämple.org",
    "a@exä..mple.org",
    "a" * 65 + "@example.org",
    "a@" + "b." * 130 + "org",
    '"a b"@example.org',
    "a@-x.org",
    "<a@example.org>",
    "a..b@example.org",
    "a@example.org.",
    "=?utf-8?q?a?=@example.org",
]


@pytest.mark.parametrize("address", IMPOSSIBLE)
@pytest.mark.parametrize("field", ["to_address", "from_address"])
def test_an_impossible_address_is_refused(field: str, address: str) -> None:
    with pytest.raises(InputError, match="not an address"):
        changed(field, address)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("one_click_url", "http://course.example.com/one-click/x"),
        ("one_click_url", "https://course.example.com/a b"),
        ("one_click_url", "https://x.example/>,<https://evil.example/"),
        ("one_click_url", "https://x.example/\r\nBcc: x@y.example"),
        ("one_click_url", "https://x.example/=?utf-8?q?x?="),
        ("one_click_url", "https://x.example/" + "a" * 950),
        ("one_click_url", None),
        ("leave_address", "a@b.example\n"),
        ("help_url", "javascript:alert(1)"),
        ("list_id", "no-dot"),
        ("list_id", "a.b> <c.d"),
        ("message_id", "no-brackets@x.example"),
        ("message_id", f"<{'a' * 990}@x.example>"),
        ("message_id", "<a@x.example>\r\nBcc: y@z.example"),
        ("list_id", "a." + "b" * 990),
        ("help_url", "https://x.example/" + "a" * 990),
        ("feedback_id", "a" * 990 + ":b:c:sender"),
        ("feedback_id", "only:two"),
        ("feedback_id", "a:b:c:four"),
    ],
)
def test_what_cannot_stand_in_its_header_is_refused(field: str, value: str | None) -> None:
    with pytest.raises(InputError):
        changed(field, value)


def test_a_demo_on_this_machine_may_use_http() -> None:
    raw = wired(MAIL, one_click_url="http://127.0.0.1:8000/one-click/x.y")
    assert "<http://127.0.0.1:8000/one-click/x.y>" in header(raw, "List-Unsubscribe")


def test_a_notice_needs_no_list_headers() -> None:
    bare = replace(HEAD, kind="system", leave_address="", list_id="", help_url=None, feedback_id="")
    names = [name for name, _ in headers(wired(MAIL, bare, one_click_url=None))]
    assert [name for name in names if name.startswith("List-")] == []
