"""Header lines (RFC 2047 words, folding) and bodies as 7-bit bytes; it knows no mail as a whole."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from functools import lru_cache

from dripcourse.errors import InputError

LINE = 78  # RFC 5322 section 2.1.1: lines should be no longer, without their CRLF
_WORD = 66  # one encoded-word; with "Subject: " before it still within a line (RFC 2047 allows 75)
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_BEYOND_ASCII = bytes(range(128, 256))
_NEVER_IN_BODY = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@lru_cache(maxsize=1024)
def header_text(text: str) -> str:
    """Free text, such as a subject, on one logical line: as it is where it is plain ASCII, else in encoded-words.

    White space and controls of any kind become single spaces, so no text can begin a new header.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    plain = not _UNPRINTABLE.search(line) and "=?" not in line
    if plain and all(len(word) <= LINE - 12 for word in line.split(" ")):
        return line
    return encoded_words(line)


def encoded_words(text: str) -> str:
    """`text` as UTF-8 encoded-words, a space between them, each cut between characters (RFC 2047 section 5)."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    quoted, packed = _words(text, _q_word), _words(text, _b_word)
    return quoted if len(quoted) <= len(packed) else packed


def _words(text: str, encode: Callable[[str], str]) -> str:
    words: list[str] = []
    piece = ""
    for character in text:
        if len(encode(piece + character)) > _WORD:
            words.append(encode(piece))
            piece = ""
        piece += character
    return " ".join([*words, encode(piece)])


def _q_word(piece: str) -> str:
    marks = ("_" if b == 0x20 else chr(b) if b in _Q_SAFE else f"={b:02X}" for b in piece.encode())
    return f"=?utf-8?q?{''.join(marks)}?="


def _b_word(piece: str) -> str:
    return f"=?utf-8?b?{base64.b64encode(piece.encode()).decode('ascii')}?="


def folded(name: str, value: str) -> bytes:
    """The header as CRLF lines, broken at white space only. Raises InputError where it holds anything unprintable.

    RFC 2047 forbids encoded-words in structured fields; here nothing is encoded, so List-Unsubscribe stays what it is.
    """
    if _UNPRINTABLE.search(value):
        raise InputError(f"the header {name} would hold a character that is not printable ASCII: {value[:80]!r}")
    lines = [f"{name}:"]
    for word in value.split(" "):
        # The first word stays beside the name: some readers stumble over a header that begins on its second line.
        if len(lines[-1]) + 1 + len(word) > LINE and lines != [f"{name}:"]:
            lines.append("")
        lines[-1] += f" {word}"
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def body(text: str) -> tuple[str, bytes]:
    """The transfer encoding and the 7-bit CRLF bytes of a UTF-8 text part (RFC 2045 sections 6.7 and 6.8)."""
    lines = _NEVER_IN_BODY.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    raw = (lines if lines.endswith("\n") else lines + "\n").encode("utf-8", "replace").replace(b"\n", b"\r\n")
    # Scripts that are mostly beyond ASCII take three times their size in quoted-printable.
    if len(raw.translate(None, _BEYOND_ASCII)) * 4 < len(raw) * 3:
        return "base64", b"".join(line + b"\r\n" for line in _chunks(base64.b64encode(raw), 76))
    return "quoted-printable", binascii.b2a_qp(raw, istext=True)


def _chunks(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]
