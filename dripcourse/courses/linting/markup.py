"""Links, pictures and paragraphs of a Markdown text, read as the mail room reads it: by its grammar, not by pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from markdown_it.token import Token

from dripcourse.courses.linting.texts import Text
from dripcourse.dialect import parser

# What costs the parser seconds is refused by the mail room, and reported with its reason; here it is passed over.
_MOST_BYTES, _MOST_LINES, _MOST_BRACKETS, _MOST_MARKS = 120_000, 3_000, 1_000, 15_000
_MARKUP = re.compile(r"[]!#$%&*+:<=>@[\\^_`{}~-]")  # where the parser stops and looks closer
_BREAKS = ("softbreak", "hardbreak")


class MarkKind(StrEnum):
    """What a piece of a line is."""

    LINK = "link"
    PICTURE = "picture"
    WORDS = "words"  # outside of links and code


@dataclass(frozen=True)
class Mark:
    """A piece of a text. `words` is what the reader sees of it: a link's text, a picture's description."""

    kind: MarkKind
    path: str
    line: int
    words: str
    address: str = ""


@dataclass(frozen=True)
class Block:
    """A paragraph or a heading. `level` is 0 for a paragraph."""

    line: int
    words: str
    level: int


def marks(text: Text) -> Iterator[Mark]:
    """Links, pictures and words of `text`, in order; none of a text that is too much for a mail."""
    for token in _tokens(text):
        if token.type == "inline":
            yield from _pieces(token.children or [], text.path, text.line + (token.map or [0])[0])


def blocks(text: Text) -> list[Block | None]:
    """Paragraphs and headings in order, None for what is there and is neither: lists, code, quotes, rules."""
    found: list[Block | None] = []
    tokens = _tokens(text)
    for at, token in enumerate(tokens):
        if token.level or token.nesting < 0:
            continue
        if token.type in ("paragraph_open", "heading_open"):
            level = int(token.tag[1]) if token.type == "heading_open" else 0
            found.append(Block(text.line + (token.map or [0])[0], tokens[at + 1].content, level))
        else:
            found.append(None)
    return found


def _tokens(text: Text) -> Sequence[Token]:
    source = text.markdown
    counts = (
        (len(source), _MOST_BYTES),
        (source.count("\n"), _MOST_LINES),
        (source.count("["), _MOST_BRACKETS),
        (len(_MARKUP.findall(source)), _MOST_MARKS),
    )
    return [] if any(found > most for found, most in counts) else _PARSER.parse(source)


def _pieces(children: Sequence[Token], path: str, line: int) -> Iterator[Mark]:
    link: Mark | None = None
    for child in children:
        line += child.type in _BREAKS
        if child.type == "link_open":
            link = Mark(MarkKind.LINK, path, line, "", str(child.attrs.get("href", "")))
        elif child.type == "link_close" and link:
            yield link
            link = None
        elif child.type == "image":
            yield Mark(MarkKind.PICTURE, path, line, _seen(child), str(child.attrs.get("src", "")))
        if link:
            link = Mark(link.kind, link.path, link.line, link.words + _seen(child), link.address)
        elif child.type == "text" and child.content:
            yield Mark(MarkKind.WORDS, path, line, child.content)


def _seen(token: Token) -> str:
    """What the mail shows of a token: a picture is its description."""
    if token.type == "image":
        return "".join(map(_seen, token.children or ()))
    return " " if token.type in _BREAKS else token.content


_PARSER = parser(nesting=35)
_PARSER.validateLink = lambda url: True  # type: ignore[method-assign]  # bad ones are to be named
_PARSER.disable("text_join")  # what is escaped stays a token of its own, so that a bracket \[ begins no link
