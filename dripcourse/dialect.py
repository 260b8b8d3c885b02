"""The Markdown of this house for whoever reads it: CommonMark, tables, strikethrough, language and direction of blocks.

A line `{lang=ar dir=rtl}` above a block says its language and direction. It renders nothing and allows no link.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_block_plugin

ATTRIBUTES = ("lang", "dir")
_VALID = {"lang": re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*"), "dir": re.compile(r"ltr|rtl")}


def parser(*, html: bool = False, nesting: int = 100) -> MarkdownIt:
    """A parser; with `html`, raw HTML is markup and not text. Deeper than `nesting` it looks no further."""
    found = MarkdownIt("commonmark", {"html": html, "maxNesting": nesting}).enable(["table", "strikethrough"])
    attrs_block_plugin(found, allowed=list(ATTRIBUTES))
    found.core.ruler.after("block", "other_attributes_are_text", _others_are_text)
    return found


def reading(
    found: MarkdownIt, pattern: re.Pattern[str], kind: str, content: Callable[[re.Match[str]], str]
) -> MarkdownIt:
    """The parser, which from now on reads what begins with a brace and matches, outside of code, as a token of that
    kind with that content. An escaped brace begins nothing.
    """

    def rule(state: StateInline, silent: bool) -> bool:
        match = pattern.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "{" else None
        if match is None:
            return False
        if not silent:
            state.push(kind, "", 0).content = content(match)
        state.pos = match.end()
        return True

    found.inline.ruler.push("braces", rule)
    return found


def _others_are_text(state: StateCore) -> None:
    """A line with any other attribute is text, as it would be without the plugin."""
    tokens: list[Token] = []
    lines = state.src.split("\n")
    for token in state.tokens:
        if token.type == "attrs_block" and (not token.attrs or set(token.attrs) - set(ATTRIBUTES)) and token.map:
            line = lines[token.map[0]]
            tokens += _paragraph(line[line.index("{") :].strip(), token)
        else:
            tokens.append(token)
    state.tokens = tokens


def _paragraph(text: str, at: Token) -> list[Token]:
    inside = Token("inline", "", 0, content=text, map=at.map, level=at.level + 1, children=[], block=True)
    opening = Token("paragraph_open", "p", 1, map=at.map, level=at.level, block=True)
    return [opening, inside, Token("paragraph_close", "p", -1, level=at.level, block=True)]


def drop_invalid(token: Token) -> None:
    """Takes out what is no direction, or not shaped like a language tag (BCP 47)."""
    for name in ATTRIBUTES:
        if name in token.attrs and not _VALID[name].fullmatch(str(token.attrs[name])):
            del token.attrs[name]
