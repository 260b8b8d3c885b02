"""What stands before an article's body: the reading time, and a label on the short answer."""

from __future__ import annotations

import re
from dataclasses import replace

from dripcourse.courses.article import Dropped
from dripcourse.courses.reading.decode import fold
from dripcourse.courses.reading.pieces import Piece

_READING_TIME = re.compile(
    r"((reading time|lesezeit|temps de lecture|tiempo de lectura):?\s*)?((about|~|ca\.)\s*)?"
    r"(?P<minutes>\d{1,3})\s*-?\s*"
    r"(min|mins|minute|minutes|minuten|minutos)\.?( read| reading| to read| lesezeit| de lecture| de lectura)?"
)
_BYLINE = re.compile(  # a name has capitals
    r"(?:(?:[Ww]ritten|[Pp]osted|[Pp]ublished|[Ww]ords|[Tt]ext) )?[Bb]y"
    r"(?: [A-ZÀ-Þ][\w.'’-]*| (?:de|van|von|der|la|bin|and|&)){1,6}(?:\s*[,·|–—-]\s*.{0,40}\d{4})?"
)
_LABEL = re.compile(r"(?:the )?(?:short answer|tl;?dr|in short|in brief)\s*[:.–—-]?\s*", re.IGNORECASE)


def without_reading_time(found: list[Piece]) -> tuple[list[Piece], int | None, list[Dropped]]:
    """(pieces, minutes, what was taken out): a line such as «6 min read» among the first five."""
    for at, piece in enumerate(found[:5]):
        minutes = reading_minutes(piece.text)
        if minutes is not None and piece.kind == "text":
            return found[:at] + found[at + 1 :], minutes, [Dropped(piece.text, "reading_time", piece.line)]
    return found, None, []


def without_byline(found: list[Piece]) -> tuple[list[Piece], list[Dropped]]:
    """(pieces, what was taken out): a line such as «By Anne Example, 4 May 2025» among the first three."""
    for at, piece in enumerate(found[:3]):
        if piece.kind == "text" and not piece.level and _BYLINE.fullmatch(piece.text):
            return found[:at] + found[at + 1 :], [Dropped(piece.text, "byline", piece.line)]
    return found, []


def reading_minutes(line: str) -> int | None:
    """The minutes of a line such as «6 min read»; None for any other line."""
    match = _READING_TIME.fullmatch(fold(line))
    return int(match["minutes"]) if match else None


def without_label(opening: Piece) -> tuple[Piece, list[Dropped]]:
    """The first piece of the short answer without a bold «Short answer:» before it."""
    bold = next((s for s in opening.spans if s.start == 0 and s.kind == "strong"), None)
    found = _LABEL.match(opening.text)
    if not found or found.end() >= len(opening.text):
        return opening, []
    if not (bold and bold.end <= found.end()) and ":" not in found[0]:
        return opening, []
    cut = found.end()
    spans = (replace(s, start=max(0, s.start - cut), end=s.end - cut) for s in opening.spans if s.end > cut)
    label = Dropped(opening.text[:cut].strip(), "marker", opening.line)
    return replace(opening, text=opening.text[cut:], spans=tuple(spans)), [label]
