"""Which part of a saved web page is the article, and what is dropped around it; not how the article is read."""

from __future__ import annotations

from dataclasses import dataclass

from justhtml import Node

from dripcourse.courses.article import Dropped
from dripcourse.courses.codes import Caution
from dripcourse.courses.reading.cutting import Plan, cut_out
from dripcourse.courses.reading.furniture import Marks, mark_furniture
from dripcourse.courses.reading.headline import declared_titles, find_headline
from dripcourse.courses.reading.nodes import ancestors, attribute, check_size, visible_text, walk
from dripcourse.courses.reading.root import choose_root
from dripcourse.courses.reading.weights import Weights, weigh

__all__ = ["Page", "main_content", "visible_text"]


@dataclass(frozen=True)
class Page:
    """The article's part of a page. All visible text is under `root` or in `dropped`, every character once."""

    root: Node  # its subtree holds only the article
    title: str  # "" if the page has none
    title_node: Node | None  # the h1 under `root` that is the title
    dropped: tuple[Dropped, ...]
    cautions: tuple[Caution, ...]
    lang: str  # of the root or the nearest element around it, "" if none says
    dir: str


def main_content(document: Node) -> Page:
    """The article of a parsed page; what is dropped is taken out of the tree. Nothing recurses.

    size → weights → furniture → root → title → cut. Raises ArticleError E_TOO_COMPLEX (deeper than 100 or more than
    20,000 elements) and E_NO_BODY (no text block of 20 words); the tree is as it was then.
    """
    check_size(document)
    base = _body(document)
    weights = weigh(base)
    marks = mark_furniture(base, weights)
    root = choose_root(base, weights, marks)
    told = declared_titles(document)
    h1 = find_headline(base, root, weights, marks, told)
    if h1:
        _place_title(h1, root, weights, marks)
    dropped, cautions = cut_out(Plan(base, root, h1, weights, marks))
    title = visible_text(h1) if h1 else told.best
    return Page(root, title, h1, dropped, cautions, _inherited(root, "lang"), _inherited(root, "dir"))


def _body(document: Node) -> Node:
    return next((node for node in walk(document) if isinstance(node, Node) and node.name == "body"), document)


def _place_title(h1: Node, root: Node, weights: Weights, marks: Marks) -> None:
    """Moves the h1 to where it can stay: out of the site's header to the head of the root, or out of a menu."""
    inside = list(ancestors(h1))
    if root not in inside:
        _move(h1, root, root.children[0] if root.children else None)
        return
    menus = [up for up in inside[: inside.index(root)] if up in marks and weights[up].links * 2 > weights[up].words]
    if menus and menus[-1].parent:
        _move(h1, menus[-1].parent, menus[-1])


def _move(node: Node, parent: Node, before: Node | None) -> None:
    if node.parent:
        node.parent.remove_child(node)
    parent.insert_before(node, before)


def _inherited(root: Node, name: str) -> str:
    return next((value for node in (root, *ancestors(root)) if (value := attribute(node, name).strip())), "")
