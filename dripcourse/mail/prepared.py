"""One mail encoded once for all its recipients, and its wire bytes for each; it makes no values and no links."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from types import MappingProxyType

from dripcourse.domain.mentions import Mention
from dripcourse.mail import mime, wire
from dripcourse.mail.slots import URLS, CompiledMail, checked_value, joined, mentions, needed, pieces, slots
from dripcourse.mail.wire import Head

# Values that are the same in text, in HTML and in quoted-printable: most are, and one look tells. The rest of the
# alphabet, a dot at the beginning, a space at the end or more than one line takes the long way.
_SAME = re.compile(r"(?![ .])[!#-%(-;?-~ ]{1,75}(?<! )\Z")
_NOTHING: Mapping[str, object] = MappingProxyType({})
_SAME_LINK = re.compile(r"https?://[!#-%(-;?-~]{1,67}\Z")


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A mail for whoever `wire` is asked for; safe to share between threads."""

    mail: CompiledMail
    head: Head
    names: tuple[str, ...]
    mentions: Mapping[str, Mention]  # by the names of their slots
    sender: bytes
    reply: bytes
    subject: bytes | None  # its header line; None where it has slots
    lists: bytes
    before_text: bytes
    text: mime.Quoted | mime.Packed
    before_html: bytes
    html: mime.Quoted | mime.Packed
    end: bytes

    def wire(
        self,
        *,
        to_address: str,
        date: datetime,
        message_id: str,
        values: Mapping[str, str],
        to_name: str = "",
        one_click_url: str | None = None,
        fields: Mapping[str, object] = _NOTHING,
        leave_mark: str = "",
    ) -> bytes:
        """The mail for one recipient as CRLF ASCII bytes, equal for equal input; no line begins with a dot.

        `message_id` has its angle brackets; values the mail has no slot for are ignored. `fields` are what its
        mentions may tell him of himself (`domain.mentions.of_reader`), `leave_mark` the subject by which he leaves by
        mail. Raises InputError for a naive date, a missing value, and whatever no header or body may hold.
        """
        if self.mentions:
            values = {**values, **{name: mention.told(fields) for name, mention in self.mentions.items()}}
        text, html = self._encoded(values)
        return b"".join(
            (
                wire.date_line(date),
                self.sender,
                wire.to_line(to_name, to_address),
                *self._below_to(values, message_id, wire.leave_lines(self.head, one_click_url, leave_mark)),
                *self.text.filled(text),
                self.before_html,
                *self.html.filled(html),
                self.end,
            )
        )

    def _below_to(self, values: Mapping[str, str], message_id: str, leave: bytes) -> tuple[bytes, ...]:
        return (
            self.reply,
            self.subject or _subject_line(joined(self.mail.subject, values)),
            wire.id_line(message_id),
            self.lists,
            leave,
            self.before_text,
        )

    def _encoded(self, values: Mapping[str, str]) -> tuple[dict[str, bytes], dict[str, bytes]]:
        """The values as they go into the text part and into the HTML part."""
        in_text: dict[str, bytes] = {}
        in_html: dict[str, bytes] = {}
        for name, value in needed(self.mail.template, self.names, values):
            if (_SAME_LINK if name in URLS else _SAME).match(value):
                in_text[name] = in_html[name] = value.encode("ascii")
            else:
                plain = checked_value(name, value)
                in_text[name] = self.text.encoded(plain.encode("utf-8"))
                in_html[name] = self.html.encoded(escape(plain).encode("utf-8"))
        return in_text, in_html


def prepare(mail: CompiledMail, head: Head) -> Prepared:
    """The mail with everything done that does not depend on the recipient. Raises InputError for an impossible head."""
    mark = _boundary(mail)
    line = b"--" + mark.encode("ascii")
    text, html = (mime.body_with_places(pieces(part)) for part in (mail.text, mail.html))
    wire.refuse_impossible_way(head)
    personal = mentions(mail)
    container = mime.folded("Content-Type", f'multipart/alternative; boundary="{mark}"')
    return Prepared(
        mail=mail,
        head=head,
        names=(*sorted(slots(mail)), *personal),
        mentions=personal,
        sender=wire.from_line(head),
        reply=wire.reply_line(head),
        subject=None if len(pieces(mail.subject)) > 1 else _subject_line(mail.subject),
        lists=b"MIME-Version: 1.0\r\n" + wire.list_lines(head),
        before_text=wire.kind_lines(head) + container + b"\r\n" + line + b"\r\n" + _part_head("plain", text),
        text=text,
        before_html=b"\r\n" + line + b"\r\n" + _part_head("html", html),
        html=html,
        end=b"\r\n" + line + b"--\r\n",
    )


def _subject_line(subject: str) -> bytes:
    return mime.folded("Subject", mime.header_text(subject))


def _boundary(mail: CompiledMail) -> str:
    # "=_" can stand neither in quoted-printable nor in base64, so no body can end its part early.
    content = "\0".join((mail.subject, mail.text, mail.html)).encode("utf-8", "replace")
    return f"=_{hashlib.sha256(content).hexdigest()[:24]}"


def _part_head(subtype: str, body: mime.Quoted | mime.Packed) -> bytes:
    """A part's own headers. The line end after its body belongs to the boundary (RFC 2046 section 5.1.1)."""
    encoding = f"Content-Transfer-Encoding: {body.encoding}\r\n\r\n"
    return f'Content-Type: text/{subtype}; charset="utf-8"\r\n{encoding}'.encode("ascii")
