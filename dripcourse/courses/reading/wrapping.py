"""The lines of a plain text: as they stand, or, where they were wrapped by hand or by a mail program, joined again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_WIDTHS = range(50, 101)  # characters; longer lines were never wrapped, shorter ones are verse
_STEP = re.compile(r"\(?\d{1,3}[.)]\s")
_FEWEST = 5  # wrapped lines
_MARKS = ("- ", "* ", "+ ", "• ", "# ", "## ", "· ", "– ")


@dataclass(frozen=True)
class Line:
    """A paragraph of a line, or of several. Numbers count from 1."""

    text: str
    first: int
    last: int


def logical_lines(source: str) -> Iterator[Line]:
    """All lines, the empty ones too. In a wrapped text those of a paragraph are one."""
    lines = [raw.strip() for raw in source.split("\n")]
    width = max(map(len, lines))
    wrapped = _is_wrapped(lines, width)
    start = 0
    for at, line in enumerate(lines, 1):
        following = lines[at] if at < len(lines) else ""
        if wrapped and _goes_on(line, following, width):
            continue
        yield Line(" ".join(lines[start:at]), start + 1, at)
        start = at


def _is_wrapped(lines: Sequence[str], width: int) -> bool:
    """Whether most lines within a paragraph end because the next word would not have fitted."""
    if width not in _WIDTHS:
        return False
    inside = [(above, line) for above, line in pairwise(lines) if above and line]
    full = sum(_goes_on(above, line, width) for above, line in inside)
    return full >= _FEWEST and 10 * full >= 6 * len(inside)


def _goes_on(line: str, following: str, width: int) -> bool:
    if not line or not following or following.startswith(_MARKS) or _STEP.match(following):
        return False
    return len(line) + 1 + len(following.split(maxsplit=1)[0]) > width
