"""Marks everything on a page that is no part of an article, by tag, name and shape; it takes nothing away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias, cast

from justhtml import Node

from dripcourse.courses.reading.bylines import is_own_header, line_reason
from dripcourse.courses.reading.decode import fold
from dripcourse.courses.reading.nodes import HEADINGS, NodeOrText, attribute, below, has, is_inline, visible_text
from dripcourse.courses.reading.tokens import REASONS, ROLES, split_name, telling_token
from dripcourse.courses.reading.weights import Weight, Weights, is_core
from dripcourse.courses.sentences import count_words

Marks: TypeAlias = dict[NodeOrText, str]
UNRENDERED = frozenset(
    {"svg", "iframe", "object", "audio", "video", "canvas", "noframes", "noembed", "datalist", "title"}
)
_TAGS = dict.fromkeys(("nav", "aside"), "nav") | dict.fromkeys(
    ("form", "button", "input", "select", "textarea", "dialog"), "cta"
)
_SITE = {"header": "nav", "footer": "footer"}
_NEVER_BY_NAME = frozenset({"html", "body", "main", "h1"})
_ORDINARY = frozenset({"share", "shares", "sharing", "social", "menu", "skip"})  # words an article may be about
_LABEL_WORDS = 12
_CONCEALED = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.I)
_LEAPS = re.compile(r"(?:skip|jump|back|return) to\b|(?:back to )?top\b|\W*$", re.I)
_RIGHTS = re.compile(r"(?:©|\(c\)|copyright\b)", re.I)
_RIGHTS_WORDS = 25
_CONTENTS = frozenset(
    {"contents", "table of contents", "on this page", "in this article", "in this post", "jump to", "inhalt"}
)


@dataclass(frozen=True)
class _Place:
    """What the ancestors of a node are."""

    code: bool = False
    quoted: bool = False
    article: bool = False
    sectioned: bool = False  # a header in here is no longer the site's
    headed: bool = False  # inside an article's own header or footer

    def inside(self, node: NodeOrText) -> _Place:
        """The place of the node's children."""
        return _Place(
            self.code or node.name in ("pre", "code"),
            self.quoted or node.name in ("blockquote", "figure", "q", "cite"),
            self.article or node.name == "article",
            self.sectioned or is_core(node) or node.name == "section",
            self.headed or is_own_header(node),
        )


def mark_furniture(base: Node, weights: Weights) -> Marks:
    """Every node under `base` that a rule would drop, with the reason; also those inside of others."""
    marks: Marks = {}
    stack: list[tuple[NodeOrText, _Place, bool]] = [(base, _Place(), False)]
    while stack:
        node, place, followed = stack.pop()
        if node.name == "#text" or node not in weights:
            continue
        if node is not base and (reason := _reason(node, weights[node], place, followed)):
            marks[node] = reason
        inner = place.inside(node)
        followed = False
        for child in reversed(below(node)):
            stack.append((child, inner, followed))
            followed = followed or (child.name == "#text" and weights[child].words > 0)
    for node in weights:
        _mark_neighbours([child for child in below(node) if child in weights and not _is_blank(child)], marks)
    return marks


def _reason(node: NodeOrText, weight: Weight, place: _Place, followed: bool) -> str:
    if node.name in UNRENDERED or _concealed(node):
        return "hidden"
    if place.code or node.name in _NEVER_BY_NAME or (node.name == "article" and not place.article):
        return ""
    return (
        _by_name(node, weight, place, followed)
        or ROLES.get(attribute(node, "role"), "")
        or _TAGS.get(node.name, "")
        or ("" if place.quoted else line_reason(node, weight, place.headed))
        or ("" if place.sectioned else _of_the_site(node, weight))
        or _leads_elsewhere(node, weight)
    )


def _concealed(node: NodeOrText) -> bool:
    if has(node, "hidden") or attribute(node, "aria-hidden").strip().lower() == "true":
        return True
    return bool(_CONCEALED.search(attribute(node, "style")))


def _by_name(node: NodeOrText, weight: Weight, place: _Place, followed: bool) -> str:
    """What class, id and role say; but not where the element is a word in a sentence, or plainly text."""
    token = telling_token(node, with_id=not _names_its_heading(node))
    reason = REASONS.get(token, "")
    if node.name == "sup" and "reference" in attribute(node, "class").split():
        reason = "marker"
    if followed and is_inline(node) and reason not in ("hidden", "marker", "cookie"):
        return ""
    if token in _ORDINARY and weight.links * 3 < weight.words and weight.words > _LABEL_WORDS:
        return ""
    return "" if reason == "byline" and place.quoted else reason


def _names_its_heading(node: NodeOrText) -> bool:
    """Whether the id was made from a heading: `<section id="social-anxiety"><h2>Social anxiety</h2>`."""
    tokens = split_name(attribute(node, "id"))
    if node.name in HEADINGS or len(tokens) < 2:
        return node.name in HEADINGS
    first = next((child for child in below(node) if isinstance(child, Node) and child.name != "#comment"), None)
    if first is None or first.name not in HEADINGS:
        return False
    return re.findall(r"\w+", fold(visible_text(first)))[: len(tokens)] == tokens


def _of_the_site(node: NodeOrText, weight: Weight) -> str:
    """Header, footer and copyright line of a site; the names are whole here: "header" as a class, not "page-header"."""
    if is_inline(node) or node.name in HEADINGS:
        return ""
    names = (node.name, attribute(node, "id").lower(), *attribute(node, "class").lower().split())
    reason = next((_SITE[name] for name in names if name in _SITE), "")
    if reason or weight.words > _RIGHTS_WORDS or weight.nodes > _RIGHTS_WORDS:
        return reason
    return "footer" if _RIGHTS.match(visible_text(node)) else ""


def _leads_elsewhere(node: NodeOrText, weight: Weight) -> str:
    """`nav` for a table of contents and for links that only jump about on the page."""
    if node.name in ("ul", "ol", "dl", "p"):
        enough = weight.jumpers >= (3 if node.name == "p" else 2)
        return "nav" if enough and weight.jumps * 2 > weight.words else ""
    if node.name == "a" and weight.jumpers and 0 < weight.words <= 6 and weight.nodes <= _LABEL_WORDS:
        return "nav" if _LEAPS.match(visible_text(node)) else ""
    return ""


def _is_blank(node: NodeOrText) -> bool:
    return node.name == "#text" and not str(node.data).strip()


def _mark_neighbours(children: list[NodeOrText], marks: Marks) -> None:
    """The heading over a table of contents, and the "by" and "·" left between the parts of a byline."""
    for one, two in pairwise(children):
        lists = marks.get(two) == "nav" and two.name in ("ul", "ol")
        if lists and one.name in HEADINGS | {"p"} and fold(visible_text(one)).rstrip(":") in _CONTENTS:
            marks[one] = "nav"
        _mark_scrap(one, marks.get(two), marks)
        _mark_scrap(two, marks.get(one), marks)


def _mark_scrap(node: NodeOrText, beside: str | None, marks: Marks) -> None:
    if node.name == "#text" and beside in ("byline", "reading_time") and count_words(cast("str", node.data)) <= 3:
        marks[node] = beside
