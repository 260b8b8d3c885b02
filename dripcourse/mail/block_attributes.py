"""Language and direction of Markdown blocks: the line `{lang=ar dir=rtl}` above one. It parses no other markup."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_block_plugin

NAMES = ("lang", "dir")
_VALID = {"lang": re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*"), "dir": re.compile(r"ltr|rtl")}
_CONTAINERS = ("list_item_open", "bullet_list_open", "ordered_list_open", "blockquote_open")


def block_attributes(parser: MarkdownIt) -> None:
    """Has the parser read such lines. A line with any other attribute is text, as it always was."""
    attrs_block_plugin(parser, allowed=list(NAMES))
    parser.core.ruler.after("block", "other_attributes_are_text", _others_are_text)


def _others_are_text(state: StateCore) -> None:
    tokens: list[Token] = []
    lines = state.src.split("\n")
    for token in state.tokens:
        if token.type == "attrs_block" and (not token.attrs or set(token.attrs) - set(NAMES)) and token.map:
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
    for name in NAMES:
        if name in token.attrs and not _VALID[name].fullmatch(str(token.attrs[name])):
            del token.attrs[name]


def lifted(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with what all parts of a list, item or quote have in common on that as well, for its marks.

    The words of a tight list have no element of their own; where an item's parts differ, they get one.
    """
    found = [token.copy(attrs=dict(token.attrs)) for token in tokens]
    opened: list[tuple[Token, list[Token]]] = []
    for token in found:
        if token.nesting == -1:
            container, inside = opened.pop()
            if container.type in _CONTAINERS:
                _lift(container, inside)
            continue
        if opened and token.type != "inline":
            opened[-1][1].append(token)
        if token.nesting == 1:
            opened.append((token, []))
    return _shown(found)


def _lift(container: Token, inside: Sequence[Token]) -> None:
    for name in NAMES:
        values = {token.attrs.get(name) for token in inside}
        value = values.pop() if len(values) == 1 else None
        if value is not None:
            container.attrs.setdefault(name, value)
    for token in inside:
        if token.hidden and any(token.attrs.get(name) != container.attrs.get(name) for name in NAMES):
            token.hidden = False


def _shown(tokens: Sequence[Token]) -> list[Token]:
    """Where a paragraph is no more hidden, its end is not either."""
    opened: list[Token] = []
    for token in tokens:
        if token.nesting == 1:
            opened.append(token)
        elif token.nesting == -1:
            token.hidden = opened.pop().hidden
    return list(tokens)
