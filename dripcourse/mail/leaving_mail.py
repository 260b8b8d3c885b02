"""What a mail to the unsubscribe address asks for: the marks in it, or why nobody asked. Pure; it believes no sender.

Only the head and the first 64 kB are read, and no mail with many parts, so that no mail can keep the parser busy or
send it too deep; what is read needs no process of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser

MOST_BYTES = 1 << 20  # what is taken from a mail server at all
_READ = 64 << 10
_MOST_PARTS = 20
_MOST_MARKS = 4
_FIRST_LINES = 5
_SUBJECT = 1_000  # characters
_MARK = re.compile(r"(?<![\w.=-])[A-Za-z0-9_-]{1,64}\.[A-Za-z0-9_-]{22}(?![\w.=-])")
# In the text the line says nothing else: a quoted mail of ours has marks in its head, and asks for nothing.
_LINE = re.compile(rf"(?:(?:unsubscribe|subject):?\s+)?({_MARK.pattern})", re.IGNORECASE)
#: Kinds of mail that machines write: reports of delivery, of reading, of complaint.
_REPORTS = ("multipart/report", "message/delivery-status", "message/disposition-notification")


@dataclass(frozen=True)
class Asked:
    """`marks` are what the mail could be signed with, likeliest first. `why`, where there is none: "automatic" (a
    machine wrote it), "too-big", "unreadable" or "no-mark".
    """

    marks: tuple[str, ...] = ()
    why: str = ""


def asked(raw: bytes, sender: str | None = None) -> Asked:
    """What the mail asks for. `sender` is that of its envelope, "" for none (a bounce); None where it is not known.

    Its subject counts (RFC 2369 section 3.2), also behind "Re:"; without a mark there, a line of its own among the
    first five of its text. Answers of machines ask for nothing (RFC 3834 section 2). Never raises for what is in it.
    """
    if len(raw) > MOST_BYTES:
        return Asked(why="too-big")
    try:
        head = BytesHeaderParser(policy=policy.compat32).parsebytes(raw[:_READ])
        if _is_automatic(head, sender):
            return Asked(why="automatic")
        found = _MARK.findall(_subject(head)) or list(_in_text(raw))
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError):  # the parser's own, for odd mails
        return Asked(why="unreadable")
    marks = tuple(dict.fromkeys(found))[:_MOST_MARKS]
    return Asked(marks, "" if marks else "no-mark")


def _is_automatic(head: Message, sender: str | None) -> bool:
    submitted = _first(head, "Auto-Submitted").partition(";")[0].strip().lower()
    returned = _first(head, "Return-Path").strip()
    return (
        sender == ""
        or returned == "<>"
        or submitted not in ("", "no")
        or head.get_content_type() in _REPORTS
        or any(name in head for name in ("X-Autoreply", "X-Autorespond", "X-Failed-Recipients"))
    )


def _first(head: Message, name: str) -> str:
    return str(head.get(name, ""))


def _subject(head: Message) -> str:
    """The subject in plain characters; a mark that a mail program broke over two lines is none."""
    written = _first(head, "Subject")[:_SUBJECT]
    try:
        words = decode_header(written)
    except HeaderParseError:
        return written
    return "".join(word if isinstance(word, str) else _decoded(word, charset) for word, charset in words)


def _decoded(word: bytes, charset: str | None) -> str:
    try:
        return word.decode(charset or "ascii", "replace")
    except LookupError:  # a charset there is none of; marks are ASCII in nearly all
        return word.decode("ascii", "replace")


def _in_text(raw: bytes) -> Iterator[str]:
    """Marks that stand on a line of their own, among the first lines of the first plain text."""
    beginning = raw[:_READ]
    if beginning.lower().count(b"boundary") > _MOST_PARTS:
        return
    for part in BytesParser(policy=policy.compat32).parsebytes(beginning).walk():
        if part.get_content_type() == "text/plain":
            payload = part.get_payload(decode=True)
            text = _decoded(payload, part.get_content_charset()) if isinstance(payload, bytes) else ""
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            yield from (found[1] for line in lines[:_FIRST_LINES] if (found := _LINE.fullmatch(line)))
            return
