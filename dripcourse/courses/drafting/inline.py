"""Runs to inline Markdown that shows exactly these runs: written, read back, and escaped harder until it does."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from dripcourse.courses.drafting.escaping import PLACEHOLDER, Escape, code_span, destination, entity, ladder
from dripcourse.courses.drafting.runs import Format, Run, common
from dripcourse.courses.drafting.showing import Look, autolink_shows, inline, look, normal, starred

_MARKS = ({"em": "*", "strong": "**"}, {"em": "_", "strong": "**"}, {"em": "*", "strong": "__"})
_STRIKE = "~~"
#: A paragraph in more pieces than this is nobody's prose; a mail with it would be refused.
_MOST_RUNS = 5_000


@dataclass
class _Bit:
    """A piece of Markdown: text that is still to be escaped, or markup. `head` and `tail` are written by number."""

    kind: str  # text, raw, open, close
    text: str
    starts: bool = False  # at the start of a line
    head: bool = False
    tail: bool = False


def inline_markdown(found: Sequence[Run], place: str = "paragraph", stars: bool = False, verbatim: bool = False) -> str:
    """Markdown of these runs in a paragraph, heading or cell.

    `stars`: *emphasis* typed in stars stays. `verbatim`: template placeholders in code stay too.
    Formatting that Markdown has no way to write is left out, and all of it beyond 5,000 pieces; never a character.
    """
    text = "".join(run.text for run in found)
    if len(found) > _MOST_RUNS:
        found = [Run(piece) for piece in re.findall(r"[^\n]+|\n", text)]
    plain = not any(run.formats for run in found)
    wanted = _wanted(found)
    for markdown in _candidates(found, ladder(text, stars and plain, place)):
        if PLACEHOLDER.search(markdown) and not verbatim:
            continue
        children = inline(markdown, place)
        if children is None:
            continue
        if look(children) == wanted or (stars and plain and starred(children) == text):
            return markdown
    return _bare(text, place)


def _bare(text: str, place: str) -> str:
    """The characters alone, with all escapes there are."""
    last = ladder(text, stars=False, place=place)[-1]
    bits = [_mended([_Bit("text", line, starts=True)]) if line else [] for line in text.split("\n")]
    return "\\\n".join(_join(line, last) for line in bits)


def _wanted(found: Sequence[Run]) -> list[tuple[str, Look]]:
    shown: list[tuple[str, Look]] = []
    for run in found:
        around = frozenset((kind, normal(href) if href else "") for kind, href in run.formats)
        shown += [(char, around if char != "\n" else frozenset()) for char in run.text]
    return shown


def _candidates(found: Sequence[Run], steps: Sequence[tuple[Escape, Escape]]) -> Iterator[str]:
    shaped = any(run.around for run in found)
    for number, step in enumerate(steps):
        marks = _MARKS if shaped and number >= len(steps) - 2 else _MARKS[:1]
        for mark in marks:
            yield _join(_mended(_bits(found, mark)), step)


def _bits(found: Sequence[Run], marks: dict[str, str]) -> list[_Bit]:
    """Text and markup in order; what goes on from run to run stays open."""
    bits: list[_Bit] = []
    opened: list[Format] = []
    for at, run in enumerate(found):
        shared = len(common(opened, run.around))
        bits += [_closing(one, marks) for one in reversed(opened[shared:])]
        after = found[at + 1].around if at + 1 < len(found) else ()
        alone = len(common(run.around, after)) < len(run.around)
        if alone and shared < len(run.around) and _is_autolink(run):
            opened = list(run.around[:-1])
            bits += [_opening(one, marks) for one in opened[shared:]]
            bits.append(_Bit("raw", f"<{run.text}>"))
            continue
        bits += [_opening(one, marks) for one in run.around[shared:]]
        opened = list(run.around)
        bits.append(_content(run, starts=at == 0 or found[at - 1].text == "\n"))
    return [*bits, *(_closing(one, marks) for one in reversed(opened))]


def _content(run: Run, starts: bool) -> _Bit:
    if run.text == "\n":
        return _Bit("raw", "\\\n")
    return _Bit("raw", code_span(run.text)) if run.code else _Bit("text", run.text, starts)


def _is_autolink(run: Run) -> bool:
    kind, href = run.around[-1]
    own = kind == "link" and not run.code and href in (run.text, f"mailto:{run.text}")
    return own and not PLACEHOLDER.search(run.text) and autolink_shows(run.text)


def _opening(one: Format, marks: dict[str, str]) -> _Bit:
    return _Bit("raw", "[") if one[0] == "link" else _Bit("open", marks.get(one[0], _STRIKE))


def _closing(one: Format, marks: dict[str, str]) -> _Bit:
    if one[0] == "link":
        return _Bit("raw", f"]({destination(one[1])})")
    return _Bit("close", marks.get(one[0], _STRIKE))


def _mended(bits: list[_Bit]) -> list[_Bit]:
    """Writes by number what the parser would strip, and what would keep a mark from opening or closing."""
    for at, bit in enumerate(bits):
        before, after = _char(bits, at - 1, -1), _char(bits, at + 1, 0)
        if bit.kind == "text":
            bit.head = bit.head or (bit.text[0].isspace() and before in ("", "\n"))
            bit.tail = bit.tail or (bit.text[-1].isspace() and (after == "" or bits[at + 1].text == "\\\n"))
    for _ in range(3):  # a character written by number changes what its other neighbour sees
        for start, end in _mark_groups(bits):
            _mend_marks(bits, start, end)
    return bits


def _mark_groups(bits: Sequence[_Bit]) -> Iterator[tuple[int, int]]:
    """Where marks stand side by side: to the parser they are one row."""
    start = 0
    for shaped, group in groupby(bits, key=lambda bit: bit.kind in ("open", "close")):
        end = start + len(list(group))
        if shaped:
            yield start, end
        start = end


def _mend_marks(bits: list[_Bit], start: int, end: int) -> None:
    """The flanking rules: a mark opens before what is no space, and closes behind it; letters go with marks freely."""
    left, right = _char(bits, start - 1, -1), _char(bits, end, 0)
    group = bits[start:end]
    low = any(bit.text.startswith("_") for bit in group)
    if any(bit.kind == "open" for bit in group):
        if right.isspace():
            right = _number(bits[end], tail=False)
        if _is_letter(left) and (low or not _is_letter(right)):
            left = _number(bits[start - 1], tail=True)
    if any(bit.kind == "close" for bit in group):
        if left.isspace() and left != "\n":
            left = _number(bits[start - 1], tail=True)
        if _is_letter(right) and (low or not _is_letter(left)):
            _number(bits[end], tail=False)


def _number(bit: _Bit, tail: bool) -> str:
    """Has the first or last character written by number; gives the mark that then stands there."""
    if tail:
        bit.tail = True
        return ";"
    bit.head = True
    return "&"


def _char(bits: Sequence[_Bit], at: int, side: int) -> str:
    """The first (0) or last (-1) character of a piece; "" beyond the ends."""
    if not 0 <= at < len(bits):
        return ""
    bit = bits[at]
    numbered = (bit.tail if side else bit.head) or (len(bit.text) == 1 and (bit.head or bit.tail))
    return bit.text[side] if not numbered else ";" if side else "&"


def _is_letter(char: str) -> bool:
    return bool(char) and not char.isspace() and unicodedata.category(char)[0] not in "PS"


def _join(bits: Sequence[_Bit], step: tuple[Escape, Escape]) -> str:
    return "".join(_written(bit, step[0] if bit.starts else step[1]) for bit in bits)


def _written(bit: _Bit, escape: Escape) -> str:
    text = bit.text
    if bit.kind != "text":
        return text
    if len(text) == 1:
        return entity(text) if bit.head or bit.tail else escape(text)
    head = entity(text[0]) if bit.head else ""
    tail = entity(text[-1]) if bit.tail else ""
    return head + escape(text[bool(head) : len(text) - bool(tail)]) + tail
