"""Blocks of an article, whole or cut, to parts of Markdown; how parts are laid out is for `layout`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dripcourse.courses.article import EDGES, Block
from dripcourse.courses.drafting.draft import Excerpt
from dripcourse.courses.drafting.escaping import PLACEHOLDER, fence
from dripcourse.courses.drafting.inline import inline_markdown
from dripcourse.courses.drafting.layout import Part
from dripcourse.courses.drafting.runs import CODE, Run, runs, split_placeholders
from dripcourse.domain.direction import LEFT, RIGHT, text_direction

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_MOST_CELLS = 10_000
_MOST_DIGITS = 10**9  # CommonMark reads no longer numbers


@dataclass(frozen=True)
class Style:
    """How blocks are written. `verbatim`: for a text that is no lesson, where placeholders in code are allowed."""

    stars: bool = False  # *emphasis* typed in stars stays
    base: str = ""  # ltr or rtl: blocks that begin the other way say so; "": only blocks that say so themselves
    verbatim: bool = False


def part(excerpt: Excerpt, style: Style) -> Part:
    """The excerpt as a part; its Markdown is "" where nothing of it can be seen."""
    block = excerpt.block
    body = _body(excerpt, style)
    markdown = f"{attributes(block, style)}{body}" if body else ""
    kind = {"list_item": "item", "quote": "quote"}.get(block.type, "block")
    return Part(markdown, kind, block.depth, number(block.marker) if kind == "item" else None)


def whole(block: Block) -> Excerpt:
    """All of a block."""
    return Excerpt(block, "", 0, len(block.text))


def line(text: str, place: str, style: Style) -> str:
    """One line of visible text without formatting: a heading, a label."""
    return inline_markdown([Run(" ".join(text.split()))], place, style.stars, style.verbatim)


def number(marker: str) -> int | None:
    """The number of an ordered item by its marker, in any script; None for a bullet."""
    digits = re.search(r"\d+", marker)
    return int(digits[0]) % _MOST_DIGITS if digits and len(digits[0]) < 1_000 else None


def attributes(block: Block, style: Style) -> str:
    """The line that gives the block its language and direction; "" where it needs none."""
    said = [f"lang={block.lang}"] if _LANGUAGE.fullmatch(block.lang) else []
    if way := block.dir if block.dir in (LEFT, RIGHT) else _other_way(block, style.base):
        said.append(f"dir={way}")
    return f"{{{' '.join(said)}}}\n" if said else ""


def _other_way(block: Block, base: str) -> str:
    way = text_direction(block.text) if base and block.type != "code" else ""
    return way if way != base else ""


def _body(excerpt: Excerpt, style: Style) -> str:
    block = excerpt.block
    if not excerpt.text:
        return ""
    if block.type == "table":
        return _table(block, style)
    if block.type == "code" and (style.verbatim or not PLACEHOLDER.search(block.text)):
        return fence(block.text)
    if block.type == "code":  # in a fence a placeholder could not be escaped
        lines = re.findall(r"[^\n]+|\n", block.text.strip("\n"))
        return inline_markdown(split_placeholders([Run(text, () if text == "\n" else (CODE,)) for text in lines]))
    return inline_markdown(_runs(excerpt, style), stars=style.stars, verbatim=style.verbatim)


def _runs(excerpt: Excerpt, style: Style) -> list[Run]:
    block = excerpt.block
    cut = block.text[excerpt.start : excerpt.end]
    start = excerpt.start + len(cut) - len(cut.lstrip(EDGES))
    return _written(runs(block.text, block.spans, start, start + len(excerpt.text)), style)


def _written(found: list[Run], style: Style) -> list[Run]:
    return found if style.verbatim else split_placeholders(found)


def _table(block: Block, style: Style) -> str:
    cells = iter(_cells(block, style))
    rows = [[next(cells) for _ in row.split("\t")] for row in block.text.split("\n")]
    columns = max(map(len, rows))
    filled = columns if columns * len(rows) <= _MOST_CELLS else 0  # beyond it, only the head: it alone must be whole
    widths = (columns, *[filled] * (len(rows) - 1))
    lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row, width in zip(rows, widths, strict=True)]
    return "\n".join((lines[0], f"|{' --- |' * columns}", *lines[1:]))


def _cells(block: Block, style: Style) -> Iterator[str]:
    """All cells, row by row. A bar in a cell is escaped for the table, whatever it is inline."""
    start = first = 0
    for cell in re.split(r"[\t\n]", block.text):
        while first < len(block.spans) and block.spans[first].end <= start:
            first += 1
        found = _written(runs(block.text, block.spans[first:], start, start + len(cell)), style)
        yield inline_markdown(found, "cell", style.stars, style.verbatim).replace("|", "\\|")
        start += len(cell) + 1
