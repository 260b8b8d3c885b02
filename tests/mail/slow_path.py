"""The bytes of a prepared mail, worked out the slow way from the filled mail and the standard library. No tests.

The rules, as documented: a header folds at white space, at 78, but never right after its name. Each slot cuts its
line; a piece of a line begins on an encoded line of its own, which holds 75 characters before the "=" of a soft break;
a dot at the beginning of an encoded line and white space at the end of a piece are written as =XX. In base64 a text has
its own lines from its first whole group of three bytes to its last; what is between two texts stands by itself.
"""

from __future__ import annotations

import base64
import hashlib
import html
import quopri
import re
from collections.abc import Mapping, Sequence
from email.utils import format_datetime, formataddr
from itertools import pairwise
from typing import Any

from dripcourse.mail.address import name_for_header
from dripcourse.mail.mime import encoded_words, header_text
from dripcourse.mail.slots import CompiledMail, Filled, fill
from dripcourse.mail.wire import Head

_SLOT = re.compile(r"(?:https://slot\.invalid/)?--DC\.([A-Z_]+)--")


def slow_wire(mail: CompiledMail, head: Head, values: Mapping[str, str], to: Mapping[str, Any]) -> bytes:
    """The bytes `prepare(mail, head).wire(values=values, **to)` must give."""
    mark = "=_" + hashlib.sha256(f"{mail.subject}\0{mail.text}\0{mail.html}".encode()).hexdigest()[:24]
    line = f"--{mark}\r\n".encode()
    head_bytes = b"".join(slow_fold(name, value) for name, value in _head(fill(mail, values), head, to))
    return b"".join(
        (
            head_bytes,
            slow_fold("Content-Type", f'multipart/alternative; boundary="{mark}"'),
            b"\r\n" + line,
            _part("plain", cut(mail.text, values)),
            line,
            _part("html", cut(mail.html, {name: html.escape(value) for name, value in values.items()})),
            f"--{mark}--\r\n".encode(),
        )
    )


def _head(filled: Filled, head: Head, to: Mapping[str, Any]) -> list[tuple[str, str]]:
    mail = f"mailto:{head.leave_address}?subject={to['leave_mark']}" if head.leave_address else ""
    both = ", ".join(f"<{way}>" for way in (to["one_click_url"], mail) if way)
    pairs = [
        ("Date", format_datetime(to["date"])),
        ("From", slow_mailbox(head.from_name, head.from_address)),
        ("To", slow_mailbox(to["to_name"], to["to_address"])),
        ("Reply-To", head.reply_to),
        ("Subject", header_text(filled.subject)),
        ("Message-ID", to["message_id"]),
        ("MIME-Version", "1.0"),
        ("List-Id", slow_mailbox(head.list_name, head.list_id) if head.list_name else f"<{head.list_id}>"),
        ("List-Help", f"<{head.help_url}>"),
        ("List-Unsubscribe", both),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Feedback-ID", head.feedback_id),
        ("Precedence", "bulk"),
        ("X-Auto-Response-Suppress", "All"),
    ]
    return [(name, value) for name, value in pairs if value or name == "Subject"]


def slow_mailbox(name: str, address: str) -> str:
    """The standard library's own, but for the encoded-words: it would put a whole name into one."""
    safe = name_for_header(name)
    if safe and (not safe.isascii() or "=?" in safe):
        return f"{encoded_words(safe)} <{address}>"
    return formataddr((safe, address))


def slow_fold(name: str, value: str) -> bytes:
    """The header with a line break instead of a space wherever the next word would go past 78."""
    first, *words = value.split(" ")
    text, room = f"{name}: {first}", 78 - len(f"{name}: {first}")
    for word in words:
        room -= 1 + len(word)
        if room < 0:
            text, room = f"{text}\r\n", 78 - 1 - len(word)
        text += f" {word}"
    return f"{text}\r\n".encode("ascii")


def cut(part: str, values: Mapping[str, str]) -> list[bytes]:
    """Texts and values in turns, as bytes with CRLF."""
    pieces = [as_sent(values[p.lower()] if i % 2 else p) for i, p in enumerate(_SLOT.split(part))]
    return [*pieces[:-1], ended(pieces[-1])]


def ended(text: bytes) -> bytes:
    """The text with a line end at its end."""
    return text if text.endswith(b"\r\n") else text + b"\r\n"


def as_sent(text: str) -> bytes:
    """The text with CRLF and without what no body may hold."""
    kept = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", re.sub(r"\r\n?", "\n", text))
    return kept.replace("\n", "\r\n").encode()


def _part(subtype: str, pieces: Sequence[bytes]) -> bytes:
    texts = b"".join(pieces[::2])
    packed = 4 * sum(b >= 128 for b in texts) > len(texts)
    encoding, encoded = ("base64", slow_base64(pieces)) if packed else ("quoted-printable", slow_quoted(pieces))
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    return head.encode() + encoded + b"\r\n"


def slow_quoted(pieces: Sequence[bytes]) -> bytes:
    """Byte by byte; where a piece of a line ends, a soft break stands unless a hard one is beside it."""
    lines: list[bytes] = []
    for logical in _logical_lines(pieces):
        # A value always begins and ends a piece, even where it is empty; a text that is empty is none.
        there = [piece for is_value, piece in logical if piece or is_value]
        encoded = [line for piece in there for line in _quoted_piece(piece)]
        lines.append(b"=\r\n".join(encoded))
    return b"\r\n".join(lines)


def _logical_lines(pieces: Sequence[bytes]) -> list[list[tuple[bool, bytes]]]:
    lines: list[list[tuple[bool, bytes]]] = [[]]
    for i, piece in enumerate(pieces):
        first, *others = piece.split(b"\r\n")
        lines[-1].append((i % 2 == 1, first))
        lines += [[(False, other)] for other in others]
    return lines


def _quoted_piece(piece: bytes) -> list[bytes]:
    lines = [b""]
    for at in range(len(piece)):
        byte, last = piece[at : at + 1], at + 1 == len(piece)
        mark = quopri.quote(byte) if quopri.needsquoting(byte, last, False) else byte
        if len(lines[-1]) + len(mark) > 75:
            lines.append(b"")
        if mark == b"." and not lines[-1]:
            mark = b"=2E"
        lines[-1] += mark
    return lines


def slow_base64(pieces: Sequence[bytes]) -> bytes:
    """The whole body, cut at the first and the last whole group of each text, then into lines of 57 bytes."""
    whole, ends, at = b"".join(pieces), {0}, 0
    for i, piece in enumerate(pieces):
        first, last = -(-at // 3) * 3, (at + len(piece)) // 3 * 3
        at += len(piece)
        if i % 2 == 0:
            ends |= {last} | ({first} if first <= at else set())
    order = [*sorted(ends), len(whole)]
    runs = [whole[a:b] for a, b in pairwise(order)]
    return b"".join(base64.b64encode(run[x : x + 57]) + b"\r\n" for run in runs for x in range(0, len(run), 57))
