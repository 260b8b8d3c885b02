"""The head and the first plain text of a mail that anybody may have written; whatever is in it, it is read in bounds.

The standard library's parser is not asked: parameters of a Content-Type cost it the square of their number, its codecs
are whatever a mail names, and it goes as deep and to as many parts as the mail has.
"""

from __future__ import annotations

import binascii
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from functools import cached_property
from itertools import islice

_MOST_HEAD_LINES = 500
_MOST_PARTS = 20  # of one mail, however deep
_MOST_BOUNDARY = 70  # characters (RFC 2046 section 5.1.1)
_MOST_VALUE, _MOST_PARAMETERS = 1_000, 20  # characters and parameters of a Content-Type
_MOST_SUBJECT = 1_000  # characters
#: Charsets that are decoded as such; any other is read as Latin-1, in which ASCII is ASCII.
_CHARSETS = {"us-ascii": "utf-8", "ascii": "utf-8", "utf-8": "utf-8", "utf8": "utf-8", "windows-1252": "cp1252"}
_PARAMETER = re.compile(r';\s*(boundary|charset)\s*=\s*(?:"([^"]*)"|([^\s;"]+))', re.IGNORECASE)
_BASE64 = (string.ascii_letters + string.digits + "+/").encode()
_NO_BASE64 = bytes(set(range(256)) - set(_BASE64))
_FILLED_LINE = re.compile(r"\S.*")


@dataclass(frozen=True)
class Part:
    """A mail, or a part of one. `head` has the first field of each name, by its lower-case name, unfolded."""

    head: Mapping[str, str]
    body: bytes

    @cached_property
    def kind(self) -> str:
        """Its Content-Type without parameters, "text/plain" where it has none; "" for one that is refused."""
        written = self.head.get("content-type", "text/plain")
        if len(written) > _MOST_VALUE or written.count(";") > _MOST_PARAMETERS:
            return ""
        found = written.partition(";")[0].strip().lower()
        return found if found.count("/") == 1 else "text/plain"  # RFC 2045 section 5.2

    @cached_property
    def _parameters(self) -> dict[str, str]:
        found = _PARAMETER.finditer(self.head.get("content-type", ""))
        return {one[1].lower(): one[2] if one[2] is not None else one[3] for one in found}

    @property
    def text(self) -> str:
        """The body of a text, decoded; what cannot be read of it is left out."""
        return decoded(
            _bare(self.body, self.head.get("content-transfer-encoding", "")), self._parameters.get("charset")
        )

    @property
    def parts(self) -> Iterator[bytes]:
        """The first parts of a multipart, where each begins and ends on a line of its own (RFC 2046 section 5.1)."""
        boundary = self._parameters.get("boundary", "").encode("latin-1", "replace")
        if not 0 < len(boundary) <= _MOST_BOUNDARY:
            return
        line, begun = re.compile(rb"(?m)^--" + re.escape(boundary) + rb"(--)?[ \t]*$"), -1
        for found in islice(line.finditer(self.body), _MOST_PARTS):
            if begun >= 0:
                yield self.body[begun : found.start()]
            begun = found.end() + 1
            if found[1]:
                return
        if begun >= 0:  # cut off, or never closed
            yield self.body[begun:]


def read(raw: bytes) -> Part:
    """The mail of these bytes; its line ends may be any."""
    return _part(raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))


def subject(mail: Part) -> str:
    """Its subject in plain characters, its encoded-words decoded (RFC 2047)."""
    written = mail.head.get("subject", "")[:_MOST_SUBJECT]
    try:
        words = decode_header(written)
    except (HeaderParseError, ValueError):  # broken base64
        return written
    return "".join(word if isinstance(word, str) else decoded(word, charset) for word, charset in words)


def first_lines(mail: Part, number: int) -> list[str]:
    """The first lines, without empty ones, of its first plain text; mails within the mail are not looked into."""
    waiting = [mail]
    for _ in range(_MOST_PARTS):
        if not waiting:
            break
        one = waiting.pop(0)
        if one.kind == "text/plain":
            return [found[0].rstrip() for found in islice(_FILLED_LINE.finditer(one.text), number)]
        if one.kind.startswith("multipart/") and one.kind != "multipart/digest":
            waiting = [*map(_part, one.parts), *waiting][:_MOST_PARTS]
    return []


def decoded(raw: bytes, charset: str | None) -> str:
    """The bytes as characters, whatever they are."""
    return raw.decode(_CHARSETS.get((charset or "us-ascii").strip().lower(), "latin-1"), "replace")


def _part(raw: bytes) -> Part:
    """`raw` with line ends of one character; lines of the head that are no fields are passed over."""
    above, _, body = (b"\n" + raw).partition(b"\n\n")
    fields: list[tuple[str, list[str]]] = []
    for line in islice(above.split(b"\n", _MOST_HEAD_LINES + 1), 1, _MOST_HEAD_LINES + 1):
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1][1].append(line.decode("utf-8", "replace"))
            continue
        name, colon, value = line.partition(b":")
        if colon:
            fields.append((name.strip().decode("latin-1").lower(), [value.decode("utf-8", "replace")]))
    head: dict[str, str] = {}
    for field, values in fields:
        head.setdefault(field, "".join(values).strip())
    return Part(head, body)


def _bare(body: bytes, encoding: str) -> bytes:
    match encoding.strip().lower():
        case "base64":
            found = body.partition(b"=")[0].translate(None, _NO_BASE64)
            whole = len(found) - (len(found) % 4 == 1)  # where the mail was cut off, one character may say nothing
            return binascii.a2b_base64(found[:whole] + b"===")
        case "quoted-printable":
            return binascii.a2b_qp(body)
    return body
