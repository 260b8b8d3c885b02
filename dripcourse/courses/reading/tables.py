"""Tables of a page: which hold data, and their rows as one text. Layout tables are none of its business."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dripcourse.courses.article import Span
from dripcourse.courses.reading.inline import Text
from dripcourse.courses.reading.nodes import NodeOrText, attribute, below, raw_text, walk
from dripcourse.courses.sentences import count_words

_WORDS_IN_A_CELL = 25  # in the mean; more than that is a page laid out by a table
_ROWS, _CELLS = "tr", ("td", "th")


def is_data(table: NodeOrText) -> bool:
    """Whether the table shows data: header cells, or two rows and columns of short ones (COURSE A3.5)."""
    if attribute(table, "role") == "presentation" or any(n.name == "table" and n is not table for n in walk(table)):
        return False
    found = list(rows(table))
    cells = [cell for row in found for cell in row]
    if any(cell.name == "th" for cell in cells):
        return True
    if len(found) < 2 or min(map(len, found)) < 2:
        return False
    return sum(count_words(raw_text(cell)) for cell in cells) < _WORDS_IN_A_CELL * len(cells)


def rows(table: NodeOrText) -> Iterator[list[NodeOrText]]:
    """The cells of each row that has any."""
    for node in walk(table):
        if node.name == _ROWS and (cells := [c for c in below(node) if c.name in _CELLS]):
            yield cells


def caption(table: NodeOrText) -> NodeOrText | None:
    """The caption, if it has one."""
    return next((child for child in below(table) if child.name == "caption"), None)


def joined(table: list[list[Text]]) -> Text:
    """All cells as one text: a tab between cells, a line for each row; the spans move along."""
    parts: list[str] = []
    spans: list[Span] = []
    at = 0
    for number, row in enumerate(table):
        for column, cell in enumerate(row):
            mark = "\t" if column else "\n" if number else ""
            at += len(mark)
            flat = cell.text.replace("\n", " ").replace("\t", " ")
            parts += (mark, flat)
            spans += (replace(s, start=s.start + at, end=s.end + at) for s in cell.spans)
            at += len(flat)
    return Text("".join(parts), tuple(spans))
