"""What can be asked of the nodes of a parsed page: visible text, line, attributes, size. It judges nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, cast

from justhtml import Node, Text

from dripcourse.courses.codes import ArticleError

NodeOrText: TypeAlias = Node | Text
MAX_DEPTH = 100
MAX_ELEMENTS = 20_000
UNSEEN = frozenset(
    {"script", "style", "template", "noscript", "head", "!doctype", "#comment", "#processing-instruction"}
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_INLINE_NAMES = (  # no button: what stands in it is no part of the sentence around
    "#text a abbr acronym b bdi bdo big cite code data del dfn em font i img input ins kbd label mark nobr output q "
    "rb rp rt ruby s samp small span strike strong sub sup time tt u var wbr"
)
_INLINE = frozenset(_INLINE_NAMES.split())


def is_inline(node: NodeOrText) -> bool:
    """Whether the node runs on in a line of text. Word's own tags (`o:p`) do; unknown ones do not."""
    return node.name in _INLINE or ":" in node.name or node.namespace in ("svg", "math")


def attribute(node: NodeOrText, name: str) -> str:
    """The attribute's value, "" if there is none."""
    attrs = node.attrs if isinstance(node, Node) else None
    return (attrs.get(name) or "") if attrs else ""


def has(node: NodeOrText, name: str) -> bool:
    """Whether the attribute is there, with or without a value."""
    return isinstance(node, Node) and name in (node.attrs or {})


def below(node: NodeOrText) -> list[NodeOrText]:
    """The children that could hold something visible, comments included; none for what is never shown."""
    return [] if node.name in UNSEEN else cast("list[NodeOrText]", node.children or [])


def ancestors(node: NodeOrText) -> Iterator[Node]:
    """The node's parent, its parent, and so on."""
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def walk(node: NodeOrText) -> Iterator[NodeOrText]:
    """The node and all below it in document order, without what is never shown."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(below(current)))


def visible_text(node: NodeOrText) -> str:
    """All text a reader could see, pictures' alt texts included, in document order; white space is one space.

    Nothing of head, script, style, template, noscript and comments. What is merely hidden counts as visible here.
    """
    parts: list[str] = []
    stack: list[NodeOrText | str] = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, str):
            parts.append(current)
        elif current.name == "#text":
            parts.append(cast("str", current.data) or "")
        elif is_inline(current):
            parts.append(f" {attribute(current, 'alt')} " if current.name == "img" else "")
            stack.extend(reversed(below(current)))
        elif current.name not in UNSEEN:
            stack.extend((" ", *reversed(below(current)), " "))
    return " ".join("".join(parts).split())


def raw_text(node: NodeOrText) -> str:
    """All characters below the node as they stand in the source, without what is never shown."""
    return "".join(cast("str", n.data) or "" for n in walk(node) if n.name == "#text")


def line_of(node: NodeOrText) -> int:
    """The line of the source the node stands on, counted from 1; its parent's if the parser made it up, else 0."""
    return next((n.origin_line for n in (node, *ancestors(node)) if n.origin_line), 0)


def named(node: NodeOrText) -> str:
    """The element as a person would find it in the source: `<div class="post side">`."""
    shown = (f' {name}="{value}"' for name in ("id", "class", "role") if (value := attribute(node, name)))
    return f"<{node.name}{''.join(shown)}>"


def check_size(document: Node) -> None:
    """Counts without recursion. Raises ArticleError E_TOO_COMPLEX: deeper than 100, or more than 20,000 elements."""
    elements, deepest, line = 0, 0, 0
    stack: list[tuple[NodeOrText, int]] = [(document, 0)]
    while stack:
        node, depth = stack.pop()
        elements += not node.name.startswith(("#", "!"))
        if depth > deepest:
            deepest, line = depth, node.origin_line or line
        stack.extend((child, depth + (child.name != "#text")) for child in node.children or ())
    if deepest > MAX_DEPTH:
        found = f"elements {deepest} deep (limit {MAX_DEPTH}), the deepest on line {line}"
    elif elements > MAX_ELEMENTS:
        found = f"{elements} elements (limit {MAX_ELEMENTS})"
    else:
        return
    raise ArticleError(
        "E_TOO_COMPLEX", f"The page has {found}. Save only the article, or copy its text into a .txt file."
    )
