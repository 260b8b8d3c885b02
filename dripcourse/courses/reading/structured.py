"""Pieces of a marked-up source to an article: title, levels, tail (COURSE A3.5). Its format does not matter here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dripcourse.courses.article import Article, Dropped, Options
from dripcourse.courses.codes import ArticleError, shorten
from dripcourse.courses.reading.assemble import assemble
from dripcourse.courses.reading.decode import fold
from dripcourse.courses.reading.edges import without_byline, without_label, without_reading_time
from dripcourse.courses.reading.levels import by_name, strong_kind
from dripcourse.courses.reading.parts import Outline
from dripcourse.courses.reading.pieces import Piece
from dripcourse.courses.reading.tail import without_tail
from dripcourse.courses.reading.typed import MOST_WORDS
from dripcourse.courses.sentences import count_words

_DEEPEST = 6


@dataclass(frozen=True)
class Title:
    """The title of an article. `source` is how the visible text has it, "" where it comes from elsewhere."""

    text: str
    source: str = ""
    heading: int = 0  # its level, where it is a heading


def build(found: Sequence[Piece], title: Title, options: Options) -> Article:
    """The article of these pieces, without the title's own. Raises ArticleError E_UNKNOWN_PERSPECTIVE, E_NO_TITLE."""
    if not title.text and not options.title:
        first = shorten(found[0].text) if found else ""
        raise ArticleError("E_NO_TITLE", f"No title found. First line: «{first}». Use --title.")
    pieces, title, again = _without_second_title(list(found), title)
    pieces, byline = without_byline(pieces)
    pieces, minutes, timing = without_reading_time(pieces)
    pieces, tail, kept = without_tail(pieces, _ends_tail(options), _is_heading)
    markers = [Dropped(piece.marker, "marker", piece.line) for piece in pieces if piece.typed]
    pieces = _levelled(_typed_headings(pieces), chapters=title.heading == 1)
    places = [at for at, piece in enumerate(pieces) if piece.level]
    perspectives = _chosen(pieces, places, options) or {at for at in places if pieces[at].level == 1}
    pieces, label = _without_label(pieces)
    headings = by_name(pieces, places, perspectives)
    article = assemble(Outline(pieces, headings, marked=True), title.text or options.title, options)
    return replace(
        article,
        source_title=title.source,
        reading_minutes=minutes,
        dropped=(*again, *byline, *timing, *tail, *markers, *label),
        cautions=(*kept, *article.cautions),
    )


def _without_second_title(pieces: list[Piece], title: Title) -> tuple[list[Piece], Title, list[Dropped]]:
    """A heading that says the title again is no perspective; where the title came from elsewhere, it is its place."""
    same = [at for at, piece in enumerate(pieces) if piece.level and fold(piece.text) == fold(title.text)]
    if not same:
        return pieces, title, []
    if not title.source:
        title = replace(title, source=pieces[same[0]].text)
        pieces = [piece for at, piece in enumerate(pieces) if at != same[0]]
        return pieces, title, []
    dropped = [Dropped(pieces[at].text, "marker", pieces[at].line) for at in same]
    return [piece for at, piece in enumerate(pieces) if at not in same], title, dropped


def _ends_tail(options: Options) -> Callable[[Piece], bool]:
    """Whether a piece is a perspective for certain, and so no part of the tail."""
    names = set(map(fold, options.perspectives))
    return lambda piece: bool(piece.level) and (fold(piece.text) in names or strong_kind(piece.text) is not None)


def _is_heading(found: Sequence[Piece], at: int) -> bool:
    return bool(found[at].level)


def _typed_headings(found: list[Piece]) -> list[Piece]:
    """Where there is no heading at all, short paragraphs wholly in bold or the like over a longer one are headings.

    The style seen first is the level of perspectives, the others that of sections.
    """
    if any(piece.level for piece in found):
        return found
    styles: dict[str, int] = {}
    marked = list(found)
    for at, piece in enumerate(found[:-1]):
        if _heads(piece, found[at + 1]):
            level = styles.setdefault(piece.style, 3 if styles else 2)
            marked[at] = replace(piece, level=level, spans=())
    return marked


def _heads(piece: Piece, below: Piece) -> bool:
    words = count_words(piece.text)
    longer = below.kind != "text" or count_words(below.text) > words
    return piece.kind == "text" and bool(piece.style) and 0 < words <= MOST_WORDS and longer


def _levelled(found: Sequence[Piece], chapters: bool) -> list[Piece]:
    """Levels as written become 1 for perspectives and 2 for sections.

    `chapters`: the title is a heading of level 1, so another one of that level is a perspective.
    """
    counts = Counter(piece.level for piece in found if piece.level)
    if counts.total() < 2:
        top = 0
    elif chapters and counts[1]:
        top = 1
    else:
        top = next((level for level in range(1, _DEEPEST + 1) if counts[level] >= 2), min(counts))
    return [replace(p, level=1 if p.level <= top else 2) if p.level else p for p in found]


def _chosen(found: Sequence[Piece], places: Sequence[int], options: Options) -> set[int]:
    """Indices of the headings that the author named."""
    by_text = {fold(found[at].text): at for at in reversed(places)}
    for name in options.perspectives:
        if fold(name) not in by_text:
            seen = ", ".join(f"«{found[at].text}»" for at in places)
            raise ArticleError("E_UNKNOWN_PERSPECTIVE", f"No heading «{name}». Headings: {seen or 'none'}.")
    return {by_text[fold(name)] for name in options.perspectives}


def _without_label(found: list[Piece]) -> tuple[list[Piece], list[Dropped]]:
    if not found or found[0].level:
        return found, []
    first, dropped = without_label(found[0])
    return [first, *found[1:]], dropped
