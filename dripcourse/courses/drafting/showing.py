"""What a piece of Markdown shows, by the grammar of the mails and of the article reader; it writes none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from dripcourse.dialect import parser

Look = frozenset[tuple[str, str]]  # of one character: (kind, href) of all that is around it
_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"]+\Z", re.IGNORECASE)
_KINDS = {"em": "em", "strong": "strong", "s": "strike"}
_TASK = re.compile(r"\[[ xX]\](?:\s|\Z)")
_LEADS = {"paragraph": "", "heading": "# "}  # a cell is inline text only


def link_goes_out(href: str) -> bool:
    """Whether a mail may have this link: http, https and mailto only."""
    return _LINK.match(normal(href)) is not None


@lru_cache(maxsize=256)
def normal(href: str) -> str:
    """The address as the parser spells it."""
    return _PARSER.normalizeLink(href.strip())


def autolink_shows(words: str) -> bool:
    """Whether `<words>` is a link that shows just these words."""
    children = inline(f"<{words}>", "cell")
    return (
        children is not None
        and [child.type for child in children] == ["link_open", "text", "link_close"]
        and (children[1].content == words)
    )


def inline(markdown: str, place: str) -> Sequence[Token] | None:
    """The inline tokens of what stands alone in a paragraph, heading or cell; None where it makes anything else."""
    if place == "cell":
        return _PARSER.parseInline(markdown)[0].children or [] if markdown == markdown.strip() else None
    if place == "paragraph" and _TASK.match(markdown):
        return None
    tokens = _PARSER.parse(_LEADS[place] + markdown)
    types = [token.type for token in tokens]
    if types != [f"{place}_open", "inline", f"{place}_close"] or tokens[0].attrs or tokens[0].tag not in ("p", "h1"):
        return None
    return tokens[1].children or []


def look(children: Sequence[Token]) -> list[tuple[str, Look]]:
    """Every character with what is around it. What no block of ours can hold is the character "\\0"."""
    shown: list[tuple[str, Look]] = []
    around: list[tuple[str, str]] = []
    for child in children:
        if child.type in ("text", "text_special", "code_inline"):
            own = frozenset([*around, *([("code", "")] if child.type == "code_inline" else [])])
            shown += [(char, own) for char in child.content]
        elif child.type == "hardbreak":
            shown.append(("\n", frozenset()))
        elif child.nesting == -1:
            around.pop()
        elif child.type == "link_open":
            around.append(("link", str(child.attrs.get("href", ""))))
        elif child.nesting == 1 and child.tag in _KINDS:
            around.append((_KINDS[child.tag], ""))
        else:
            shown.append(("\0", frozenset()))
    return shown


def starred(children: Sequence[Token]) -> str:
    """The characters with the stars of emphasis; what is neither text nor emphasis is the character "\\0"."""
    return "".join(_star(child) for child in children)


def _star(child: Token) -> str:
    if child.type in ("text", "text_special"):
        return child.content
    if child.type == "hardbreak":
        return "\n"
    return child.markup if child.tag in ("em", "strong") and child.markup[0] == "*" else "\0"


_PARSER = parser().use(footnote_plugin)
_PARSER.validateLink = lambda url: True  # type: ignore[method-assign]  # what any reader could take for a link
