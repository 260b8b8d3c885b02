"""From the tree of a page or of Markdown to pieces, in document order. It judges no heading and no list."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import count

from dripcourse.courses.article import Dropped
from dripcourse.courses.reading import tables
from dripcourse.courses.reading.decode import CONTROLS
from dripcourse.courses.reading.elements import BLOCKS, HEADINGS
from dripcourse.courses.reading.inline import Text, Writer
from dripcourse.courses.reading.nodes import UNSEEN, NodeOrText, attribute, below, raw_text
from dripcourse.courses.reading.nodes import walk as all_below
from dripcourse.courses.reading.pieces import Piece
from dripcourse.courses.reading.place import (
    LAST,
    LINE,
    Place,
    entered,
    is_permalink,
    lines_at,
    link_target,
    number_in,
    style_of,
)
from dripcourse.courses.reading.typed import Line, count_typed, lines_of

_KINDS = {
    **dict.fromkeys(("strong", "b"), "strong"),
    **dict.fromkeys(("em", "i", "cite", "dfn", "var"), "em"),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), "code"),
    **dict.fromkeys(("s", "del", "strike"), "strike"),
}
_PARAGRAPHS = re.compile(r"\n[ \n]*\n")
_LISTS = frozenset({"ul", "ol", "menu", "dir"})


@dataclass
class _Item:
    """The list item whose first text is still to come."""

    kind: str
    marker: str
    number: int
    run: int


@dataclass
class Walk:
    """The walk through one tree. `typed`: list markers at the head of a line make it a list item."""

    typed: bool
    captions: bool = False
    address: str = ""
    skip: NodeOrText | None = None
    pieces: list[Piece] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    _writer: Writer = field(default_factory=Writer)
    _item: _Item | None = None
    _near: tuple[int, int] = (0, 0)  # lines of the last mark: raw HTML in Markdown has no others
    _flat: bool = False  # in a heading or a cell: blocks and line breaks are blanks
    _runs: count[int] = field(default_factory=lambda: count(1))

    def through(self, root: NodeOrText) -> Walk:
        """Walks through all below `root`."""
        here = Place()
        self._inside(root, here)
        self._flush(here)
        self.pieces = count_typed(self.pieces)
        return self

    def _inside(self, node: NodeOrText, here: Place) -> None:
        for child in below(node):
            self._child(child, here)

    def _child(self, node: NodeOrText, here: Place) -> None:
        if node is self.skip or node.name in UNSEEN:
            return
        if marked := number_in(attribute(node, LINE), 0):
            self._near = (marked, max(marked, number_in(attribute(node, LAST), 0)))
        if node.name == "#text":
            self._writer.write(str(node.data or ""), lines_at(node, here))
        elif self._flat and (node.name in BLOCKS or node.name == "br"):
            self._writer.write(" ", (0, 0))
            self._inside(node, here)
            self._writer.write(" ", (0, 0))
        elif node.name in BLOCKS:
            self._flush(here)
            self._block(node, entered(node, here))
        elif not node.name.startswith(("#", "!")):
            self._inline(node, here)

    def _inline(self, node: NodeOrText, here: Place) -> None:
        if node.name == "br":
            self._writer.break_line()
        elif node.name == "img":
            self._drop(attribute(node, "alt"), "caption", lines_at(node, here)[0])
        elif is_permalink(node):
            self._drop(raw_text(node), "marker", lines_at(node, here)[0])
        else:
            self._formatted(node, here)

    def _formatted(self, node: NodeOrText, here: Place) -> None:
        kind, href = _KINDS.get(node.name, ""), ""
        if node.name == "a" and (href := link_target(attribute(node, "href"), self.address)):
            kind = "link"
        style = style_of(node)
        if kind:
            self._writer.open(kind, href)
        if style:
            self._writer.enter(style)
        self._inside(node, here)
        if style:
            self._writer.leave()
        if kind:
            self._writer.close()

    def _block(self, node: NodeOrText, here: Place) -> None:
        if node.name in HEADINGS and here.depth < 0 and not here.quoted:
            self._heading(node, here)
        elif node.name in _LISTS:
            self._list(node, here)
        elif node.name == "pre":
            self._code(node, here)
        elif node.name == "table" and tables.is_data(node):
            self._table(node, here)
        elif node.name in ("figcaption", "caption") and not self.captions:
            self._drop(raw_text(node), "caption", lines_at(node, here)[0])
        else:
            inner = replace(here, quoted=True) if node.name == "blockquote" else here
            self._inside(node, inner)
            self._flush(inner)

    def _heading(self, node: NodeOrText, here: Place) -> None:
        text = self._one_line(node, here)
        if text:
            self._add(Line(text), here, lines_at(node, here), level=HEADINGS[node.name])

    def _list(self, node: NodeOrText, here: Place) -> None:
        depth = here.depth + 1
        ordered = node.name == "ol"
        number = number_in(attribute(node, "start"), 1)
        run = self._run(number) if ordered and not depth else 0
        for child in below(node):
            if child.name != "li":  # as careless pages have it
                self._child(child, here)
                self._flush(here)
                continue
            number = number_in(attribute(child, "value"), number)
            step = ordered and not depth and not here.quoted
            self._item = _Item("step" if step else "item", f"{number}." if ordered else "", number, run)
            inner = replace(entered(child, here), depth=depth)
            self._inside(child, inner)
            self._flush(inner)
            self._item = None
            number += 1

    def _run(self, number: int) -> int:
        """A list that goes on counting where the last one stopped is the same list, if no heading is between."""
        for piece in reversed(self.pieces):
            if piece.level:
                break
            if piece.kind == "step":
                return piece.run if piece.number + 1 == number else next(self._runs)
        return next(self._runs)

    def _code(self, node: NodeOrText, here: Place) -> None:
        text = raw_text(node).replace("\t", "    ").translate(CONTROLS).strip("\n")
        if not text.strip():
            return
        known = next((n for n in all_below(node) if attribute(n, LINE)), node)
        first, last = lines_at(known, entered(known, here))
        self._item = None
        last = max(last, first + text.count("\n"))
        self.pieces.append(self._piece(Text(text.rstrip()), replace(here, lines=(0, 0)), (first, last), "code"))

    def _table(self, node: NodeOrText, here: Place) -> None:
        if found := tables.caption(node):
            self._block(found, here)
        self._flush(here)
        cells = [[self._one_line(cell, here) for cell in row] for row in tables.rows(node)]
        text = tables.joined(cells)
        self._item = None
        if text.text.strip():
            lines = [at for row in cells for cell in row for at in cell.line_range if at]
            found_lines = (min(lines), max(lines)) if lines else lines_at(node, here)
            self.pieces.append(self._piece(text, here, here.lines if here.lines[0] else found_lines, "table"))

    def _one_line(self, node: NodeOrText, here: Place) -> Text:
        """All text below `node`, whatever blocks it is in."""
        self._flat = True
        self._inside(node, here)
        self._flat = False
        return self._writer.take()

    def _flush(self, here: Place) -> None:
        text = self._writer.take()
        for place in text.between(_PARAGRAPHS):
            for line in lines_of(text.cut(*place), typed=self.typed and self._item is None):
                self._add(line, here, line.text.line_range)

    def _add(self, line: Line, here: Place, lines: tuple[int, int], level: int = 0) -> None:
        kind = "footnote" if here.note else "quote" if here.quoted else "paragraph"
        piece = self._piece(line.text, here, lines, kind)
        item, self._item = self._item, None
        if item:
            piece = replace(piece, kind=item.kind, marker=item.marker, number=item.number, run=item.run)
            self.pieces.append(replace(piece, depth=here.depth))
        else:
            typed = bool(line.marker)
            piece = replace(piece, kind=line.kind, marker=line.marker, number=line.number, level=level, typed=typed)
            self.pieces.append(piece)

    def _piece(self, text: Text, here: Place, lines: tuple[int, int], kind: str) -> Piece:
        first, last = here.lines if here.lines[0] else lines if lines[0] else self._near
        return Piece(
            "text", text.text, first, type=kind, last=last, spans=text.spans, depth=here.depth + 1, lang=here.lang,
            dir=here.dir, style=text.style,
        )  # fmt: skip

    def _drop(self, text: str, reason: str, line: int) -> None:
        if text.strip():
            self.dropped.append(Dropped(" ".join(text.split()), reason, line))
