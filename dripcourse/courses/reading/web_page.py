"""Reads an article from HTML: the main content of a page, walked through. Which part that is, is decided in `page`."""

from __future__ import annotations

from dataclasses import replace

from justhtml import JustHTML

from dripcourse.courses.article import Article, Options
from dripcourse.courses.codes import ArticleError
from dripcourse.courses.reading.edges import reading_minutes
from dripcourse.courses.reading.ledger import check_ledger
from dripcourse.courses.reading.page import main_content, visible_text
from dripcourse.courses.reading.pieces import Piece
from dripcourse.courses.reading.structured import Title, build
from dripcourse.courses.reading.walk import Walk


def read_html(text: str, options: Options) -> Article:
    """The article, with nothing lost. Raises ArticleError E_EMPTY, E_NO_TITLE, E_NO_BODY, E_TOO_COMPLEX, E_LEDGER."""
    document = JustHTML(text, sanitize=False, track_node_locations=True, scripting_enabled=False).root
    visible = visible_text(document)
    if not visible:
        raise ArticleError("E_EMPTY", "The file has no text: nothing in the page is visible. Give the article itself.")
    page = main_content(document)
    source = " ".join(visible_text(page.title_node).split()) if page.title_node else ""
    walk = Walk(typed=True, captions=options.keep_captions, address=options.address, skip=page.title_node)
    walk.through(page.root)
    pieces = [_own(piece, page.lang, page.dir) for piece in walk.pieces]
    article = build(pieces, Title(page.title, source, 1 if source else 0), options)
    told = (reading_minutes(dropped.text) for dropped in page.dropped if dropped.reason == "reading_time")
    article = replace(
        article,
        reading_minutes=next((m for m in (article.reading_minutes, *told) if m is not None), None),
        lang=page.lang,
        dir=page.dir,
        dropped=tuple(sorted((*page.dropped, *walk.dropped, *article.dropped), key=lambda d: d.line)),
        cautions=(*page.cautions, *article.cautions),
    )
    check_ledger(visible, article)
    return article


def _own(piece: Piece, lang: str, way: str) -> Piece:
    """The piece with its language and direction only where they are not the page's."""
    return replace(piece, lang="" if piece.lang == lang else piece.lang, dir="" if piece.dir == way else piece.dir)
