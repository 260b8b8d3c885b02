"""Where a walk through a tree is, and what single elements say: lines, language, links, numbers. It walks nowhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

from dripcourse.courses.reading.nodes import NodeOrText, attribute, raw_text

#: Attributes by which HTML made from Markdown says where it stood there; no page in the wild has them.
LINE, LAST, NOTE = "data-dripcourse-line", "data-dripcourse-last", "data-dripcourse-note"
_STYLES = frozenset({"b", "strong", "u", "i", "em", "font", "big"})
_ANCHOR_SIGNS = frozenset({"#", "¶", "§", "🔗"})


@dataclass(frozen=True)
class Place:
    """Where the walk is: in a quotation, how deep in lists, in which language."""

    quoted: bool = False
    note: bool = False
    depth: int = -1  # of the innermost list item; -1: in no list
    lang: str = ""
    dir: str = ""
    lines: tuple[int, int] = (0, 0)  # from Markdown, whose HTML has lines of its own


def entered(node: NodeOrText, here: Place) -> Place:
    """The place inside of this block."""
    first, last = number_in(attribute(node, LINE), 0), number_in(attribute(node, LAST), 0)
    lines = (first, max(first, last)) if first else here.lines
    way = attribute(node, "dir").lower()
    return replace(
        here,
        lang=attribute(node, "lang") or here.lang,
        dir=way if way in ("ltr", "rtl") else here.dir,
        note=here.note or bool(attribute(node, NOTE)),
        lines=lines,
    )


def lines_at(node: NodeOrText, here: Place) -> tuple[int, int]:
    """First and last line of a node in the source; (0, 0) where nobody knows."""
    if here.lines[0]:
        return here.lines
    first = int(getattr(node, "origin_line", None) or 0)
    return first, first + (str(node.data or "").rstrip().count("\n") if node.name == "#text" and first else 0)


def is_permalink(node: NodeOrText) -> bool:
    """Whether it is a sign that links to its own heading."""
    return node.name == "a" and raw_text(node).strip() in _ANCHOR_SIGNS


def style_of(node: NodeOrText) -> str:
    """The name of a tag that sets its text off, "" for any other; a font with its size."""
    if node.name not in _STYLES:
        return ""
    return f"font{attribute(node, 'size')}" if node.name == "font" else str(node.name)


def number_in(value: str, otherwise: int) -> int:
    """The whole number that an attribute says."""
    return int(value) if re.fullmatch(r"[0-9]{1,6}", value.strip()) else otherwise


def link_target(href: str, address: str) -> str:
    """The address a link leads to, whole, or "" where it may not stand in a mail (http, https and mailto may)."""
    try:
        whole = urljoin(address, href.strip()) if address else href.strip()
        parts = urlsplit(whole)
    except ValueError:
        return ""
    if any(c.isspace() or c in '<>"' for c in whole):
        return ""
    allowed = parts.scheme == "mailto" or (
        parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    )
    return whole if allowed else ""
