"""Chooses the element that holds the article. It takes nothing away and knows no blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from justhtml import Node

from dripcourse.courses.codes import ArticleError
from dripcourse.courses.reading.furniture import Marks
from dripcourse.courses.reading.nodes import NodeOrText, ancestors, attribute
from dripcourse.courses.reading.weights import Weight, Weights, weigh

PARAGRAPH_WORDS = 20  # a page without one text block of this length has no article
GUARDED_SHARE = 40  # percent
_CONTAINERS = frozenset({"body", "div", "section", "td", "center", "form", "fieldset", "details", "font"})
_DECLARED: tuple[Callable[[NodeOrText], bool], ...] = (
    lambda node: node.name == "main",
    lambda node: attribute(node, "role") == "main",
    lambda node: "articleBody" in attribute(node, "itemprop").split(),
)


@dataclass(frozen=True)
class _Choice:
    """The page without its furniture, as the choice sees it."""

    base: Node
    weights: Weights

    def among(self, fits: Callable[[NodeOrText], bool]) -> Node | None:
        """The fitting element with most words that has a paragraph; the first of equals."""
        found = [
            (weight.words, node)
            for node, weight in self.weights.items()
            if isinstance(node, Node) and weight.longest >= PARAGRAPH_WORDS and fits(node)
        ]
        return max(found, key=lambda pair: pair[0])[1] if found else None


def choose_root(base: Node, weights: Weights, marks: Marks) -> Node:
    """The element that holds the article. Raises ArticleError E_NO_BODY."""
    rest = weigh(base, marks, weights)
    spared = _spared(weights[base], rest[base], weights, marks)
    choice = _Choice(base, weigh(base, marks.keys() - spared, weights) if spared else rest)
    declared = next((found for fits in _DECLARED if (found := choice.among(fits))), None)
    article = choice.among(lambda node: node.name == "article")
    if article and not _is_teaser(article, declared, choice):
        return article
    root = declared or _densest(choice)
    if root is None:
        raise _no_body(choice, weights[base].words)
    return root


def _spared(page: Weight, rest: Weight, weights: Weights, marks: Marks) -> set[NodeOrText]:
    """Marked elements that hold the article all the same: a page inside `<div class="sidebar-left">`.

    Either every h1, article and main of the page is in there, or nearly all of its words. A dialog about cookies
    may have more words than the article, so it needs that nothing else on the page has a paragraph.
    """
    walls = {node for node, reason in marks.items() if _is_wall(node, reason)}
    spared: set[NodeOrText] = set()
    for node, reason in marks.items():
        weight = weights[node]
        # comments and related posts are articles too, so it says nothing that all articles are among them
        core = reason not in ("comment", "related") and weight.cores == page.cores > 0
        large = weight.words * 100 > GUARDED_SHARE * page.words and rest.words * 4 < weight.words
        if node not in walls and (core or large):
            spared.add(node)
    return walls if not spared and rest.longest < PARAGRAPH_WORDS else spared


def _is_wall(node: NodeOrText, reason: str) -> bool:
    return reason == "cookie" or node.name == "dialog" or "dialog" in attribute(node, "role")


def _is_teaser(article: Node, declared: Node | None, choice: _Choice) -> bool:
    """Lists of posts put every teaser in `<article>`: the longest of them is not what the page is about.

    So `<main>` goes first if the article has less than a third of its words; on a page without it, if there are
    several and the longest has less than a third of the words outside of them all.
    """
    words = choice.weights[article].words
    if declared is not None:
        return words * 3 < choice.weights[declared].words
    outermost = list(_outermost_articles(choice))
    inside = sum(choice.weights[node].words for node in outermost)
    return len(outermost) > 1 and words * 3 < choice.weights[choice.base].words - inside


def _outermost_articles(choice: _Choice) -> Iterator[Node]:
    for node in choice.weights:
        if node.name == "article" and isinstance(node, Node) and all(up.name != "article" for up in ancestors(node)):
            yield node


def _densest(choice: _Choice) -> Node | None:
    """The container with the most words in text blocks, times the share of its words that are not links."""
    best: Node | None = None
    top = (0.0, 0)
    for node, weight in choice.weights.items():
        if weight.longest < PARAGRAPH_WORDS or not isinstance(node, Node):
            continue
        if node is choice.base or node.name in _CONTAINERS or "-" in node.name:
            score = (weight.prose * (weight.words - weight.links) / weight.words, weight.depth)
            if score > top:
                best, top = node, score
    return best


def _no_body(choice: _Choice, words: int) -> ArticleError:
    rest = choice.weights[choice.base]
    return ArticleError(
        "E_NO_BODY",
        f"Found {rest.headings} headings and {rest.words} words ({words - rest.words} more in menus, forms and the "
        f"like), but no paragraph of the article: the longest has {rest.longest} words, {PARAGRAPH_WORDS} are needed. "
        "Save the page after its text has appeared, or copy the article into a .txt file.",
    )
