"""What stands behind an article: related questions, comments, calls to action (COURSE A3.4-4). No furniture."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence

from dripcourse.courses.article import Dropped
from dripcourse.courses.codes import Caution, shorten
from dripcourse.courses.reading.decode import fold
from dripcourse.courses.reading.pieces import Piece
from dripcourse.courses.sentences import count_words

_NAMES = re.compile(
    r"(related (questions|posts|articles|reading|topics)|you (may|might) also like|further reading|read next"
    r"|keep reading|see also|more from .+|comments|share this|subscribe|about the author|tags)[:?!…]?"
)
_WITH_TEXT = re.compile(r"(comments|about the author|more from .+)[:?!…]?")  # long text below these is no article
_ARROWS = "→➔»›>"
_CALL = 80  # words; a call to action has no more below one heading
_PARAGRAPH = 50  # words
_LINK = 15  # words; a line of links has no more
_STEPS = 2  # so many steps are the article's
_MOST, _FEW = 40, 100  # percent of the words that may be a tail, unless it is short; more is the article itself

Test = Callable[[Sequence[Piece], int], bool]


def without_tail(
    found: list[Piece], ends_tail: Callable[[Piece], bool], is_heading: Test
) -> tuple[list[Piece], list[Dropped], list[Caution]]:
    """(pieces, what was taken out, cautions). `ends_tail`: a perspective for certain, wherever it stands.

    The tail goes to the end, but a later section ends it that has the text of an article and not of an advertisement.
    """
    reasons = _Tail(found, ends_tail, is_heading).reasons() or _arrow_tail(found, is_heading)
    words, total = (sum(count_words(found[at].text) for at in places) for places in (reasons, range(len(found))))
    cautions: list[Caution] = []
    if words > _FEW:
        first = found[min(reasons)]
        kept = 100 * words > _MOST * total
        cautions = [Caution("W_DROP_GUARD", first.line, _said(first, words, total, kept=kept))]
        reasons = {} if kept else reasons
    dropped = [Dropped(_shown(found[at]), reason, found[at].line) for at, reason in reasons.items()]
    return [piece for at, piece in enumerate(found) if at not in reasons], dropped, cautions


def _said(first: Piece, words: int, total: int, *, kept: bool) -> str:
    what = f"«{shorten(first.text, 40)}» looks like the end of the article; {words} of {total} words stand behind it"
    if kept:
        return f"{what}, so they were kept. Delete what is no part of the article."
    return (
        f"{what} and were left out. If they are part of it, name their heading with --perspective, or delete that line."
    )


class _Tail:
    """One pass over the pieces."""

    def __init__(self, found: Sequence[Piece], ends_tail: Callable[[Piece], bool], is_heading: Test) -> None:
        self.found, self.ends_tail = found, ends_tail
        self.heads = {at for at in range(len(found)) if is_heading(found, at)}
        self.names = {at for at, piece in enumerate(found) if piece.kind == "text" and _NAMES.fullmatch(_line(piece))}
        self.stops = sorted(self.heads | self.names)

    def reasons(self) -> dict[int, str]:
        """Index -> why it is dropped."""
        reasons: dict[int, str] = {}
        at = 0
        level = None  # of the heading that began the tail; None: we are in the article
        calls: list[range] = []  # sections of the tail that could be the article's, if it goes on behind them
        while at < len(self.found):
            end = self._next_stop(at) if at in self.heads or at in self.names else at + 1
            if at in self.names:
                own = self._own(at, end)
                reasons |= dict.fromkeys(own, "related")
                level = (self.found[at].level if level is None else level) if own.stop == end else None
            elif level is not None and not self._ends(at, end, level):
                reasons |= dict.fromkeys(range(at, end), "cta")
                calls += [range(at, end)] if self._words(at, end) > _PARAGRAPH else []
            else:
                for call in calls:
                    reasons = {x: why for x, why in reasons.items() if x not in call}
                level, calls = None, []
            at = end
        return reasons

    def _next_stop(self, at: int) -> int:
        """The next heading, or line that names a tail."""
        place = bisect_right(self.stops, at)
        return self.stops[place] if place < len(self.stops) else len(self.found)

    def _own(self, at: int, end: int) -> range:
        """What belongs to a line such as «See also»: all below it, but only the short lines if an article goes on."""
        if _WITH_TEXT.fullmatch(_line(self.found[at])) or self._words(at + 1, end) <= _CALL:
            return range(at, end)
        short = (x for x in range(at + 1, end) if count_words(self.found[x].text) > _LINK)
        return range(at, next(short, end))

    def _ends(self, at: int, end: int, level: int) -> bool:
        """Whether the section of this heading is the article's again."""
        head = self.found[at]
        if self.ends_tail(head) or (head.level and head.level < level):
            return True
        steps = sum(piece.kind == "step" for piece in self.found[at:end])
        return self._words(at, end) > _CALL or steps >= _STEPS

    def _words(self, start: int, end: int) -> int:
        return sum(count_words(piece.text) for piece in self.found[start:end])


def _line(piece: Piece) -> str:
    """The whole line for comparing; nothing where it is a paragraph."""
    return fold(piece.text) if len(piece.text) <= 80 else ""


def _shown(piece: Piece) -> str:
    return f"{piece.marker} {piece.text}".strip() if piece.typed else piece.text


def _arrow_tail(found: Sequence[Piece], is_heading: Test) -> dict[int, str]:
    """No heading for the tail, but the last line is a button: it and its few lines are a call to action."""
    last = len(found) - 1
    if last < 0 or found[last].text[-1] not in _ARROWS:
        return {}
    words = 0
    for at in range(last, max(-1, last - 4), -1):
        words += count_words(found[at].text)
        if at < last and words <= 80 and is_heading(found, at):
            return dict.fromkeys(range(at, last + 1), "cta")
    return {last: "cta"}
