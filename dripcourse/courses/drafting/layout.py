"""Markdown blocks in a row, laid out: items to nested lists, quotes to one quotation. It escapes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

_DEEPEST = 10  # lists in lists; the mails read 30 levels, and each list is two


@dataclass
class Part:
    """One block in Markdown. An item has its `number`, or None for a bullet; `inside` is what is nested in it."""

    markdown: str
    kind: str = "block"  # item, quote
    depth: int = 0
    number: int | None = None
    inside: list[Part] = field(default_factory=list)


def laid_out(parts: Iterable[Part]) -> str:
    """The parts as one Markdown text, each nested in the item above it that has a smaller depth."""
    return _blocks(_nested(parts))


def _nested(parts: Iterable[Part]) -> list[Part]:
    top: list[Part] = []
    opened: list[Part] = []
    for part in parts:
        while opened and opened[-1].depth >= part.depth:
            opened.pop()
        del opened[_DEEPEST - 1 :]
        (opened[-1].inside if opened else top).append(part)
        if part.kind == "item":
            opened.append(part)
    return top


def _blocks(parts: Sequence[Part]) -> str:
    chunks: list[str] = []
    last = ""  # the delimiter of the list right above, if it is numbered
    for kind, group in groupby(_grouped(parts), key=lambda pair: pair[0]):
        members = [part for _, part in group]
        if kind[0] == "item" and members[0].number is not None:
            last = ")" if last == "." else "."  # two lists in a row would else be one
            chunks.append(_items(members, last))
            continue
        last = ""
        if kind[0] == "item":
            chunks.append(_items(members, ""))
        elif kind[0] == "quote":
            chunks.append(_quoted(members))
        else:
            chunks += [part.markdown for part in members]
    return "\n\n".join(chunk for chunk in chunks if chunk)


def _grouped(parts: Sequence[Part]) -> list[tuple[tuple[str, int], Part]]:
    """Each part with the name of its group: a list goes on while its numbers do."""
    found: list[tuple[tuple[str, int], Part]] = []
    group = 0
    before: Part | None = None
    for part in parts:
        goes_on = before is not None and before.kind == part.kind and _follows(before.number, part.number)
        group += not goes_on
        found.append(((part.kind, group), part))
        before = part
    return found


def _follows(before: int | None, number: int | None) -> bool:
    return number is None if before is None else number == before + 1


def _items(items: Sequence[Part], delimiter: str) -> str:
    bodies = [_body(item) for item in items]
    tight = all(map(_is_tight, items))
    lines = []
    for item, (own, inner) in zip(items, bodies, strict=True):
        mark = "- " if item.number is None else f"{item.number}{delimiter} "
        body = ("\n" if tight else "\n\n").join(text for text in (own, inner) if text)
        lines.append((mark + _indented(body, len(mark))).rstrip(" "))
    return ("\n" if tight else "\n\n").join(lines)


def _body(item: Part) -> tuple[str, str]:
    return item.markdown, _blocks(item.inside)


def _is_tight(item: Part) -> bool:
    """Whether nothing but a list stands below its words. One that begins with another number needs a blank line."""
    listed = all(part.kind == "item" for part in item.inside)
    return listed and len({group for group, _ in _grouped(item.inside)}) <= 1 and _may_interrupt(item)


def _may_interrupt(item: Part) -> bool:
    return not item.inside or (item.inside[0].number in (None, 1) and bool(item.inside[0].markdown))


def _indented(text: str, width: int) -> str:
    first, *rest = text.split("\n")
    return "\n".join((first, *(" " * width + line if line else "" for line in rest)))


def _quoted(parts: Sequence[Part]) -> str:
    text = "\n\n".join(part.markdown for part in parts)
    return "\n".join(f"> {line}".rstrip(" ") for line in text.split("\n"))
