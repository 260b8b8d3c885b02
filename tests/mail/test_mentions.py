"""What an author fills in for each reader, in finished mails: names are data, whatever they look like."""

from __future__ import annotations

import html
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripcourse.domain.course import Lesson
from dripcourse.domain.mentions import Mention, of_reader
from dripcourse.errors import InputError
from dripcourse.mail.compile import compile_lesson, compile_notice, fill
from dripcourse.mail.prepared import prepare
from dripcourse.mail.slots import Filled
from tests.mail.material import BRAND, COURSE, HEAD, LESSON, TO, VALUES, Page, headers, parsed, part

PERSONAL = replace(
    LESSON,
    subject="Day 1: {name|friend}, five minutes in {city|your town}",
    preheader="For {name|you}, and no repairs.",
    body="Dear {name|friend},\n\nlisten to *{city|your town}*, and see [the page](https://example.org/page).",
)
MAIL = compile_lesson(COURSE, PERSONAL, BRAND)
READY = prepare(MAIL, HEAD)
HOSTILE = [
    "{{7*7}}", "{% raw %}", "{name|x}", "--DC.LEAVE_URL--", "<b>bold</b>", "</style><script>", '"quoted"', "O'Neil",
    "a\r\nBcc: x@example.org", "=?utf-8?q?Bcc=3A?=", "\u202eevil", "https://evil.example", ".", "x" * 500, "Zoë 日本語",
    "\x00", "\ud800", " ",
]  # fmt: skip
TYPED = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=80))


def read(fields: dict[str, object], lesson: Lesson = PERSONAL) -> Filled:
    return fill(compile_lesson(COURSE, lesson, BRAND), VALUES, fields)


def sent(name: str, city: str) -> bytes:
    return READY.wire(values=VALUES, fields=of_reader(name, {"city": city}), **TO)


def test_a_lesson_names_its_reader_in_subject_preheader_and_text() -> None:
    mail = read({"name": "Anne", "city": "Bern"})
    assert mail.subject == "Day 1: Anne, five minutes in Bern"
    assert mail.preheader == "For Anne, and no repairs."
    assert "Dear Anne," in mail.text
    assert "listen to Bern, and see" in mail.text
    assert "<em>Bern</em>" in mail.html or ">Bern</em>" in mail.html
    assert "For Anne, and no repairs." in mail.html


def test_who_gave_nothing_is_spoken_to_all_the_same() -> None:
    mail = read({"name": "", "city": " \r\n "})
    assert mail.subject == "Day 1: friend, five minutes in your town"
    assert "Dear friend," in mail.text


def test_two_mentions_of_one_field_have_their_own_other_words() -> None:
    assert "For you, and" in read({}).html
    assert "Dear friend," in read({}).html


@pytest.mark.parametrize(
    ("written", "reads"),
    [
        (r"Say \{name|friend}.", "Say {name|friend}."),
        ("Type `{name|friend}` here.", "Type {name|friend} here."),
        ("A set {1, 2} and {x} and { name|x}.", "A set {1, 2} and {x} and { name|x}."),
        ("**{name|friend}**, hello.", "Anne, hello."),
        ("| a | b |\n|---|---|\n| {name\\|friend} | c |", "Anne | c"),
        ("- {name|friend}\n- two", "- Anne\n- two"),
        ("{name|friend}{name|friend}", "AnneAnne"),
    ],
)
def test_markdown_says_what_is_a_mention_and_what_is_text(written: str, reads: str) -> None:
    assert reads in read({"name": "Anne"}, replace(LESSON, body=written)).text


def test_a_line_of_text_breaks_as_if_the_words_for_everybody_stood_there() -> None:
    words = "word " * 12
    lines = read({}, replace(LESSON, body=f"{words}{{name|friend}} behind it")).text.splitlines()
    assert f"{words}friend" in lines
    assert "====\n" not in read({}, replace(LESSON, body="# Hi {name|you}\n\nText.")).text.replace("======\n", "")


@pytest.mark.parametrize(
    "body",
    ["[x](https://example.org/{name|you})", "https://example.org/{name|you}", "[x](<https://a.example/?q={city|b}>)"],
)
def test_no_link_leads_where_its_reader_has_typed(body: str) -> None:
    with pytest.raises(InputError, match="a link has a reader's own words in it"):
        compile_lesson(COURSE, replace(LESSON, body=body), BRAND)


@pytest.mark.parametrize("body", ["--DC.OF.AAAA--", r"\-\-DC.OF.AAAA--", "--DC.OF.NZQW2ZI--"])
def test_nobody_can_write_a_slot_of_ours(body: str) -> None:
    with pytest.raises(InputError, match="reserved"):
        compile_lesson(COURSE, replace(LESSON, body=body), BRAND)


def test_the_foot_and_the_mails_outside_the_course_name_him_too() -> None:
    course = replace(COURSE, footer="You are {name|our reader}.")
    assert "You are Anne." in fill(compile_notice(course, "left", BRAND), VALUES, {"name": "Anne"}).text


@settings(max_examples=50, deadline=None)
@given(TYPED, TYPED)
def test_whatever_somebody_typed_is_read_as_typed_and_changes_nothing_else(name: str, city: str) -> None:
    raw = sent(name, city)
    plain = sent("Anne", "Bern")
    who, where = (Mention("x", other).told({"x": text}) for other, text in (("friend", name), ("your town", city)))
    assert [header for header, _ in headers(raw)] == [header for header, _ in headers(plain)]
    assert [value for header, value in headers(raw) if header != "Subject"] == [
        value for header, value in headers(plain) if header != "Subject"
    ]
    visible = "".join(c if c.isprintable() else " " for c in f"Day 1: {who}, five minutes in {where}")
    assert parsed(raw)["Subject"] == " ".join(visible.split())
    assert f"Dear {who}," in part(raw, "plain").split("\r\n")
    page, same = Page(part(raw, "html")), Page(part(plain, "html"))
    assert page.links == same.links
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in same.tags]
    assert html.escape(where) in part(raw, "html")
    assert all(len(line) <= 76 for line in raw.partition(b"\r\n\r\n")[2].split(b"\r\n"))
    assert not [line for line in raw.split(b"\r\n") if line.startswith(b".")]
