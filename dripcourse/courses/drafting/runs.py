"""A text with its spans as runs, each of one look: what a writer of markup needs. It writes no markup."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise, takewhile

from dripcourse.courses.article import Span
from dripcourse.courses.drafting.showing import link_goes_out

Format = tuple[str, str]  # (kind, href)
CODE: Format = ("code", "")
_HALF_PLACEHOLDER = re.compile(r"\{(?=[{%#])")


@dataclass(frozen=True)
class Run:
    """Characters that look alike. `formats` go from the outermost inwards, code last; "\\n" is a run by itself."""

    text: str
    formats: tuple[Format, ...] = ()

    @cached_property
    def code(self) -> bool:
        """Whether it is inline code."""
        return CODE in self.formats

    @cached_property
    def around(self) -> tuple[Format, ...]:
        """Its formats but for code."""
        return tuple(one for one in self.formats if one != CODE)


def runs(text: str, spans: Sequence[Span], start: int, end: int) -> list[Run]:
    """Characters `start` to `end` as runs; the spans are sorted by their start.

    Links that may not go out leave their text; nested doubles count once.
    """
    inside = [s for s in takewhile(lambda s: s.start < end, spans) if s.end > start and s.start < s.end]
    kept = sorted((s for s in inside if s.kind != "link" or link_goes_out(s.href)), key=lambda s: (s.start, -s.end))
    edges = {start, end} | {at for s in kept for at in (s.start, s.end)}
    edges |= {start + at for line in re.finditer(r"\n", text[start:end]) for at in line.span()}
    places = sorted(at for at in edges if start <= at <= end)
    looks = _looks(kept, places)
    return _merged(_broken([Run(text[a:b], look) for (a, b), look in zip(pairwise(places), looks, strict=True)]))


def _looks(spans: Sequence[Span], places: Sequence[int]) -> Iterator[tuple[Format, ...]]:
    """What is around the text behind each place but the last; the spans are sorted, so each is met once."""
    coming = deque(spans)
    covering: list[Span] = []
    for at in places[:-1]:
        while coming and coming[0].start <= at:
            covering.append(coming.popleft())
        covering = [span for span in covering if span.end > at]
        yield _formats(covering)


def split_placeholders(found: Sequence[Run]) -> list[Run]:
    """The runs, with the first brace of every `{{ {% {#` in code taken out of the code, where it can be escaped."""
    pieces: list[Run] = []
    for run in found:
        if not run.code:
            pieces.append(run)
            continue
        at = 0
        for match in _HALF_PLACEHOLDER.finditer(run.text):
            pieces += [Run(run.text[at : match.start()], run.formats), Run("{", run.around)]
            at = match.end()
        pieces.append(Run(run.text[at:], run.formats))
    return _merged([piece for piece in pieces if piece.text])


def _formats(covering: Sequence[Span]) -> tuple[Format, ...]:
    """One of a kind each, the outer one; code goes innermost, since nothing can be set apart within it."""
    found: dict[str, Format] = {}
    for span in covering:
        found.setdefault(span.kind, (span.kind, span.href if span.kind == "link" else ""))
    return tuple(sorted(found.values(), key=lambda one: one == CODE))


def _broken(found: Sequence[Run]) -> list[Run]:
    """A line break looks like nothing, so it only keeps what goes on behind it."""
    lines = list(found)
    for at, run in enumerate(lines):
        if run.text == "\n":
            before = lines[at - 1].around if at else ()
            after = lines[at + 1].around if at + 1 < len(lines) else ()
            lines[at] = Run("\n", common(before, after))
    return lines


def common(one: Sequence[Format], other: Sequence[Format]) -> tuple[Format, ...]:
    """What both begin with."""
    shared = 0
    while shared < min(len(one), len(other)) and one[shared] == other[shared]:
        shared += 1
    return tuple(one[:shared])


def _merged(found: Sequence[Run]) -> list[Run]:
    merged: list[Run] = []
    for (is_break, formats), group in groupby(found, key=lambda run: (run.text == "\n", run.formats)):
        pieces = list(group)
        merged += pieces if is_break else [Run("".join(piece.text for piece in pieces), formats)]
    return merged
