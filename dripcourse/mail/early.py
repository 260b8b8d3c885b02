"""Whether a mail is so long that its way out must stand at its beginning, too; decided before its styles are inlined.

Mail programs clip what is long, and the foot comes last. What inlining adds is bounded from above by the rules that
could match each element, so the answer is sure, and costs no pass of the inliner.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser

from dripcourse.domain.mentions import MOST
from dripcourse.mail.checks import LONGEST
from dripcourse.mail.slots import joined, sentinels, without_mentions

FIRST = 20_000  # bytes of the finished HTML within which there is a link to leave by, with the longest values there are

_Names = frozenset[str]  # an element's name and its .classes
_SHEET = re.compile(r"<style>.*?</style>", re.DOTALL)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_NAME = re.compile(r"(?:\A|\.)[a-z][a-z0-9-]*")
_ATTRIBUTES = len(' style="" width="100%"')
_VOID = ("br", "hr", "img", "meta")


@dataclass(frozen=True)
class _Rule:
    """One selector: what it ends in, what stands around that, and how long each of its declarations gets."""

    element: _Names
    around: tuple[_Names, ...]
    lengths: Mapping[str, int]


def comes_late(page: str, css: str) -> bool:
    """Whether the last link to leave by could stand behind the FIRST bytes, once `css` is in the elements of `page`.

    False where there is none: who is not subscribed needs none.
    """
    before, found, _ = page.rpartition(sentinels()["leave_url"])
    return bool(found) and bound(before, css) > FIRST


def bound(page: str, css: str) -> int:
    """How many bytes this beginning of a page can have at most, with `css` inlined and the longest values."""
    filled = joined(without_mentions(_SHEET.sub("", page, count=1), lambda _: "x" * MOST), LONGEST)
    written = len(filled.encode("utf-8"))
    rules = list(_rules(css))
    return written + sum(_growth(rules, *place) * count for place, count in _Elements(page).found.items())


def _growth(rules: list[_Rule], names: _Names, around: _Names) -> int:
    longest: dict[str, int] = {}
    for rule in rules:
        if rule.element <= names and all(outer <= around for outer in rule.around):
            for name, length in rule.lengths.items():
                longest[name] = max(length, longest.get(name, 0))
    return sum(longest.values()) + _ATTRIBUTES if longest else 0


def _rules(css: str) -> Iterator[_Rule]:
    for selectors, body in _RULE.findall(css):
        # Declarations are joined by "; ", and quotes round the name of a font are escaped in an attribute.
        written = (one.strip().replace("'", "&quot;") for one in body.split(";") if one.strip())
        lengths = {one.partition(":")[0]: len(one) + 2 for one in written}
        for selector in selectors.split(","):
            *around, element = (frozenset(_NAME.findall(part)) for part in selector.split())
            yield _Rule(element, tuple(around), lengths)


class _Elements(HTMLParser):
    """How often an element of these names begins within elements of those."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: Counter[tuple[_Names, _Names]] = Counter()
        self._open: list[tuple[str, _Names]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = frozenset((tag, *(f".{name}" for name in (dict(attrs).get("class") or "").split())))
        around = self._open[-1][1] if self._open else frozenset()
        self.found[names, around] += 1
        if tag not in _VOID:
            self._open.append((tag, around | names))

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1][0] == tag:
            self._open.pop()
