"""What the mail tests are made of: a course, its mails, and readings of raw bytes. No tests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser
from typing import Any

from dripcourse.domain.course import Action, Course, Lesson, LessonKind
from dripcourse.mail.brand import Brand
from dripcourse.mail.prepared import prepare
from dripcourse.mail.slots import CompiledMail
from dripcourse.mail.wire import Head, message_id

BRAND = Brand(
    name="Small Steps",
    from_address="course@example.com",
    postal_address="12 Mill Lane\nSpringfield, VT 05156",
    base_url="https://course.example.com",
    list_domain="lists.example.com",
)

VALUES = {
    "recipient": "anne@example.net",
    "signed_up": "3 May 2026",
    "sentence": "You tapped Done on day 1.",
    "opt_in": "One short email a day.",
    "leave_url": "https://course.example.com/leave/abc.def",
    "me_url": "https://course.example.com/me/abc.def",
    "confirm_url": "https://course.example.com/confirm/abc.def",
    "decline_url": "https://course.example.com/decline/abc.def",
    "undo_url": "https://course.example.com/undo/abc.def",
    "data_url": "https://course.example.com/data/abc.def",
    "erase_url": "https://course.example.com/erase/abc.def",
}

LESSON = Lesson(
    key="five-open-minutes",
    kind=LessonKind.LESSON,
    day=1,
    subject="Day 1: five open minutes",
    preheader="One question, no repairs.",
    perspective="The full picture",
    section="Understanding the wall",
    body="Listening is a gift.\n\nIt costs nothing, says [a page](https://example.org/page?a=1&b=2) about it.",
    action=Action("Ask one *open* question.", 5, "Write the question down."),
    reflection="When did you last listen to the end?",
    note="This one surprised me.",
)

COURSE = Course(
    slug="small-steps",
    title="Small steps at home",
    language="en",
    lessons=(LESSON, replace(LESSON, key="two", day=2), replace(LESSON, key="three", day=3)),
    safety_note="This is for safe homes. If yours is not, call [a helpline](https://example.org/help).",
)

HEAD = Head(
    from_name="Small Steps",
    from_address="course@example.com",
    kind="lesson",
    reply_to="hello@example.com",
    list_id="small-steps.lists.example.com",
    list_name="Small steps at home",
    leave_address="leave@example.com",
    help_url="mailto:hello@example.com",
    feedback_id="small-steps:one:lesson:dripcourse",
)

#: The second way of List-Unsubscribe, as TO and HEAD make it.
LEAVE_BY_MAIL = "mailto:leave@example.com?subject=" + "a" * 16 + "." + "c" * 22

#: What one recipient adds to HEAD.
TO = {
    "to_address": "anne@example.net",
    "date": datetime(2026, 5, 3, 7, 30, tzinfo=UTC),
    "message_id": message_id("enrollment 7, five-open-minutes", "course.example.com"),
    "one_click_url": "https://course.example.com/one-click/" + "a" * 16 + "." + "b" * 22,
    "leave_mark": "a" * 16 + "." + "c" * 22,
}


def wired(mail: CompiledMail, head: Head = HEAD, values: Mapping[str, str] = VALUES, **to: Any) -> bytes:
    """The wire bytes of that mail for Anne, with `to` changed."""
    return prepare(mail, head).wire(values=values, **{**TO, **to})


def wrote(subject: str, html: str, text: str) -> CompiledMail:
    """A mail as it would be compiled from these, whatever they are."""
    return CompiledMail("lesson", "en", subject, "", html, text)


def parsed(raw: bytes) -> EmailMessage:
    """The bytes as the standard library reads them; no defects allowed."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def head_lines(raw: bytes) -> list[str]:
    """The header lines as they stand, folds kept."""
    return raw.split(b"\r\n\r\n", 1)[0].decode("ascii").split("\r\n")


def headers(raw: bytes) -> list[tuple[str, str]]:
    """Names and unfolded values of the top headers, read by hand from the bytes."""
    unfolded = re.sub(r"\r\n(?=[ \t])", "", raw.split(b"\r\n\r\n", 1)[0].decode("ascii"))
    pairs = [line.split(":", 1) for line in unfolded.split("\r\n")]
    return [(name, value.strip()) for name, value in pairs]


def header(raw: bytes, name: str) -> str:
    """The one header of that name."""
    (value,) = [value for n, value in headers(raw) if n.lower() == name.lower()]
    return value


def part(raw: bytes, subtype: str) -> str:
    """The decoded text of the plain or html part."""
    found = parsed(raw).get_body((subtype,))
    assert isinstance(found, EmailMessage)
    return str(found.get_content())


def body_of(raw: bytes, subtype: str) -> bytes:
    """The decoded bytes of that part, as the standard library's parser reads them."""
    found = parsed(raw).get_body((subtype,))
    assert isinstance(found, EmailMessage)
    got = found.get_payload(decode=True)
    assert isinstance(got, bytes)
    return got


class Page(HTMLParser):
    """An HTML page taken apart: (tag, attributes) in order, and its text in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of each such element."""
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def links(self) -> list[str]:
        return [attrs.get("href", "") for attrs in self.all("a")]
