"""What a Markdown text shows, sentence by sentence, each with its lines; for comparing texts. It makes no HTML."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from dripcourse.courses.reading.decode import fold
from dripcourse.courses.sentences import split_atoms

_MOST_CHARACTERS = 1_000_000  # of a text; an article that makes 60 lessons has a fourth of that
# What costs the parser seconds is compared as it is written: a paragraph, or all of a text.
_MOST_BRACKETS, _MOST_MARKS = 200, 2_000
_MOST_BRACKETS_IN_ALL, _MOST_MARKS_IN_ALL = 5_000, 50_000
_BEGINS = 60


@dataclass(frozen=True)
class Sentence:
    """A sentence as a reader sees it. `line` and `last` count from 1 in the text it was found in."""

    text: str
    line: int
    last: int

    @cached_property
    def folded(self) -> str:
        """For comparing: case, quotes and white space do not count."""
        return fold(self.text)

    @cached_property
    def digest(self) -> str:
        """16 hex digits that stand for the folded text."""
        return digest(self.folded)

    @property
    def begins(self) -> str:
        """Its first 60 characters on one line."""
        return " ".join(self.text.split())[:_BEGINS].rstrip()


@dataclass(frozen=True)
class Paragraph:
    """A paragraph, list item, code block or row of a table. `line` and `last` as in Sentence."""

    text: str
    line: int
    last: int

    @property
    def sentences(self) -> Iterator[Sentence]:
        """Its sentences that have a word, in order."""
        line = self.line
        for atom in split_atoms(self.text):
            if any(map(str.isalnum, atom.text)):
                yield Sentence(atom.text.strip(), line, min(self.last, line + atom.text.rstrip().count("\n")))
            line += atom.text.count("\n")


def digest(text: str) -> str:
    """16 hex digits of the sha256 of `text`."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def paragraphs(markdown: str) -> list[Paragraph]:
    """What `markdown` shows apart from headings; nothing of a text that is no article any more (a million letters)."""
    if len(markdown) > _MOST_CHARACTERS:
        return []
    env: dict[str, Any] = {}
    tokens = _BLOCKS.parse(markdown, env)
    costly = _costs(markdown, _MOST_BRACKETS_IN_ALL, _MOST_MARKS_IN_ALL)
    found: list[Paragraph] = []
    row: Token | None = None  # a row of a table is one paragraph
    cells: list[str] = []
    for at, token in enumerate(tokens):
        if token.type == "tr_open":
            row, cells = token, []
        elif token.type == "tr_close" and row:
            found.append(_paragraph(row, "\t".join(cells)))
            row = None
        elif token.type in ("fence", "code_block"):
            found.append(_paragraph(token, token.content))
        elif token.type == "inline" and row:
            cells.append(_visible(token.content, env, costly))
        elif token.type == "inline" and tokens[at - 1].type != "heading_open":
            found.append(_paragraph(token, _visible(token.content, env, costly)))
    return [paragraph for paragraph in found if paragraph.text.strip()]


def sentences(markdown: str) -> list[Sentence]:
    """All sentences that `markdown` shows, in order."""
    return [sentence for paragraph in paragraphs(markdown) for sentence in paragraph.sentences]


def _paragraph(token: Token, text: str) -> Paragraph:
    first, behind = token.map or (0, 1)
    return Paragraph(text, first + 1 + (token.type == "fence"), max(first + 1, behind))


def _costs(source: str, brackets: int, marks: int) -> bool:
    return source.count("[") > brackets or sum(source.count(mark) for mark in "*_`<!&~") > marks


def _visible(source: str, env: dict[str, Any], costly: bool) -> str:
    """Source of one paragraph without its marks; a line break stays one."""
    if costly or _costs(source, _MOST_BRACKETS, _MOST_MARKS):
        return source
    children: list[Token] = []
    _INLINE.inline.parse(source, _INLINE, env, children)
    return "".join(map(_seen, children))


def _seen(token: Token) -> str:
    if token.type == "image":
        return "".join(map(_seen, token.children or ()))
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    return "" if token.type == "html_inline" else token.content


_INLINE = MarkdownIt("commonmark").enable(["strikethrough"])
_BLOCKS = MarkdownIt("commonmark").enable(["table"]).disable(["inline"])
