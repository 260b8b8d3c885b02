"""Puts the web part together: routes, guard, and a page for every error. It reads no settings and no clock itself."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.staticfiles import StaticFiles

from dripcourse.config import Settings
from dripcourse.errors import DripcourseError, Nobody
from dripcourse.flows.engine import Engine
from dripcourse.mail.transports.outbox import Outbox
from dripcourse.web import (
    again,
    confirming,
    declining,
    health,
    home,
    leaving,
    metrics,
    own,
    pace,
    reader,
    signup,
    stylesheet,
    taps,
    ticket,
)
from dripcourse.web import outbox as outbox_pages
from dripcourse.web.api import routes as api
from dripcourse.web.api.problems import in_api, problem, problem_of
from dripcourse.web.guard import HEADERS, Guard, hide_tokens
from dripcourse.web.nobody import nobody_page
from dripcourse.web.page import page, sentence
from dripcourse.web.site import Site
from dripcourse.web.tongue import words_asked
from dripcourse.web.words import FALLBACK

ROUTERS = (
    home.router,
    signup.router,
    stylesheet.router,
    confirming.router,
    declining.router,
    ticket.router,
    api.router,
    leaving.router,
    reader.router,
    taps.router,
    pace.router,
    again.router,
    own.router,
    health.router,
    metrics.router,
)
#: A status, and the words of its page: what it is, and what to do where the reason has no words in that language.
_WORDS = {
    400: ("error_400", "error_400_text"),
    404: ("error_404", "error_404_text"),
    405: ("error_405", "error_405_text"),
    409: ("error_409", "error_409_text"),
    413: ("error_413", "error_413_text"),
    429: ("error_429", "error_429_text"),
    500: ("error_500", "error_500_text"),
}


def create_app(engine: Engine, settings: Settings, outbox: Outbox | None = None, *, proxied: bool = True) -> FastAPI:
    """The application. With an outbox, it also shows what the built-in sink has received.

    `proxied`: whether the peers that the server names may come from a header (web/knocking.py).
    """
    app = FastAPI(title="Dripcourse", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.site = Site(engine, settings, outbox, proxied)
    for router in (*ROUTERS, *((outbox_pages.router,) if outbox is not None else ())):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=Path(__file__).with_name("static")))
    app.add_middleware(Guard)
    app.add_exception_handler(DripcourseError, _known)
    app.add_exception_handler(AnyHTTPException, _http)
    app.add_exception_handler(RequestValidationError, _no_such_page)
    app.add_exception_handler(Exception, _unknown)
    hide_tokens()
    return app


def _known(request: Request, error: Exception) -> Response:
    if isinstance(error, DripcourseError) and in_api(request):
        return problem_of(error)
    if isinstance(error, Nobody):
        return nobody_page(request)
    status = error.http_status if isinstance(error, DripcourseError) else 400
    return _sentence(request, status, str(error))


def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, AnyHTTPException):
        raise error
    if in_api(request):
        return problem(error.status_code, error.detail, error.headers)
    usual = error.detail == HTTPStatus(error.status_code).phrase
    answer = _sentence(request, error.status_code, "" if usual else error.detail)
    answer.headers.update(error.headers or {})
    return answer


def _no_such_page(request: Request, _: Exception) -> Response:
    return _http(request, HTTPException(404))


def _unknown(request: Request, _: Exception) -> Response:
    """Outside the guard, so it brings the headers itself. The server logs the error; the page tells nothing of it."""
    answer = problem(500) if in_api(request) else _sentence(request, 500, "")
    answer.headers.update(HEADERS)
    return answer


def _sentence(request: Request, status: int, text: str) -> Response:
    """The page of an error in the browser's language. `text` is the reason, in English: no other page shows it."""
    say = words_asked(request)
    heading, usual = _WORDS.get(status, ("error_400", "error_400_text"))
    shown = sentence(text) if text and say.language == FALLBACK else say(usual)
    answer = page(request.app.state.site, "sentence", status, say=say, heading=say(heading), text=shown)
    answer.headers["Vary"] = "Accept-Language"
    return answer
