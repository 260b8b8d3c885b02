"""Counts the words of every part of a page in one pass from the leaves up; what they mean is decided elsewhere."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import TypeAlias, cast

from justhtml import Node

from dripcourse.courses.reading.nodes import HEADINGS, UNSEEN, NodeOrText, attribute, below, has, is_inline
from dripcourse.courses.sentences import count_words

_LINES = HEADINGS | {"p", "li", "dd", "dt", "blockquote", "pre", "figcaption", "summary", "th"}
_LOOSE_WORDS = 8  # so many words standing in a div or a table cell are a text block; fewer are a label
_CORES = frozenset({"h1", "article", "main"})
_TELLING = _CORES | {"time"}  # elements that say something even without attributes


@dataclass(slots=True)
class Weight:
    """One subtree, counted. A text block is a block's own text, without the blocks inside it."""

    depth: int
    nodes: int = 1
    words: int = 0
    links: int = 0  # words inside links
    jumps: int = 0  # words inside links to a place on the same page
    jumpers: int = 0  # such links
    prose: int = 0  # words of text blocks that are not mostly links
    longest: int = 0  # words of the longest of those; headings do not count
    headings: int = 0
    cores: int = 0  # h1, article and main: where an article would be
    signed: bool = False  # names an author, or a date in <time>
    own: int = 0  # words of inline text that no block has claimed yet
    linked: int = 0  # the part of `own` in links


Weights: TypeAlias = dict[NodeOrText, Weight]


def weigh(base: Node, without: Container[NodeOrText] = (), known: Weights | None = None) -> Weights:
    """The weight of every visible node under `base`, as if the subtrees in `without` were not there.

    `known` are the weights of the same tree, whole: words of a text are counted once only.
    """
    weights = _spread(base, without)
    anchors = _anchors(weights)
    for node in reversed(weights):  # children come before their parents
        weight = weights[node]
        if node.name == "#text":
            weight.words = weight.own = known[node].words if known else count_words(cast("str", node.data) or "")
        else:
            _count(node, weight, anchors)
        parent = weights.get(node.parent) if node.parent is not None else None
        if parent and weight.words | weight.cores | weight.signed | weight.headings:
            _add(weight, parent)
        elif parent:
            parent.nodes += weight.nodes
    return weights


def is_core(node: NodeOrText) -> bool:
    """Whether the page itself says that here is its main text."""
    return (
        node.name in _CORES or attribute(node, "role") == "main" or "articleBody" in attribute(node, "itemprop").split()
    )


def is_signature(node: NodeOrText) -> bool:
    """Whether the page itself says that here stands who wrote it, or when."""
    return (
        node.name == "time"
        or "author" in attribute(node, "rel").lower().split()
        or not {"author", "datePublished", "dateModified"}.isdisjoint(attribute(node, "itemprop").split())
    )


def _spread(base: Node, without: Container[NodeOrText]) -> Weights:
    weights: Weights = {}
    stack: list[NodeOrText] = [base]
    while stack:
        node = stack.pop()
        if node.name in UNSEEN or node in without:
            continue
        parent = weights.get(node.parent) if node.parent is not None else None
        weights[node] = Weight(parent.depth + 1 if parent else 0)
        if node.name != "#text":
            stack.extend(reversed(below(node)))
    return weights


def _anchors(weights: Weights) -> frozenset[str]:
    """All names on this page that a link could jump to."""
    marked = [node for node in weights if node.name != "#text" and cast("Node", node).attrs]
    return frozenset(attribute(node, name) for node in marked for name in ("id", "name")) - {""}


def _count(node: NodeOrText, weight: Weight, anchors: frozenset[str]) -> None:
    """Adds to the sum of its children what the node itself is."""
    if cast("Node", node).attrs or node.name in _TELLING:
        weight.cores += is_core(node)
        weight.signed = weight.signed or is_signature(node)
    if node.name == "a" and has(node, "href"):
        weight.links, weight.linked = weight.words, weight.own
        if _jumps(attribute(node, "href"), anchors):
            weight.jumps, weight.jumpers = weight.words, 1
    if not is_inline(node):
        _close(node, weight)


def _jumps(href: str, anchors: frozenset[str]) -> bool:
    """Browsers save `#there` as a whole address; so the place has to be on this page."""
    address, mark, place = href.partition("#")
    return bool(mark) and (not address or place in anchors)


def _close(node: NodeOrText, weight: Weight) -> None:
    """A block ends: its own text is a text block, unless it is mostly links or a mere label."""
    weight.headings += node.name in HEADINGS
    if weight.linked * 2 <= weight.own and (node.name in _LINES or weight.own >= _LOOSE_WORDS):
        weight.prose += weight.own
        if node.name not in HEADINGS:
            weight.longest = max(weight.longest, weight.own)
    weight.own = weight.linked = 0


def _add(weight: Weight, parent: Weight) -> None:
    parent.nodes += weight.nodes
    parent.words += weight.words
    parent.links += weight.links
    parent.jumps += weight.jumps
    parent.jumpers += weight.jumpers
    parent.prose += weight.prose
    parent.headings += weight.headings
    parent.cores += weight.cores
    parent.own += weight.own
    parent.linked += weight.linked
    parent.longest = max(parent.longest, weight.longest)
    parent.signed = parent.signed or weight.signed
