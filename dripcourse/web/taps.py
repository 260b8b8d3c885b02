"""The two taps under a lesson, Done and Not today: a page with one button each, and a kind line once it is pressed."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from dripcourse.domain.answers import Answer
from dripcourse.errors import InputError, NotFound
from dripcourse.flows import reader
from dripcourse.web.desk import lesson_of, no_such_lesson, open_desk, reader_of, reader_page
from dripcourse.web.page import READ
from dripcourse.web.posted import Posted, pressed
from dripcourse.web.site import Here, Site

router = APIRouter()


@router.api_route("/me/{token}/done/{key}", methods=READ)
def ask_done(token: str, key: str, site: Here) -> HTMLResponse:
    """One button; nothing happens before it is pressed."""
    return _ask(site, token, key, Answer.DONE)


@router.post("/me/{token}/done/{key}")
def say_done(token: str, key: str, site: Here, posted: Posted) -> HTMLResponse:
    """The button was pressed; a second press shows the same."""
    return _say(site, token, key, Answer.DONE, posted)


@router.api_route("/me/{token}/not-today/{key}", methods=READ)
def ask_not_today(token: str, key: str, site: Here) -> HTMLResponse:
    """One button."""
    return _ask(site, token, key, Answer.NOT_TODAY)


@router.post("/me/{token}/not-today/{key}")
def say_not_today(token: str, key: str, site: Here, posted: Posted) -> HTMLResponse:
    """The button was pressed. Nobody is blamed, and nothing is lost."""
    return _say(site, token, key, Answer.NOT_TODAY, posted)


def _ask(site: Site, token: str, key: str, answer: Answer, status: int = 200, mistake: str = "") -> HTMLResponse:
    one = open_desk(site, token)
    try:
        lesson = lesson_of(one, key)
    except NotFound:
        return no_such_lesson(site, one)
    return reader_page(site, one, "tap", status, lesson=lesson, answer=answer.value, mistake=mistake)


def _say(site: Site, token: str, key: str, answer: Answer, posted: Mapping[str, str]) -> HTMLResponse:
    one = open_desk(site, token)
    try:
        lesson_of(one, key)
        pressed(posted, answer.value)
        desk = reader.say(site.engine, one.run.public_id, key, answer, site.now())
    except NotFound:
        return no_such_lesson(site, one)
    except InputError:
        return _ask(site, token, key, answer, 400, one.say("no_button"))
    one = reader_of(site, desk)
    return reader_page(site, one, "tapped", lesson=lesson_of(one, key), answer=answer.value)
