"""Finds the title of a page and the h1 that carries it. It moves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TypeGuard, cast

from justhtml import Node

from dripcourse.courses.reading.decode import fold
from dripcourse.courses.reading.furniture import Marks
from dripcourse.courses.reading.nodes import NodeOrText, ancestors, attribute, visible_text
from dripcourse.courses.reading.weights import Weight, Weights
from dripcourse.courses.sentences import count_words

_SEPARATORS = (" | ", " – ", " — ", " - ")
_TITLE_WORDS = 40  # an h1 that was never closed holds the whole article and is no title


@dataclass(frozen=True)
class Declared:
    """What the head of the page says the title is; "" where it says nothing."""

    og: str
    title: str

    @property
    def best(self) -> str:
        """`og:title`, else `<title>` without the name of the site, if two words are left."""
        cut = max(self.title.rfind(mark) for mark in _SEPARATORS)
        stem = self.title[:cut].rstrip() if cut > 0 else ""
        return self.og or (stem if count_words(stem) >= 2 else self.title)

    def agrees(self, text: str) -> bool:
        """Whether a heading says the same, or the same without the name of the site."""
        wanted = fold(text)
        return any(
            fold(told) == wanted or any(fold(told).startswith(wanted + mark) for mark in _SEPARATORS)
            for told in (self.og, self.title)
            if told
        )


def declared_titles(document: Node) -> Declared:
    """The titles in the page's head, white space collapsed."""
    og = title = ""
    stack: list[NodeOrText] = [document]
    while stack:
        node = stack.pop()
        if node.name == "meta" and "og:title" in (attribute(node, "property"), attribute(node, "name")):
            og = og or " ".join(attribute(node, "content").split())
        elif node.name == "title" and node.namespace == "html":
            title = title or " ".join("".join(str(child.data) for child in node.children or ()).split())
        stack.extend(reversed(cast("list[NodeOrText]", node.children or [])))
    return Declared(og, title)


def find_headline(base: Node, root: Node, weights: Weights, marks: Marks, told: Declared) -> Node | None:
    """The h1 that is the title: the first in the root; else one before the root that says the same as the head.

    An h1 in what looks like furniture is the name of the site, unless it agrees with the page's head.
    """
    titles = [node for node, weight in weights.items() if _may_be_title(node, weight)]
    for h1 in titles:
        marked = _marks_around(h1, root, marks)
        if root in ancestors(h1) and (not marked or _is_title(h1, marked, told)):
            return h1
    before, around = set(takewhile(lambda node: node is not root, weights)), set(ancestors(root))
    for h1 in titles:
        if h1 in before and h1 not in around and _is_title(h1, _marks_around(h1, base, marks), told):
            return h1
    return None


def _may_be_title(node: NodeOrText, weight: Weight) -> TypeGuard[Node]:
    return node.name == "h1" and weight.words <= _TITLE_WORDS and bool(visible_text(node))


def _marks_around(node: Node, end: Node, marks: Marks) -> list[str]:
    inner = (node, *takewhile(lambda up: up is not end, ancestors(node)))
    return [marks[up] for up in inner if up in marks]


def _is_title(h1: Node, marked: list[str], told: Declared) -> bool:
    if told.best:
        return told.agrees(visible_text(h1))
    return set(marked) <= {"nav", "advert"}
