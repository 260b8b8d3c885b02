"""Lines within a paragraph of a page: line breaks that end it, and lists and headings that were only typed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dripcourse.courses.codes import ArticleError
from dripcourse.courses.reading.inline import Text
from dripcourse.courses.reading.lines import marked_line
from dripcourse.courses.reading.pieces import Piece
from dripcourse.courses.sentences import count_words

_LINE_END = re.compile(r"\n")
MOST_WORDS = 12  # of a heading
MAX_LINES = 3_000  # of one paragraph


@dataclass(frozen=True)
class Line:
    """One line, or several that belong together, and the list marker taken off it."""

    text: Text
    kind: str = "text"
    marker: str = ""
    number: int = 0


def lines_of(paragraph: Text, typed: bool) -> Iterator[Line]:
    """The pieces of a paragraph. A single line break ends one only behind a typed heading or list item."""
    if not typed:
        yield Line(paragraph)
        return
    places = paragraph.between(_LINE_END)
    if len(places) > MAX_LINES:
        message = f"A paragraph has {len(places)} lines (limit {MAX_LINES}). Give the text of one article."
        raise ArticleError("E_TOO_COMPLEX", message)
    kept: list[tuple[int, int]] = []
    for at, place in enumerate(places):
        line = paragraph.cut(*place)
        item = _item(line)
        if item or (at + 1 < len(places) and _heads(line, paragraph.cut(*places[at + 1]))):
            yield from _together(paragraph, kept)
            kept = []
            yield item or Line(line)
        else:
            kept.append(place)
    yield from _together(paragraph, kept)


def _item(line: Text) -> Line | None:
    """The line as an item of a list, if it begins with a marker."""
    found = marked_line(line.text)
    if found is None:
        return None
    return Line(line.cut(len(line.text) - len(found.text), len(line.text)), found.kind, found.marker, found.number)


def _heads(line: Text, following: Text) -> bool:
    """Whether the line looks like a heading over the next one."""
    words = count_words(line.text)
    return bool(line.style) and words <= MOST_WORDS and count_words(following.text) > words


def _together(paragraph: Text, places: Sequence[tuple[int, int]]) -> Iterator[Line]:
    """Lines that stay one paragraph."""
    if places:
        yield Line(paragraph.cut(places[0][0], places[-1][1]))


def count_typed(pieces: Sequence[Piece]) -> list[Piece]:
    """Typed numbers that count 1, 2, 3 … become the steps of a run; any other number is text again."""
    counted: list[Piece] = []
    run = last = 0
    for at, piece in enumerate(pieces):
        if piece.level:
            last = 0
        if piece.kind != "step" or piece.run:
            counted.append(piece)
        elif piece.number == last + 1 and last:
            last += 1
            counted.append(replace(piece, run=-run))
        elif piece.number == 1 and _goes_on(pieces[at + 1 :]):
            run, last = run + 1, 1
            counted.append(replace(piece, run=-run))
        else:
            counted.append(as_text(piece))
    return counted


def _goes_on(following: Sequence[Piece]) -> bool:
    numbers = (p.number for p in following if p.kind == "step" and not p.run)
    return next(numbers, 0) == 2


def as_text(piece: Piece) -> Piece:
    """The piece with its marker in its text again."""
    shift = len(piece.marker) + 1
    spans = tuple(replace(s, start=s.start + shift, end=s.end + shift) for s in piece.spans)
    text = f"{piece.marker} {piece.text}"
    return replace(piece, kind="text", text=text, marker="", number=0, spans=spans, typed=False)
