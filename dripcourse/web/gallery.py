"""The pages of `course preview`: an inbox of a folder's mails, and each mail as readers see it. They change nothing.

A mail's own HTML is shown in a sandboxed frame that may run nothing and load nothing; the page around it may run its
one script.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.staticfiles import StaticFiles

from dripcourse.domain.direction import language_direction
from dripcourse.web import gallery_facts
from dripcourse.web.gallery_exhibits import Edition, Exhibit, Exhibition
from dripcourse.web.gallery_host import LocalOnly
from dripcourse.web.gallery_mails import Gallery
from dripcourse.web.gallery_stamp import stamp_of
from dripcourse.web.guard import Guard
from dripcourse.web.letter import in_frame
from dripcourse.web.page import READ, sentence

router = APIRouter()

Inbox = Literal["desktop", "phone"]
View = Literal["light", "dark", "phone", "phone-dark", "text"]
VIEWS: dict[View, str] = {
    "light": "Light",
    "dark": "Dark",
    "phone": "Phone",
    "phone-dark": "Phone, dark",
    "text": "Plain text",
}
_ROOM = {"desktop": gallery_facts.DESKTOP, "phone": gallery_facts.PHONE}
_PAGE = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; frame-src 'self'; "
        "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
}
_FRAMED = {  # links may open a tab of their own, so that an author can try his; nothing else
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
}


def create_gallery(gallery: Gallery) -> FastAPI:
    """The application that shows one folder. It answers on this machine's own names only."""
    app = FastAPI(title="Dripcourse preview", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.gallery = gallery
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=Path(__file__).with_name("static")))
    app.add_middleware(LocalOnly)
    app.add_middleware(Guard)  # around it, so that refusals have its headers too
    app.add_exception_handler(AnyHTTPException, _no_such_page)
    app.add_exception_handler(RequestValidationError, _no_such_page)
    return app


async def _gallery_of(request: Request) -> Gallery:
    gallery: Gallery = request.app.state.gallery
    return gallery


Here = Annotated[Gallery, Depends(_gallery_of)]


@router.api_route("/", methods=READ)
def inbox(gallery: Here, inbox: Inbox = "desktop", language: str = "") -> Response:
    """All mails of one language in order, as the inbox of a desktop or a phone shows them, and those outside of it."""
    seen = gallery.look()
    edition = seen.edition(language)
    rows = [_row(exhibit, inbox) for exhibit in edition.lessons]
    notices = [_row(exhibit, inbox) for exhibit in edition.notices]
    return _page(gallery, seen, edition, "gallery", inbox=inbox, rows=rows, notices=notices)


@router.api_route("/mails/{name}", methods=READ)
def mail(name: str, gallery: Here, view: View = "light") -> Response:
    """One mail in one of its views, with its facts and its neighbours."""
    seen = gallery.look()
    found = _found(seen, name)
    if found is None:
        text = f"There is no mail {name} in the folder any more."
        return _page(gallery, seen, seen.editions[0], "gallery_gone", 404, text=text)
    edition, place = found
    exhibit, beside = edition.exhibits[place], edition.exhibits
    return _page(
        gallery, seen, edition, "gallery_mail",
        exhibit=exhibit, views=VIEWS, view=view,
        facts=gallery_facts.facts(exhibit),
        before=beside[place - 1] if place else None,
        after=beside[place + 1] if place + 1 < len(beside) else None,
    )  # fmt: skip


@router.api_route("/mails/{name}/html", methods=READ)
def mail_html(name: str, gallery: Here, scheme: Literal["light", "dark"] = "light") -> Response:
    """The mail's own HTML, for the frame."""
    seen = gallery.look()
    made = next((exhibit.made for exhibit in seen.exhibits if exhibit.name == name), None)
    html = in_frame(made.mail.html, scheme == "dark") if made else ""
    return HTMLResponse(html, 200 if made else 404, headers=_FRAMED)


@router.api_route("/changes", methods=READ)
def changes(gallery: Here, seen: str = "") -> Response:
    """Whether the folder is another one than the one `seen`, by the stamp of a page. Asked anew each second.

    A page asks with the stamp of what it shows, so nothing that is saved between two questions is missed.
    """
    stamp = stamp_of(gallery.folder)
    return JSONResponse({"stamp": stamp, "changed": stamp != seen}, headers=_PAGE)


def _row(exhibit: Exhibit, inbox: Inbox) -> dict[str, Any]:
    subject, preheader = exhibit.subject, exhibit.preheader
    return {
        "exhibit": exhibit,
        "teaser": gallery_facts.teaser(subject, preheader, _ROOM[inbox]) if subject else None,
        "hints": [fact for fact in gallery_facts.head_facts(subject, preheader) if not fact.fine] if subject else [],
    }


def _found(seen: Exhibition, name: str) -> tuple[Edition, int] | None:
    places = ((edition, place, one) for edition in seen.editions for place, one in enumerate(edition.exhibits))
    return next(((edition, place) for edition, place, one in places if one.name == name), None)


def _page(
    gallery: Gallery, seen: Exhibition, edition: Edition, name: str, status: int = 200, **values: Any
) -> Response:
    language = edition.course.language
    html = _templates().get_template(f"{name}.html").render(
        site=f"Preview of {seen.course.title}", root="", seen=seen, edition=edition, folder=gallery.folder,
        language=language, direction=language_direction(language), **values,
    )  # fmt: skip
    # A file's name may be no Unicode at all; what is shown of it is.
    return HTMLResponse(html.encode("utf-8", "replace"), status, headers=_PAGE)


def _no_such_page(request: Request, error: Exception) -> Response:
    """What is asked for is not there, or not in this way."""
    status = error.status_code if isinstance(error, AnyHTTPException) else 404
    gallery: Gallery = request.app.state.gallery
    text = sentence(error.detail if status != 404 and isinstance(error, AnyHTTPException) else "no such page")
    seen = gallery.look()
    return _page(gallery, seen, seen.editions[0], "gallery_gone", status, text=text)


@cache
def _templates() -> Environment:
    loader = FileSystemLoader(Path(__file__).with_name("pages"))
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
