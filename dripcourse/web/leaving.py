"""Ways out of a course: the leave page, its undo, and one-click for mail programs (RFC 8058)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from dripcourse.domain.consent import Inbound
from dripcourse.domain.states import EnrollmentState
from dripcourse.errors import NotFound
from dripcourse.flows import inbound
from dripcourse.storage import enrollments
from dripcourse.web import standing
from dripcourse.web.door import Door, door_of_run, door_page, way_in
from dripcourse.web.nobody import WayOut
from dripcourse.web.page import READ
from dripcourse.web.posted import Posted, pressed
from dripcourse.web.site import Here, Site
from dripcourse.web.tongue import words_asked

router = APIRouter(route_class=WayOut)


@router.api_route("/leave/{token}", methods=READ)
def ask_to_leave(token: str, site: Here) -> HTMLResponse:
    """One button; nothing happens before it is pressed."""
    public_id = site.engine.links.read("leave", token)
    return door_page(site, _door(site, public_id), "leave", me=site.path("me", public_id))


@router.post("/leave/{token}")
def leave(token: str, site: Here, posted: Posted) -> HTMLResponse:
    """The button was pressed; a second press shows the same."""
    public_id = site.engine.links.read("leave", token)
    pressed(posted, "leave")
    one = inbound.leave(site.engine, public_id, Inbound.LEFT, site.now())
    undo = site.path("undo", one.public_id) if one.state is EnrollmentState.LEFT else ""
    return door_page(site, _door(site, one.public_id), "left", undo=undo, me=site.path("me", one.public_id))


@router.api_route("/undo/{token}", methods=READ)
def ask_to_come_back(token: str, site: Here) -> HTMLResponse:
    """One button; after a day it leads to the form."""
    public_id = site.engine.links.read("undo", token)
    return _over(site, public_id) or door_page(site, _door(site, public_id), "undo")


@router.post("/undo/{token}")
def come_back(token: str, site: Here, posted: Posted) -> HTMLResponse:
    """Back in, where it stopped; a second press shows the same."""
    public_id = site.engine.links.read("undo", token)
    pressed(posted, "undo")
    if over := _over(site, public_id):
        return over
    engine = site.engine
    one = inbound.come_back(engine, engine.shelf, public_id, site.now())
    with engine.db.reading() as tx:
        door, book = door_of_run(site, tx, one), engine.shelf.book(tx, one.version_id)
    return door_page(
        site, door, "back", ahead=standing.ahead(door.say, book, one, site.now()), me=site.path("me", one.public_id)
    )


@router.post("/one-click/{token}")
@router.post("/one-click/{token}/")
def one_click(token: str, request: Request, site: Here, posted: Posted) -> PlainTextResponse:
    """RFC 8058 section 3.2: no cookies, no redirect, no question; only the pair in the body.

    A link that is ours but whose person has been erased is answered alike: nothing is sent there, as was asked.
    """
    public_id = site.engine.links.read("one-click", token)
    if not _is_one_click(posted):
        return _line(request, "one_click_no_pair", status=400)
    with suppress(NotFound):
        inbound.leave(site.engine, public_id, Inbound.ONE_CLICK, site.now())
    return _line(request, "one_click_left")


@router.post("/decline-now/{token}")
@router.post("/decline-now/{token}/")
def decline_now(token: str, request: Request, site: Here, posted: Posted) -> PlainTextResponse:
    """The one click of a confirm mail: it was not he, and nothing more is to come. As "This was not me" on its page."""
    public_id = site.engine.links.read("decline-now", token)
    if not _is_one_click(posted):
        return _line(request, "one_click_no_pair", status=400)
    with suppress(NotFound):
        inbound.decline(site.engine, public_id, site.now())
    return _line(request, "one_click_declined")


@router.api_route("/one-click/{token}", methods=[*READ, "OPTIONS"])
@router.api_route("/one-click/{token}/", methods=[*READ, "OPTIONS"])
@router.api_route("/decline-now/{token}", methods=[*READ, "OPTIONS"])
@router.api_route("/decline-now/{token}/", methods=[*READ, "OPTIONS"])
def one_click_is_no_page(request: Request) -> Response:
    """What opens every link must not make anybody leave."""
    answer = _line(request, "one_click_no_page", "one_click_by_hand", status=405)
    answer.headers["Allow"] = "POST"
    return answer


def _is_one_click(posted: Mapping[str, str]) -> bool:
    return posted.get("List-Unsubscribe") == "One-Click"


def _line(request: Request, *names: str, status: int = 200) -> PlainTextResponse:
    """These words, a line each, in the language that is asked for; mail programs show them to nobody."""
    say = words_asked(request)
    return PlainTextResponse("".join(f"{say(name)}\n" for name in names), status, headers={"Vary": "Accept-Language"})


def _over(site: Site, public_id: str) -> HTMLResponse | None:
    """The page for who left more than a day ago; None where there is still something to undo, or to show."""
    with site.engine.db.reading() as tx:
        one = enrollments.by_public_id(tx, public_id)
        if one.state is not EnrollmentState.LEFT or inbound.is_open(tx, one, site.now()):
            return None
        if inbound.is_going(tx, one):
            return None
        door, form = door_of_run(site, tx, one), way_in(site, tx, one.course_id, one.language)
    return door_page(site, door, "undo_over", 410, form=form, me=site.path("me", public_id))


def _door(site: Site, public_id: str) -> Door:
    with site.engine.db.reading() as tx:
        return door_of_run(site, tx, enrollments.by_public_id(tx, public_id))
