"""Takes furniture out of a page and lists it, each text once and whole. What is furniture was decided before."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field

from justhtml import Node

from dripcourse.courses.article import Dropped
from dripcourse.courses.codes import Caution
from dripcourse.courses.reading.bylines import told_apart
from dripcourse.courses.reading.furniture import UNRENDERED, Marks
from dripcourse.courses.reading.nodes import UNSEEN, NodeOrText, ancestors, line_of, named
from dripcourse.courses.reading.root import GUARDED_SHARE
from dripcourse.courses.reading.weights import Weights


@dataclass(frozen=True)
class Plan:
    """What was decided about a page: where its article is, what its title is, what looks like furniture."""

    base: Node
    root: Node
    title: Node | None  # inside the root
    weights: Weights
    marks: Marks


@dataclass
class _Cut:
    """What has been found on the way through the page, in document order."""

    taken: set[NodeOrText] = field(default_factory=set)
    dropped: list[Dropped] = field(default_factory=list)
    cautions: list[Caution] = field(default_factory=list)
    where: str = "nav"  # what stands outside of the root: before it `nav`, behind it `footer`


def cut_out(plan: Plan) -> tuple[tuple[Dropped, ...], tuple[Caution, ...]]:
    """Takes all but the article out of the tree; returns what was dropped, and what was kept against a rule."""
    around = {plan.root, *ancestors(plan.root)}
    mixed = _with_ancestors(plan.marks)
    holding = _with_ancestors([plan.title] if plan.title else [])
    cut = _Cut()
    stack: list[tuple[NodeOrText, bool, bool]] = [(plan.base, False, False)]
    while stack:
        node, inside, kept = stack.pop()
        if node is plan.root:
            inside, cut.where = True, "footer"
        reason = plan.marks.get(node, "")
        if node in around or (inside and node not in holding and reason and _is_guarded(plan, node)):
            if reason and not kept:
                cut.cautions.append(_caution(plan, node, reason))
            kept = kept or bool(reason)
        elif node.name in UNSEEN or (reason and node not in holding) or not (inside or node in mixed):
            cut.taken.add(node)
            cut.dropped.extend(told_apart(node, reason or cut.where))
            continue
        stack.extend((child, inside, kept) for child in reversed(node.children or ()))
    _detach(cut.taken)
    return tuple(cut.dropped), tuple(cut.cautions)


def _with_ancestors(nodes: Iterable[NodeOrText]) -> Set[NodeOrText]:
    found: set[NodeOrText] = set()
    for node in nodes:
        for up in (node, *ancestors(node)):
            if up in found:
                break
            found.add(up)
    return found


def _is_guarded(plan: Plan, node: NodeOrText) -> bool:
    """Whether dropping the node would cost so much of the article that the rule is the more likely mistake."""
    share = plan.weights[node].words * 100
    return node.name not in UNRENDERED and share > GUARDED_SHARE * plan.weights[plan.root].words


def _caution(plan: Plan, node: NodeOrText, reason: str) -> Caution:
    line, words, of = line_of(node), plan.weights[node].words, plan.weights[plan.root].words
    share = f"all {of}" if words >= of else f"{words} of {of} ({words * 100 // of} %)"
    return Caution(
        "W_DROP_GUARD",
        line,
        f"{named(node)} looks like {reason}, but holds {share} of the article's words, so it was kept. "
        "Is it no part of the article? Delete it from the page and import it again.",
    )


def _detach(taken: Set[NodeOrText]) -> None:
    """Each parent once: taking ten thousand children out one by one would look through all the others each time."""
    parents = {node.parent: None for node in taken if node.parent is not None}
    for parent in parents:
        parent.children = [child for child in parent.children or () if child not in taken]
    for node in taken:
        node.parent = None
