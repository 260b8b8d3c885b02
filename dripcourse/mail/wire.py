"""The final bytes of one mail: headers that survive every relay, text and HTML parts in 7 bits. It sends nothing.

Written here and not by the standard library's `EmailMessage`: that one breaks long List-Unsubscribe headers with
encoded-words, leaves bodies in 8 bits, loses the quotes of long names, and takes four times as long.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Literal

from dripcourse.errors import InputError
from dripcourse.mail import mime
from dripcourse.mail.address import checked, name_for_header
from dripcourse.mail.slots import Filled

_URI = re.compile(r"(?:https?://|mailto:)[\x21-\x3b\x3d\x3f-\x7e]+\Z")  # printable ASCII without < > and space
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>\Z")
_LIST_ID = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\Z")
_FEEDBACK_ID = re.compile(r"[A-Za-z0-9._-]*(?::[A-Za-z0-9._-]*){2}:[A-Za-z0-9._-]{5,15}\Z")
_LOOPBACK = re.compile(r"http://(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]+)?/")
_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*\Z")


@dataclass(frozen=True, kw_only=True)
class Head:
    """What stands above the text of one mail. Addresses and URIs are checked, names and subjects made safe."""

    from_name: str
    from_address: str
    to_address: str
    date: datetime  # aware
    message_id: str  # with its angle brackets, as `message_id` makes it
    kind: Literal["lesson", "system"]
    to_name: str = ""
    reply_to: str = ""
    list_id: str = ""  # such as rebuild.lists.example.org; the same for all days of a course, for life
    list_name: str = ""
    one_click_url: str | None = None  # https; required for lessons (RFC 8058)
    leave_mailto: str | None = None  # a mailto: URI
    help_url: str | None = None  # https: or mailto:
    feedback_id: str = ""  # a:b:c:SenderId, the last one 5 to 15 characters


def build(filled: Filled, head: Head) -> bytes:
    """The mail as CRLF ASCII bytes, equal for equal input. Raises InputError for what no header may hold."""
    # "=_" can stand neither in quoted-printable nor in base64, so no body can end its part early.
    mark = f"=_{hashlib.sha256(head.message_id.encode()).hexdigest()[:24]}"
    line = f"--{mark}".encode("ascii")
    return b"".join(
        (
            *(mime.folded(name, value) for name, value in _headers(filled.subject, head)),
            mime.folded("Content-Type", f'multipart/alternative; boundary="{mark}"'),
            b"\r\n" + line + b"\r\n",
            _part("plain", filled.text),
            line + b"\r\n",
            _part("html", filled.html),
            line + b"--\r\n",
        )
    )


def message_id(parts: str, domain: str) -> str:
    """`<32 hex digits@domain>`: the same for the same parts, and it gives nothing of them away."""
    return f"<{hashlib.sha256(parts.encode('utf-8')).hexdigest()[:32]}@{domain}>"


def _headers(subject: str, head: Head) -> Iterator[tuple[str, str]]:
    if head.date.tzinfo is None:
        raise InputError("the date of a mail needs its time zone")
    yield "Date", format_datetime(head.date)
    yield "From", _mailbox(head.from_name, head.from_address)
    yield "To", _mailbox(head.to_name, head.to_address)
    if head.reply_to:
        yield "Reply-To", checked(head.reply_to)
    yield "Subject", mime.header_text(subject)
    yield "Message-ID", _matching(_MESSAGE_ID, "Message-ID", head.message_id)
    yield "MIME-Version", "1.0"
    yield from _list_headers(head)
    if head.feedback_id:
        yield "Feedback-ID", _matching(_FEEDBACK_ID, "Feedback-ID", head.feedback_id)
    # RFC 3834 section 5 for mails that answer a person's act; "bulk" keeps vacation notes from answering lessons.
    yield ("Auto-Submitted", "auto-generated") if head.kind == "system" else ("Precedence", "bulk")
    yield "X-Auto-Response-Suppress", "All"


def _list_headers(head: Head) -> Iterator[tuple[str, str]]:
    """RFC 2369, 2919 and 8058. The fold falls between the URIs of List-Unsubscribe, never inside one."""
    if head.kind == "lesson" and not head.one_click_url:
        raise InputError("a lesson needs its one-click link: mailbox providers refuse mail without (RFC 8058)")
    if head.list_id:
        name = _phrase(head.list_name)
        yield "List-Id", f"{name} <{_matching(_LIST_ID, 'List-Id', head.list_id)}>".lstrip()
    if head.help_url:
        yield "List-Help", f"<{_uri('List-Help', head.help_url)}>"
    ways = [way for way in (head.one_click_url, head.leave_mailto) if way]
    if ways:
        yield "List-Unsubscribe", ", ".join(f"<{_uri('List-Unsubscribe', way)}>" for way in ways)
    if head.one_click_url:
        _refuse_plain_http(head.one_click_url)
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"


def _refuse_plain_http(url: str) -> None:
    """RFC 8058 section 3.1 wants https. Loopback is let through: a demo's mails stay on its machine."""
    if not url.startswith("https://") and _LOOPBACK.match(url) is None:
        raise InputError(f"the one-click link must be https (RFC 8058): {url[:80]!r}; set an https base URL")


def _mailbox(name: str, address: str) -> str:
    return f"{_phrase(name)} <{checked(address)}>".lstrip() if name_for_header(name) else checked(address)


def _phrase(name: str) -> str:
    """A display name: bare, quoted, or in encoded-words, whichever it needs (RFC 5322 section 3.2.5)."""
    safe = name_for_header(name)
    if not safe.isascii() or "=?" in safe:
        return mime.encoded_words(safe)
    return safe if _PHRASE.match(safe) else f'"{safe}"'


def _uri(header: str, value: str) -> str:
    return _matching(_URI, header, value)


def _matching(pattern: re.Pattern[str], header: str, value: str) -> str:
    if pattern.match(value) is None:
        raise InputError(f"{value[:80]!r} cannot stand in {header}")
    return value


def _part(subtype: str, text: str) -> bytes:
    """One part with its headers; its last line end belongs to the boundary after it (RFC 2046 section 5.1.1)."""
    encoding, encoded = mime.body(text)
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    return head.encode("ascii") + encoded + b"\r\n"
