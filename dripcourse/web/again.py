"""One lesson once more by mail, and the whole course anew: a page with one button each, which says what it comes to."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from dripcourse.errors import InputError, NotFound, Refused
from dripcourse.flows import wishes
from dripcourse.flows.reader import Had
from dripcourse.web import foresight, standing
from dripcourse.web.desk import Reader, no_such_lesson, open_desk, reader_of, reader_page
from dripcourse.web.page import READ
from dripcourse.web.posted import Posted, pressed
from dripcourse.web.site import Here, Site

router = APIRouter()


@router.api_route("/me/{token}/again/{key}", methods=READ)
def ask_again(token: str, key: str, site: Here) -> HTMLResponse:
    """One button; nothing happens before it is pressed."""
    one = open_desk(site, token)
    lesson = one.had(key)
    return no_such_lesson(site, one) if lesson is None else _again(site, one, lesson)


@router.post("/me/{token}/again/{key}")
def send_again(token: str, key: str, site: Here, posted: Posted) -> HTMLResponse:
    """The mail is queued, as he had it. It is no progress."""
    one = open_desk(site, token)
    lesson = one.had(key)
    if lesson is None:
        return no_such_lesson(site, one)
    try:
        pressed(posted, "again")
        queued = wishes.repeat(site.engine, one.run.public_id, key, one.now)
    except NotFound:
        return no_such_lesson(site, one)
    except InputError:
        return _again(site, one, lesson, 400, mistake=one.say("no_button"))
    except Refused:
        return _again(site, one, lesson, 409, mistake=one.say("again_not"))
    if not queued:
        return _again(site, one, lesson, told=one.say("again_enough", most=wishes.REPEATS_A_DAY))
    return _again(site, one, lesson, told=one.say("again_told", lesson=one.title_of(lesson), masked=one.masked))


def _again(site: Site, one: Reader, lesson: Had, status: int = 200, told: str = "", mistake: str = "") -> HTMLResponse:
    return reader_page(site, one, "again", status, lesson=lesson, told=told, mistake=mistake)


@router.api_route("/me/{token}/restart", methods=READ)
def ask_restart(token: str, site: Here) -> HTMLResponse:
    """When day 1 would come, and one button."""
    return _restart(site, open_desk(site, token))


@router.post("/me/{token}/restart")
def restart(token: str, site: Here, posted: Posted) -> HTMLResponse:
    """A new run; its pages are linked from here, and from the pages of the old one."""
    one = open_desk(site, token)
    try:
        pressed(posted, "restart")
        after = reader_of(site, wishes.restart(site.engine, one.run.public_id, one.now))
    except InputError:
        return _restart(site, one, 400, one.say("no_button"))
    except Refused:
        return _restart(site, open_desk(site, token), 409, one.say("anew_not"))
    told = standing.ahead(after.say, after.desk.book, after.run, after.now)
    return reader_page(site, after, "restarted", told=told or [after.ended])


def _restart(site: Site, one: Reader, status: int = 200, mistake: str = "") -> HTMLResponse:
    return reader_page(site, one, "restart", status, lines=foresight.anew(site, one), mistake=mistake)
