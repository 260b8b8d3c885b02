"""Draws a Markdown token stream as plain text for the text part of a mail; it parses nothing and knows no layout."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from dripcourse.domain.mentions import Mention
from dripcourse.mail.slots import sentinel_of, without_mentions

_STAND_IN = re.compile("\x02\x03*")
WIDTH = 72
_NARROWEST = 24  # deep nesting may not squeeze a line below this


@dataclass(frozen=True)
class Plain:
    """Plain text and the links its [n] marks stand for. `str()` puts the links below as footnotes."""

    text: str
    links: tuple[str, ...] = ()
    first: int = 1

    @property
    def footnotes(self) -> str:
        """One line a link, such as `[1] https://example.org`."""
        return "\n".join(f"[{self.first + i}] {link}" for i, link in enumerate(self.links))

    def __str__(self) -> str:
        return f"{self.text}\n\n{self.footnotes}" if self.links else self.text


def plain_text(tokens: Sequence[Token], first: int = 1) -> Plain:
    """The token stream as text wrapped at 72 characters; its links are numbered from `first`."""
    drawing = _Drawing(first)
    lines = drawing.blocks(list(tokens), WIDTH)
    return Plain("\n".join(lines), tuple(drawing.links), first)


class _Drawing:
    """One walk over one token stream; it only remembers which links it met."""

    def __init__(self, first: int) -> None:
        self.links: list[str] = []
        self.first = first

    def blocks(self, tokens: list[Token], width: int, tight: bool = False) -> list[str]:
        """The lines of these sibling blocks, a blank line between them unless `tight`."""
        lines: list[str] = []
        at = 0
        while at < len(tokens):
            end = _closing(tokens, at)
            drawn = self.block(tokens[at], tokens[at + 1 : end], max(width, _NARROWEST))
            if drawn and lines and not (tight or tokens[at].hidden):
                lines.append("")
            lines += drawn
            at = end + 1
        return lines

    def block(self, token: Token, inside: list[Token], width: int) -> list[str]:
        """The lines of one block."""
        match token.type:
            case "heading_open":
                return self.heading(token, inside, width)
            case "blockquote_open":
                return [f"> {line}".rstrip() for line in self.blocks(inside, width - 2)]
            case "bullet_list_open" | "ordered_list_open":
                return self.items(token, inside, width)
            case "fence" | "code_block":
                # Blank lines keep their indentation: nobody may mistake them for a gap in the layout.
                return [f"    {line}" for line in token.content.rstrip("\n").split("\n")]
            case "hr":
                return ["* * *"]
            case "table_open":
                return self.rows(inside)
            case "inline":
                return _wrapped(self.inline(token.children or []), width)
            case _:
                return self.blocks(inside, width)

    def heading(self, token: Token, inside: list[Token], width: int) -> list[str]:
        """The heading's words, underlined where they fill one line."""
        lines = self.blocks(inside, width)
        mark = "=" if token.tag in ("h1", "h2") else "-"
        width = len(without_mentions(lines[0], lambda mention: mention.otherwise)) if len(lines) == 1 else 0
        return [*lines, mark * width] if width else lines

    def items(self, token: Token, inside: list[Token], width: int) -> list[str]:
        """A list: each item behind its mark, the rest of it indented as far."""
        number = int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else None
        lines: list[str] = []
        at = 0
        while at < len(inside):
            end = _closing(inside, at)
            mark = "- " if number is None else f"{number}. "
            body = inside[at + 1 : end]
            tight = any(child.hidden and child.level == inside[at].level + 1 for child in body)  # no list within it
            drawn = self.blocks(body, width - len(mark), tight) or [""]
            if lines and not tight:
                lines.append("")
            lines.append((mark + drawn[0]).rstrip())
            lines += [" " * len(mark) + line if line else "" for line in drawn[1:]]
            number = None if number is None else number + 1
            at = end + 1
        return lines

    def rows(self, inside: list[Token]) -> list[str]:
        """A table: one line a row, cells parted by bars."""
        lines: list[str] = []
        cells: list[str] = []
        for token in inside:
            if token.type == "inline":
                cells.append(" ".join(self.inline(token.children or []).split()))
            elif token.type == "tr_close":
                lines.append(" | ".join(cells))
                cells = []
        return lines

    def inline(self, children: list[Token]) -> str:
        """Running text. A link leaves `[n]` behind its words, or stands alone where it is its own words.

        Words struck out keep their tildes: without them they would say the opposite.
        """
        out: list[str] = []
        opened: list[tuple[str, int]] = []
        for child in children:
            if child.type == "link_open":
                opened.append((str(child.attrs.get("href", "")), len(out)))
            elif child.type == "link_close" and opened:
                url, since = opened.pop()
                out.append(self.reference(url, "".join(out[since:])))
            elif child.type in ("softbreak", "hardbreak"):
                out.append(" " if child.type == "softbreak" else "\n")
            elif child.type in ("s_open", "s_close"):
                out.append(child.markup)
            else:
                out.append(child.content)
        return "".join(out)

    def reference(self, url: str, words: str) -> str:
        """What stands behind the words of a link."""
        if words.strip() in (url, url.removeprefix("mailto:")):
            return ""
        if url not in self.links:
            self.links.append(url)
        return f" [{self.first + self.links.index(url)}]"


def _closing(tokens: list[Token], at: int) -> int:
    """Where the block that begins at `at` ends; a block without inside ends where it begins."""
    if tokens[at].nesting != 1:
        return at
    level = tokens[at].level
    for end in range(at + 1, len(tokens)):
        if tokens[end].nesting == -1 and tokens[end].level == level:
            return end
    return len(tokens) - 1


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines of `width`; what cannot be broken, such as a URL, stays whole.

    A mention counts as long as its words for those who gave none: how long the others' are is not known yet.
    """
    there: list[str] = []

    def stand_in(mention: Mention) -> str:
        there.append(sentinel_of(mention))
        return "\x02" + "\x03" * (len(mention.otherwise) - 1)

    text = without_mentions(_STAND_IN.sub("", text), stand_in)
    lines: list[str] = []
    for line in text.split("\n"):
        lines += textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) or [""]
    waiting = iter(there)
    return [_STAND_IN.sub(lambda _: next(waiting), line) for line in lines] if there else lines
