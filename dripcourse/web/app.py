"""Puts the web part together: routes, guard, and a page for every error. It reads no settings and no clock itself."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.staticfiles import StaticFiles

from dripcourse.config import Settings
from dripcourse.errors import DripcourseError
from dripcourse.flows.engine import Engine
from dripcourse.mail.transports.outbox import Outbox
from dripcourse.web import again, confirming, health, home, leaving, own, pace, reader, signup, taps, ticket
from dripcourse.web import outbox as outbox_pages
from dripcourse.web.api import routes as api
from dripcourse.web.api.problems import in_api, problem, problem_of
from dripcourse.web.guard import HEADERS, Guard, hide_tokens
from dripcourse.web.page import page, sentence
from dripcourse.web.site import Site

ROUTERS = (
    home.router,
    signup.router,
    confirming.router,
    ticket.router,
    api.router,
    leaving.router,
    reader.router,
    taps.router,
    pace.router,
    again.router,
    own.router,
    health.router,
)
_HEADINGS = {
    400: "That did not work",
    404: "There is nothing here",
    405: "Not in this way",
    409: "That is not possible",
    413: "That is too much",
    500: "Something broke on our side",
}


def create_app(engine: Engine, settings: Settings, outbox: Outbox | None = None) -> FastAPI:
    """The application. With an outbox, it also shows what the built-in sink has received."""
    app = FastAPI(title="Dripcourse", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.site = Site(engine, settings, outbox)
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
    status = error.http_status if isinstance(error, DripcourseError) else 400
    return _sentence(request, status, str(error))


def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, AnyHTTPException):
        raise error
    if in_api(request):
        return problem(error.status_code, error.detail, error.headers)
    usual = error.detail == HTTPStatus(error.status_code).phrase
    said = "The address may have been cut off, or the page has moved." if error.status_code == 404 else ""
    answer = _sentence(request, error.status_code, said if usual else error.detail)
    answer.headers.update(error.headers or {})
    return answer


def _no_such_page(request: Request, _: Exception) -> Response:
    return _http(request, HTTPException(404))


def _unknown(request: Request, _: Exception) -> Response:
    """Outside the guard, so it brings the headers itself. The server logs the error; the page tells nothing of it."""
    sorry = "It has been noted. Please try again in a few minutes."
    answer = problem(500) if in_api(request) else _sentence(request, 500, sorry)
    answer.headers.update(HEADERS)
    return answer


def _sentence(request: Request, status: int, text: str) -> Response:
    heading = _HEADINGS.get(status, HTTPStatus(status).phrase)
    return page(request.app.state.site, "sentence", status, heading=heading, text=sentence(text))
