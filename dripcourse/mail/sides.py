"""Turns the start and end of a style sheet into left and right, which all mail programs know; it knows no themes.

A block in the other direction, such as an Arabic quotation in an English mail, gets the same rules mirrored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dripcourse.domain.direction import LEFT, RIGHT

_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SIDED = re.compile(r"\b(border|padding|margin)-(start|end)\s*:\s*([^;]+)")
_ALIGNED = re.compile(r"\btext-align\s*:\s*(start|end)\b")
_BLOCKS = ("p", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li", "table", "pre")
_PHYSICAL = {LEFT: {"start": "left", "end": "right"}, RIGHT: {"start": "right", "end": "left"}}


def sided(css: str, direction: str) -> str:
    """The style sheet with start and end as they are in a mail of that direction."""
    sides = _PHYSICAL[direction]
    css = _SIDED.sub(lambda found: f"{found[1]}-{sides[found[2]]}: {found[3]}", css)
    return _ALIGNED.sub(lambda found: f"text-align: {sides[found[1]]}", css)


def mirrored(css: str, direction: str) -> str:
    """Rules for what may stand in a mail of that direction but is written in the other one; `css` has start and end.

    What is put on a side is taken from the opposite one; so a shorthand beside it must leave both sides 0.
    """
    other = LEFT if direction == RIGHT else RIGHT
    rules = [_aligned(f'{{}}[dir="{other}"]', other), _aligned(f'[dir="{other}"] {{}}[dir="{direction}"]', direction)]
    for selectors, body in _RULE.findall(css):
        for selector in (x.strip() for x in selectors.split(",")):
            head, _, last = selector.rpartition(" ")
            if last.startswith(".") or not (_SIDED.search(body) or _ALIGNED.search(body)):
                continue  # classes are the layout's own: that has the direction of the mail
            inside = f'{head} [dir="{other}"] {last}'.strip()
            itself = f'{selector}[dir="{other}"]'
            rules.append(f"{inside}, {itself} {{ {'; '.join(_turned(body, other))} }}")
            rules.append(f'{inside}[dir="{direction}"] {{ {"; ".join(_turned(body, direction))} }}')
    return "\n".join(rules)


def _turned(body: str, direction: str) -> Iterator[str]:
    sides = _PHYSICAL[direction]
    given = {(name, side): value.strip() for name, side, value in _SIDED.findall(body)}
    for name in dict.fromkeys(name for name, _ in given):
        for side in ("start", "end"):
            yield f"{name}-{sides[side]}: {given.get((name, side), '0')}"
    for side in _ALIGNED.findall(body):
        yield f"text-align: {sides[side]}"


def _aligned(selector: str, direction: str) -> str:
    names = ", ".join(selector.format(tag) for tag in _BLOCKS)
    return f"{names} {{ text-align: {_PHYSICAL[direction]['start']} }}"
