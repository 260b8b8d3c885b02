"""The perspectives of an article while it is being put together: which piece stands where. No blocks yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dripcourse.courses.article import Kind
from dripcourse.courses.reading.levels import Heading
from dripcourse.courses.reading.pieces import Piece


@dataclass(frozen=True)
class Outline:
    """The body of an article: its pieces and which of them are headings."""

    found: Sequence[Piece]
    headings: Sequence[Heading]
    marked: bool = False  # the source says itself what a heading is and of which level


@dataclass
class Part:
    """A perspective that is being filled: indices of pieces, by section."""

    title: str
    kind: Kind
    line: int
    guessed: bool
    sections: list[tuple[int | None, list[int]]]  # (index of the heading, indices of what stands below it)

    @property
    def members(self) -> list[int]:
        """Indices of all pieces that are no heading."""
        return [at for _, members in self.sections for at in members]

    @property
    def indices(self) -> list[int]:
        """Indices of all pieces, headings of sections among them."""
        return [at for head, members in self.sections for at in ([] if head is None else [head]) + members]


def split(outline: Outline, title: str) -> tuple[list[int], list[Part]]:
    """(indices of what stands before the first perspective, the perspectives)."""
    levels = {heading.at: heading for heading in outline.headings}
    opening: list[int] = []
    parts: list[Part] = []
    if not any(heading.level == 1 for heading in outline.headings):
        parts.append(Part("Article", Kind.OTHER, 0, True, [(None, [])]))
    for at, piece in enumerate(outline.found):
        heading = levels.get(at)
        if heading and heading.level == 1:
            parts.append(Part(piece.text, heading.kind, piece.line, heading.guessed, [(None, [])]))
        elif heading:
            if not parts:  # a section before the first perspective
                parts.append(Part(title, Kind.OTHER if outline.marked else Kind.OVERVIEW, 0, True, [(None, [])]))
            parts[-1].sections.append((at, []))
        elif parts:
            parts[-1].sections[-1][1].append(at)
        else:
            opening.append(at)
    return opening, parts
