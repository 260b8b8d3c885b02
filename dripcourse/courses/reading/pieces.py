"""What readers find in a source, in its order, before anybody knows what is a perspective and what an action."""

from __future__ import annotations

from dataclasses import dataclass

from dripcourse.courses.article import Block, Span


@dataclass(frozen=True)
class Piece:
    """One thing the source says: a heading, a paragraph, a list item, a table. Lines count from 1."""

    kind: str  # text, step, item, rule
    text: str
    line: int
    marker: str = ""
    number: int = 0  # of a step
    run: int = 0  # steps counted 1, 2, 3 … share a run
    blanks: int = 0  # empty lines before it
    level: int = 0  # of a heading the author marked: 1 to 6 as written, then 1 perspective, 2 section
    underlined: bool = False
    type: str = "paragraph"  # as in Block
    last: int = 0  # its last line; 0: it is one line
    spans: tuple[Span, ...] = ()
    depth: int = 0  # of list items, and of what stands inside them
    lang: str = ""
    dir: str = ""
    style: str = ""  # tags around the whole text: a paragraph in bold may be a heading
    at: int = 0  # its place in the order of the article
    typed: bool = False  # its list marker stands in the visible text

    @property
    def block(self) -> Block:
        """The piece as a block of the article."""
        kind = self.type if self.kind == "text" else "list_item"
        return Block(
            self.text, self.line, kind, self.marker, self.last, self.spans, self.depth, self.lang, self.dir, self.at
        )
