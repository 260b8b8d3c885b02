"""Reads an article from HTML: the main content of a page, walked through. Which part that is, is decided in `page`."""

from __future__ import annotations

import re
from dataclasses import replace

from justhtml import JustHTML

from dripcourse.courses.article import Article, Dropped, Options
from dripcourse.courses.codes import ArticleError
from dripcourse.courses.reading.edges import reading_minutes
from dripcourse.courses.reading.headline import declared_titles
from dripcourse.courses.reading.ledger import check_ledger
from dripcourse.courses.reading.levels import strong_kind
from dripcourse.courses.reading.page import Page, main_content, visible_text
from dripcourse.courses.reading.pieces import Piece
from dripcourse.courses.reading.structured import Title, build
from dripcourse.courses.reading.walk import Walk
from dripcourse.courses.sentences import count_words

_TEXT, _CRUMB = 12, 6  # words: a paragraph has so many, a crumb no more
_DATE = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b\d+ (?:day|hour|minute|week|month)s? ago\b")


def read_html(text: str, options: Options) -> Article:
    """The article, with nothing lost. Raises ArticleError E_EMPTY, E_NO_TITLE, E_NO_BODY, E_TOO_COMPLEX, E_LEDGER."""
    document = JustHTML(text, sanitize=False, track_node_locations=True, scripting_enabled=False).root
    visible = visible_text(document)
    if not visible:
        raise ArticleError("E_EMPTY", "The file has no text: nothing in the page is visible. Give the article itself.")
    told = declared_titles(document)
    page = main_content(document)
    if page.title_node and told.best and strong_kind(page.title):  # the first of several perspectives, and no title
        page = replace(page, title=told.best, title_node=None)
    source = " ".join(visible_text(page.title_node).split()) if page.title_node else ""
    walk = Walk(typed=True, captions=options.keep_captions, address=options.address, skip=page.title_node)
    walk.through(page.root)
    pieces, bylines = _without_bylines([_own(piece, page.lang, page.dir) for piece in walk.pieces], page)
    article = build(pieces, Title(page.title, source, 1 if source else 0), options)
    timed = (reading_minutes(dropped.text) for dropped in page.dropped if dropped.reason == "reading_time")
    article = replace(
        article,
        reading_minutes=next((m for m in (article.reading_minutes, *timed) if m is not None), None),
        lang=page.lang,
        dir=page.dir,
        dropped=tuple(sorted((*page.dropped, *walk.dropped, *bylines, *article.dropped), key=lambda d: d.line)),
        cautions=(*page.cautions, *article.cautions),
    )
    check_ledger(visible, article)
    return article


def _own(piece: Piece, lang: str, way: str) -> Piece:
    """The piece with its language and direction only where they are not the page's."""
    return replace(piece, lang="" if piece.lang == lang else piece.lang, dir="" if piece.dir == way else piece.dir)


def _without_bylines(pieces: list[Piece], page: Page) -> tuple[list[Piece], list[Dropped]]:
    """Crumbs between the title and the text (a name, a date, claps) where one of them tells what they are.

    A heading over them is the subtitle: it opens the short answer and is no perspective.
    """
    end = next((at for at, piece in enumerate(pieces) if count_words(piece.text) >= _TEXT), len(pieces))
    crumbs = [at for at in range(end) if _is_crumb(pieces[at])]
    timed = any(dropped.reason in ("reading_time", "byline") for dropped in page.dropped)
    if not crumbs or not (timed or any(_DATE.search(pieces[at].text) for at in crumbs)):
        return pieces, []
    dropped = [Dropped(pieces[at].text, "byline", pieces[at].line) for at in crumbs]
    if pieces[0].level and crumbs[0] == 1:
        pieces = [replace(pieces[0], level=0), *pieces[1:]]
    return [piece for at, piece in enumerate(pieces) if at not in crumbs], dropped


def _is_crumb(piece: Piece) -> bool:
    return (
        piece.kind == "text" and not piece.level and count_words(piece.text) <= _CRUMB and piece.text[-1] not in ".!?:"
    )
