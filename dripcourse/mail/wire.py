"""The header lines of a mail: those all recipients share and those of one, so that they survive every relay.

Written here and not by the standard library's `EmailMessage`: that one breaks long List-Unsubscribe headers with
encoded-words, leaves bodies in 8 bits, loses the quotes of long names, and takes a hundred times as long.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from functools import lru_cache
from typing import Literal

from dripcourse.errors import InputError
from dripcourse.mail import mime
from dripcourse.mail.address import checked, mailbox, phrase

# Printable ASCII without < > and space, short enough for one line (998), and no "=?", which begins an encoded-word.
_URI = re.compile(r"(?!.*=\?)(?:https?://|mailto:)[\x21-\x3b\x3d\x3f-\x7e]{1,900}\Z")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,500}@[A-Za-z0-9.-]{1,400}>\Z")
_LIST_ID = re.compile(r"(?=.{1,255}\Z)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\Z")
_FEEDBACK_ID = re.compile(r"(?=.{1,900}\Z)[A-Za-z0-9._-]*(?::[A-Za-z0-9._-]*){2}:[A-Za-z0-9._-]{5,15}\Z")
# What a mailto: URI may hold unescaped of an address (RFC 6068 section 2): enough for one that we choose ourselves.
_LEAVE_ADDRESS = re.compile(r"(?=.{3,254}\Z)[A-Za-z0-9._+~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\Z")
_LEAVE_MARK = re.compile(r"[A-Za-z0-9._-]{1,100}\Z")
_POST = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
_LOOPBACK = re.compile(r"http://(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]+)?/")


@dataclass(frozen=True, kw_only=True)
class Head:
    """What stands above the text for all recipients. `prepare` checks addresses and URIs and makes names safe."""

    from_name: str
    from_address: str
    kind: Literal["lesson", "system"]
    reply_to: str = ""
    list_id: str = ""  # such as rebuild.lists.example.org; the same for all days of a course, for life
    list_name: str = ""
    leave_address: str = ""  # where a mail with his mark as its subject unsubscribes its reader
    help_url: str | None = None  # https: or mailto:
    feedback_id: str = ""  # a:b:c:SenderId, the last one 5 to 15 characters


def message_id(parts: str, domain: str) -> str:
    """`<32 hex digits@domain>`: the same for the same parts, and it gives nothing of them away."""
    return f"<{hashlib.sha256(parts.encode('utf-8')).hexdigest()[:32]}@{domain}>"


def from_line(head: Head) -> bytes:
    """From. Raises InputError for an address that cannot be mailed."""
    return mime.folded("From", mailbox(head.from_name, head.from_address))


def reply_line(head: Head) -> bytes:
    """Reply-To, or nothing. Raises InputError for an address that cannot be mailed."""
    return mime.folded("Reply-To", checked(head.reply_to)) if head.reply_to else b""


def list_lines(head: Head) -> bytes:
    """List-Id and List-Help (RFC 2919, 2369). Raises InputError for what cannot stand there."""
    lines = b""
    if head.list_id:
        name, known = phrase(head.list_name), _matching(_LIST_ID, "List-Id", head.list_id)
        lines += mime.folded("List-Id", f"{name} <{known}>".lstrip())
    if head.help_url:
        lines += mime.folded("List-Help", f"<{_matching(_URI, 'List-Help', head.help_url)}>")
    return lines


def kind_lines(head: Head) -> bytes:
    """Feedback-ID and what keeps machines from answering. Raises InputError for an impossible Feedback-ID."""
    lines = b""
    if head.feedback_id:
        lines += mime.folded("Feedback-ID", _matching(_FEEDBACK_ID, "Feedback-ID", head.feedback_id))
    # RFC 3834 section 5 for mails that answer a person's act; "bulk" keeps vacation notes from answering lessons.
    lines += b"Auto-Submitted: auto-generated\r\n" if head.kind == "system" else b"Precedence: bulk\r\n"
    return lines + b"X-Auto-Response-Suppress: All\r\n"


def refuse_impossible_way(head: Head) -> None:
    """Raises InputError where the address to unsubscribe by cannot stand in a mailto: URI as it is."""
    if head.leave_address:
        _matching(_LEAVE_ADDRESS, "List-Unsubscribe", head.leave_address)


def date_line(date: datetime) -> bytes:
    """Date, to the second. Raises InputError for a naive datetime."""
    offset = date.utcoffset()
    if offset is None:
        raise InputError("the date of a mail needs its time zone")
    # By offset, too: one moment is written in each zone in another way.
    return _date_line(int(date.timestamp()), offset)


@lru_cache(maxsize=64)
def _date_line(second: int, offset: timedelta) -> bytes:
    return mime.folded("Date", format_datetime(datetime.fromtimestamp(second, timezone(offset))))


def to_line(name: str, address: str) -> bytes:
    """To, one mailbox whatever the name. Raises InputError for an address that cannot be mailed."""
    return mime.folded("To", mailbox(name, address))


def id_line(message_id: str) -> bytes:
    """Message-ID. Raises InputError where it is none."""
    return f"Message-ID: {_matching(_MESSAGE_ID, 'Message-ID', message_id)}\r\n".encode("ascii")


def leave_lines(head: Head, one_click_url: str | None, leave_mark: str = "") -> bytes:
    """List-Unsubscribe and its Post (RFC 2369, 8058). The fold falls between the URIs, never inside one.

    The second way is a mail with `leave_mark` as its subject, where the head has an address for it. Raises InputError
    for a lesson without its one-click link, and for a link that is not https.
    """
    if not one_click_url:
        if head.kind == "lesson":
            raise InputError("a lesson needs its one-click link: mailbox providers refuse mail without (RFC 8058)")
        return b""
    url = _matching(_URI, "List-Unsubscribe", one_click_url)
    # RFC 8058 section 3.1 wants https. Loopback is let through: a demo's mails stay on its machine.
    if not url.startswith("https://") and _LOOPBACK.match(url) is None:
        raise InputError(f"the one-click link must be https (RFC 8058): {url[:80]!r}; set an https base URL")
    if head.leave_address and leave_mark:
        # A line for each way, whatever their length; the mark is ours and needs no escapes (RFC 6068 section 2).
        mail = f"mailto:{head.leave_address}?subject={_matching(_LEAVE_MARK, 'List-Unsubscribe', leave_mark)}"
        return f"List-Unsubscribe: <{url}>,\r\n <{mail}>\r\n{_POST}".encode("ascii")
    return f"List-Unsubscribe: <{url}>\r\n{_POST}".encode("ascii")


def _matching(pattern: re.Pattern[str], header: str, value: str) -> str:
    if pattern.match(value) is None:
        raise InputError(f"{value[:80]!r} cannot stand in {header}")
    return value
