"""A course's colours and fonts as a style sheet, for every page of it: the form, the door, a reader's own pages."""

from __future__ import annotations

from fastapi import APIRouter, Response

from dripcourse.errors import NotFound
from dripcourse.flows.books import Book
from dripcourse.storage import courses
from dripcourse.web.look import style
from dripcourse.web.page import READ
from dripcourse.web.site import Here, Site

router = APIRouter()

_KEPT = {"Cache-Control": "public, max-age=3600"}  # it is nobody's in particular, and its address has the version


@router.api_route("/course/{slug}/style.css", methods=READ)
def course_style(slug: str, site: Here) -> Response:
    """What the course puts over static/site.css; empty where it has no theme."""
    with site.engine.db.reading() as tx:
        there = {each.slug: each for each in courses.every(tx)}
        if slug not in there:
            raise NotFound("there is no such course")
        book = site.engine.shelf.book(tx, there[slug].version_id)
    return Response(style(book.theme), media_type="text/css", headers=_KEPT)


def style_path(site: Site, book: Book) -> str:
    """Where that is; "" where the course has no theme."""
    return f"{site.root}/course/{book.course.slug}/style.css?v={book.version.id}" if book.theme else ""
