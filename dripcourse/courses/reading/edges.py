"""What stands around an article's body: the reading time, a label before the short answer, the tail behind the end."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from dripcourse.courses.article import Dropped
from dripcourse.courses.codes import Caution, shorten
from dripcourse.courses.reading.decode import fold
from dripcourse.courses.reading.pieces import Piece
from dripcourse.courses.sentences import count_words

_READING_TIME = re.compile(
    r"(reading time:?\s*)?((about|~)\s*)?(\d{1,3})\s*-?\s*(min|mins|minute|minutes)( read| reading| to read)?"
)
_TAIL = re.compile(
    r"(related (questions|posts|articles|reading|topics)|you (may|might) also like|further reading|read next"
    r"|keep reading|see also|more from .+|comments|share this|subscribe|about the author|tags)[:?!…]?"
)
_LABEL = re.compile(r"(?:the )?(?:short answer|tl;?dr|in short|in brief)\s*[:.–—-]?\s*", re.IGNORECASE)
_ARROWS = "→➔»›>"
_MOST, _FEW = 40, 100  # percent of the words that may be a tail, unless it is short; more is the article itself

Test = Callable[[Sequence[Piece], int], bool]


def without_reading_time(found: list[Piece]) -> tuple[list[Piece], int | None, list[Dropped]]:
    """(pieces, minutes, what was taken out): a line such as «6 min read» among the first five."""
    for at, piece in enumerate(found[:5]):
        minutes = reading_minutes(piece.text)
        if minutes is not None and piece.kind == "text":
            return found[:at] + found[at + 1 :], minutes, [Dropped(piece.text, "reading_time", piece.line)]
    return found, None, []


def reading_minutes(line: str) -> int | None:
    """The minutes of a line such as «6 min read»; None for any other line."""
    match = _READING_TIME.fullmatch(fold(line))
    return int(match[4]) if match else None


def without_tail(
    found: list[Piece], ends_tail: Callable[[Piece], bool], is_heading: Test
) -> tuple[list[Piece], list[Dropped], list[Caution]]:
    """(pieces, what was taken out, cautions): related questions and calls to action behind the article (A3.4-4)."""
    reasons = _tail_reasons(found, ends_tail, is_heading) or _arrow_tail(found, is_heading)
    words, total = (sum(count_words(found[at].text) for at in places) for places in (reasons, range(len(found))))
    if words > _FEW and 100 * words > _MOST * total:
        first = found[min(reasons)]
        text = (
            f"«{shorten(first.text, 40)}» looks like the end of the article, but {words} of {total} words stand behind "
            "it, so they were kept. Delete what is no part of the article."
        )
        return found, [], [Caution("W_DROP_GUARD", first.line, text)]
    dropped = [Dropped(_shown(found[at]), reason, found[at].line) for at, reason in reasons.items()]
    return [piece for at, piece in enumerate(found) if at not in reasons], dropped, []


def _shown(piece: Piece) -> str:
    return f"{piece.marker} {piece.text}".strip() if piece.typed else piece.text


def _tail_reasons(found: Sequence[Piece], ends_tail: Callable[[Piece], bool], is_heading: Test) -> dict[int, str]:
    """Index -> why it is dropped."""
    reasons: dict[int, str] = {}
    reason = ""
    for at, piece in enumerate(found):
        if reason and ends_tail(piece):
            reason = ""
        if not reason and piece.kind == "text" and _TAIL.fullmatch(fold(piece.text)):
            reason = "related"
        elif reason == "related" and is_heading(found, at):
            reason = "cta"
        if reason:
            reasons[at] = reason
    return reasons


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


def without_label(opening: Piece) -> tuple[Piece, list[Dropped]]:
    """The first piece of the short answer without a bold «Short answer:» before it."""
    bold = next((s for s in opening.spans if s.start == 0 and s.kind == "strong"), None)
    found = _LABEL.match(opening.text)
    if not bold or not found or bold.end > found.end() or found.end() >= len(opening.text):
        return opening, []
    cut = found.end()
    spans = (replace(s, start=max(0, s.start - cut), end=s.end - cut) for s in opening.spans if s.end > cut)
    label = Dropped(opening.text[:cut].strip(), "marker", opening.line)
    return replace(opening, text=opening.text[cut:], spans=tuple(spans)), [label]
