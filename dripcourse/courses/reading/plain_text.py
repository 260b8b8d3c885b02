"""Reads an article from plain text (COURSE A3.4): title, tail, headings, then `assemble` puts it together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from dripcourse.courses.article import Article, Dropped, Options
from dripcourse.courses.codes import ArticleError, Caution, shorten
from dripcourse.courses.reading.assemble import assemble
from dripcourse.courses.reading.decode import fold
from dripcourse.courses.reading.edges import without_byline, without_label, without_reading_time
from dripcourse.courses.reading.ledger import check_ledger
from dripcourse.courses.reading.levels import Heading, chosen, level, strong_kind
from dripcourse.courses.reading.lines import chapters, heading_like, number_runs, pieces, underline
from dripcourse.courses.reading.parts import Outline
from dripcourse.courses.reading.pieces import Piece
from dripcourse.courses.reading.tail import without_tail
from dripcourse.courses.sentences import count_words


@dataclass(frozen=True)
class _Known:
    """Which lines are perspectives for certain, whatever stands around them."""

    names: frozenset[str]

    def __call__(self, piece: Piece) -> bool:
        if piece.kind != "text":
            return False
        return piece.level == 1 or fold(piece.text) in self.names or strong_kind(piece.text) is not None


def read_text(text: str, options: Options) -> Article:
    """The article, with nothing lost. Raises ArticleError E_NO_TITLE, E_UNKNOWN_PERSPECTIVE, E_LEDGER."""
    every = underline(pieces(text))
    titled = _is_title(every[0])
    if not titled and not options.title:
        raise ArticleError("E_NO_TITLE", f"No title found. First line: «{shorten(every[0].text)}». Use --title.")
    body, byline = without_byline(every[titled:])
    body, minutes, timing = without_reading_time(body)
    known = _Known(frozenset(map(fold, options.perspectives)))
    body, tail, kept = without_tail(body, known, heading_like)
    rules = [Dropped(piece.text, "marker", piece.line) for piece in body if piece.kind == "rule"]
    body = number_runs(chapters([piece for piece in body if piece.kind != "rule"], _is_name), known)
    body, label = _without_label(body)
    headings, cautions = _headings(body, options, known)
    markers = [Dropped(p.marker, "marker", p.line) for p in (*every[:titled], *body) if p.typed]
    marked = bool(options.perspectives) or any(piece.level == 1 for piece in body)
    article = assemble(Outline(body, headings, marked), every[0].text if titled else options.title, options)
    article = replace(
        article,
        source_title=every[0].text if titled else "",
        reading_minutes=minutes,
        dropped=tuple(sorted((*byline, *timing, *tail, *label, *rules, *markers), key=lambda d: d.line)),
        cautions=(*kept, *cautions, *article.cautions),
    )
    check_ledger(text, article)
    return article


def _without_label(body: list[Piece]) -> tuple[list[Piece], list[Dropped]]:
    if not body or body[0].kind != "text":
        return body, []
    first, label = without_label(body[0])
    return [first, *body[1:]], label


def _is_name(text: str) -> bool:
    return strong_kind(text) is not None


def _is_title(piece: Piece) -> bool:
    """A first line that is a list item or a whole paragraph is no title."""
    return piece.kind == "text" and len(piece.text) <= 200 and count_words(piece.text) <= 25


def _headings(found: Sequence[Piece], options: Options, known: _Known) -> tuple[list[Heading], tuple[Caution, ...]]:
    given = chosen(found, options.perspectives)
    between = _between_steps(found)
    places = [
        at
        for at, piece in enumerate(found)
        if at in given or known(piece) or (heading_like(found, at) and at not in between)
    ]
    headings = level(found, places, given)
    certain = sum(1 for at in places if strong_kind(found[at].text) or found[at].level == 1)
    if given or certain >= 2 or not places:
        return headings, ()
    tree = "; ".join(f"{h.level} «{shorten(found[h.at].text, 40)}»" for h in headings[:12])
    return headings, (
        Caution(
            "W_LEVELS_GUESSED",
            found[places[0]].line,
            f"Only {certain} of {len(places)} headings have a known name, so levels were guessed: {tree}. "
            'Wrong? Name the perspectives with --perspective "…", or put "# " or "## " before the lines '
            "and say --format text.",
        ),
    )


def _between_steps(found: Sequence[Piece]) -> set[int]:
    """Indices of lines behind which the run of the step before goes on: they belong to that step."""
    steps = [at for at, piece in enumerate(found) if piece.kind == "step"]
    return {x for a, b in pairwise(steps) if found[a].run == found[b].run for x in range(a + 1, b)}
