"""The text of a paragraph as a browser shows it: white space collapsed, formatting as spans. It knows no blocks."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from dripcourse.courses.article import Span
from dripcourse.courses.reading.decode import CONTROLS

_WHITE = re.compile(r"[ \t\n\r\f]+")  # not U+00A0: it is the author's
_EDGES = " \t\n\r\f"


@dataclass(frozen=True)
class Text:
    """Visible text with its spans. A line break of the author is a newline."""

    text: str
    spans: tuple[Span, ...] = ()
    styles: tuple[tuple[int, frozenset[str]], ...] = ()  # (offset, tags around the text from there on)
    lines: tuple[tuple[int, int, int], ...] = ()  # (offset, first line, last line) of what was written there

    def cut(self, start: int, end: int) -> Text:
        """Characters `start` to `end`, without white space around them."""
        piece = self.text[start:end]
        start += len(piece) - len(piece.lstrip(_EDGES))
        end = start + len(piece.strip(_EDGES))
        spans = (replace(s, start=max(s.start, start) - start, end=min(s.end, end) - start) for s in self.spans)
        return Text(
            self.text[start:end],
            tuple(span for span in spans if span.start < span.end),
            tuple((max(0, at - start), tags) for at, tags in _within(self.styles, start, end)),
            tuple((max(0, at - start), a, b) for at, a, b in _within(self.lines, start, end)),
        )

    @property
    def style(self) -> str:
        """The tags that are around all of the text, in alphabetical order; "" for none."""
        around = [tags for _, tags in self.styles]
        return " ".join(sorted(frozenset.intersection(*around))) if around else ""

    @property
    def line_range(self) -> tuple[int, int]:
        """First and last line of the source; (0, 0) where nothing is known."""
        known = [(a, b) for _, a, b in self.lines if a]
        return (min(a for a, _ in known), max(b for _, b in known)) if known else (0, 0)

    def between(self, marks: re.Pattern[str]) -> list[tuple[int, int]]:
        """Start and end of what stands between the marks, where that is not empty."""
        edges = [0, *(at for mark in marks.finditer(self.text) for at in mark.span()), len(self.text)]
        return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if self.text[a:b].strip(_EDGES)]

    def __bool__(self) -> bool:
        return bool(self.text)


Mark = TypeVar("Mark", bound=tuple[Any, ...])


def _within(marks: tuple[Mark, ...], start: int, end: int) -> tuple[Mark, ...]:
    """The marks that hold between `start` and `end`; each holds from its offset to the next one."""
    first = max(0, bisect_right(marks, start, key=lambda mark: mark[0]) - 1)
    return marks[first : bisect_left(marks, end, key=lambda mark: mark[0])] if start < end else ()


class Writer:
    """Collects the text of one paragraph; `take` gives it and begins the next, with the same formatting open."""

    def __init__(self) -> None:
        self._open: list[tuple[str, str, int]] = []  # (kind, href, start)
        self._tags: list[str] = []
        self._begin()

    def _begin(self) -> None:
        self._text: list[str] = []
        self._length = 0
        self._last = "\n"
        self._spans: list[Span] = []
        self._styles: list[tuple[int, frozenset[str]]] = []
        self._lines: list[tuple[int, int, int]] = []
        self._open = [(kind, href, 0) for kind, href, _ in self._open]

    def write(self, text: str, lines: tuple[int, int]) -> None:
        """Adds text of the source, which stands on these lines."""
        shown = _WHITE.sub(" ", text).translate(CONTROLS)
        if self._last in " \n":
            shown = shown.removeprefix(" ")
        if not shown:
            return
        if shown != " ":  # blanks have no style of their own
            self._styles.append((self._length, frozenset(self._tags)))
            self._lines.append((self._length, *lines))
        self._put(shown)

    def break_line(self) -> None:
        """Adds a line break; blanks before it do not show."""
        if self._last == " ":
            self._text[-1] = self._text[-1][:-1]
            self._length -= 1
        self._put("\n")

    def _put(self, text: str) -> None:
        self._text.append(text)
        self._length += len(text)
        self._last = text[-1]

    def open(self, kind: str, href: str = "") -> None:
        """Begins a span."""
        self._open.append((kind, href, self._length))

    def close(self) -> None:
        """Ends the span begun last."""
        kind, href, start = self._open.pop()
        if start < self._length:
            self._spans.append(Span(start, self._length, kind, href))

    def enter(self, tag: str) -> None:
        """Notes a tag that shows in the style of what follows."""
        self._tags.append(tag)

    def leave(self) -> None:
        """Ends the tag noted last."""
        self._tags.pop()

    def take(self) -> Text:
        """What was collected; the next paragraph begins."""
        still = [Span(start, self._length, kind, href) for kind, href, start in self._open if start < self._length]
        spans = sorted((*self._spans, *still), key=lambda s: (s.start, -s.end))
        found = Text("".join(self._text), tuple(spans), tuple(self._styles), tuple(self._lines))
        self._begin()
        return found.cut(0, len(found.text))
