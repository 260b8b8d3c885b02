"""Lays language and direction of Markdown blocks on the lists and quotes around them. It reads no Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.token import Token

from dripcourse.dialect import ATTRIBUTES

_CONTAINERS = ("list_item_open", "bullet_list_open", "ordered_list_open", "blockquote_open")


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
    for name in ATTRIBUTES:
        values = {token.attrs.get(name) for token in inside}
        value = values.pop() if len(values) == 1 else None
        if value is not None:
            container.attrs.setdefault(name, value)
    for token in inside:
        if token.hidden and any(token.attrs.get(name) != container.attrs.get(name) for name in ATTRIBUTES):
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
