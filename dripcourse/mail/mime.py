"""Header lines (RFC 2047 words, folding) and bodies as 7-bit bytes with places in them; it knows no mail as a whole."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from dripcourse.errors import InputError

LINE = 78  # RFC 5322 section 2.1.1: lines should be no longer, without their CRLF
_WORD = 66  # one encoded-word; with "Subject: " before it still within a line (RFC 2047 allows 75)
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_BEYOND_ASCII = bytes(range(128, 256))
_NEVER_IN_BODY = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SOFT = b"=\r\n"
_FULL = 75  # what fits before the "=" of a soft line break (RFC 2045 section 6.7: 76 in all)
_TO_ESCAPE = re.compile(rb"[^\t\x20-<>-~]|[\t\x20]\Z")  # white space may not end a line
_ESCAPES = {bytes([b]): b"=%02X" % b for b in range(256)}
_GROUPS = 57  # bytes in one line of base64, 76 characters


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
    whole = encode(text)
    if len(whole) <= _WORD:
        return whole
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
    whole = f"{name}: {value}\r\n"
    if len(whole) <= LINE + 2:
        return whole.encode("ascii")
    lines = [f"{name}:"]
    for word in value.split(" "):
        # The first word stays beside the name: some readers stumble over a header that begins on its second line.
        if len(lines[-1]) + 1 + len(word) > LINE and lines != [f"{name}:"]:
            lines.append("")
        lines[-1] += f" {word}"
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def body(text: str) -> tuple[str, bytes]:
    """The transfer encoding and the 7-bit CRLF bytes of a UTF-8 text part (RFC 2045 sections 6.7 and 6.8)."""
    whole = body_with_places([text])
    return whole.encoding, b"".join(whole.filled({}))


def body_with_places(pieces: Sequence[str]) -> Quoted | Packed:
    """A text part encoded once for all its recipients. `pieces` are text and names in turns, text first and last.

    No line of it, whatever fills its places, is longer than 76 or begins with a dot, which SMTP would have to double.
    """
    texts = [_NEVER_IN_BODY.sub("", text.replace("\r\n", "\n").replace("\r", "\n")) for text in pieces[::2]]
    if not texts[-1].endswith("\n"):
        texts[-1] += "\n"
    raw = [text.replace("\n", "\r\n").encode("utf-8", "replace") for text in texts]
    size, ascii_size = (sum(map(len, parts)) for parts in (raw, [x.translate(None, _BEYOND_ASCII) for x in raw]))
    # Scripts that are mostly beyond ASCII take three times their size in quoted-printable.
    kind = Packed if ascii_size * 4 < size * 3 else Quoted
    return kind.of(raw, tuple(pieces[1::2]))


@dataclass(frozen=True)
class Quoted:
    """A body in quoted-printable. Each value stands on encoded lines of its own, between soft line breaks."""

    pieces: tuple[bytes, ...]  # empty at the places
    places: tuple[tuple[int, str], ...]
    encoding: ClassVar[str] = "quoted-printable"

    @classmethod
    def of(cls, texts: Sequence[bytes], names: Sequence[str]) -> Quoted:
        """The CRLF `texts` with a place for each of `names` between two of them."""
        last = len(texts) - 1
        pieces = [b""] * (2 * last + 1)
        for i, text in enumerate(texts):
            lines = text.split(b"\r\n")
            before = _SOFT if i and not text.startswith(b"\r\n") else b""
            after = _SOFT if i < last and lines[-1] else b""
            pieces[2 * i] = before + b"\r\n".join(map(cls.encoded, lines)) + after
        return cls(tuple(pieces), tuple((2 * i + 1, name) for i, name in enumerate(names)))

    @staticmethod
    def encoded(line: bytes) -> bytes:
        """One line, or the piece of one, beginning on an encoded line of its own and with no white space at its end."""
        marks = _TO_ESCAPE.sub(lambda found: _ESCAPES[found[0]], line)
        lines, at = [], 0
        while at < len(marks):
            dot = marks.startswith(b".", at)
            end = at + _FULL - 2 * dot
            if end < len(marks):
                end -= 1 if marks.startswith(b"=", end - 1) else 2 * marks.startswith(b"=", end - 2)
            lines.append(b"=2E" + marks[at + 1 : end] if dot else marks[at:end])
            at = end
        return _SOFT.join(lines)

    def filled(self, values: Mapping[str, bytes]) -> list[bytes]:
        """The body's bytes in pieces, with `values` as `encoded` gives them in its places."""
        pieces = list(self.pieces)
        for at, name in self.places:
            pieces[at] = values[name]
        return pieces


@dataclass(frozen=True)
class Packed:
    """A body in base64. What stands before and after a value depends on the value's length, but only modulo 3.

    So each text is encoded three times beforehand, and a value only with the few bytes that share its groups.
    """

    texts: tuple[tuple[_Cut, _Cut, _Cut], ...]
    names: tuple[str, ...]
    encoding: ClassVar[str] = "base64"

    @classmethod
    def of(cls, texts: Sequence[bytes], names: Sequence[str]) -> Packed:
        """The CRLF `texts` with a place for each of `names` between two of them."""
        return cls(tuple((_cut(text, 0), _cut(text, 1), _cut(text, 2)) for text in texts), tuple(names))

    @staticmethod
    def encoded(line: bytes) -> bytes:
        """The value as it is: it cannot be encoded alone."""
        return line

    def filled(self, values: Mapping[str, bytes]) -> list[bytes]:
        """The body's bytes in pieces, with `values` in its places."""
        pieces, open_group = [], b""
        for value, cuts in zip([b"", *(values[name] for name in self.names)], self.texts, strict=True):
            group = open_group + value
            cut = cuts[-len(group) % 3]
            group += cut.lead
            whole = len(group) - len(group) % 3  # a text too short to complete the group leaves it open
            pieces += [_lines(group[:whole]), cut.lines]
            open_group = group[whole:] + cut.rest
        return [*pieces, _lines(open_group)]


@dataclass(frozen=True)
class _Cut:
    """One text: what completes the group before it, its own lines, and what is left for the group after it."""

    lead: bytes
    lines: bytes
    rest: bytes


def _cut(text: bytes, lead: int) -> _Cut:
    whole = max(lead, len(text) - (len(text) - lead) % 3)
    return _Cut(text[:lead], _lines(text[lead:whole]), text[whole:])


def _lines(data: bytes) -> bytes:
    """`data` in base64, 76 characters a line."""
    starts = range(0, len(data), _GROUPS)
    return b"".join(base64.b64encode(data[at : at + _GROUPS]) + b"\r\n" for at in starts)
