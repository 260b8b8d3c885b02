"""Ways out of a course: the leave page, its undo, and one-click for mail programs (RFC 8058)."""

from __future__ import annotations

from contextlib import suppress

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from dripcourse.domain.consent import Inbound
from dripcourse.domain.states import EnrollmentState
from dripcourse.errors import NotFound
from dripcourse.flows import inbound
from dripcourse.storage import enrollments
from dripcourse.web import standing
from dripcourse.web.door import Door, door_of_run, door_page
from dripcourse.web.page import READ
from dripcourse.web.posted import Posted, pressed
from dripcourse.web.site import Here, Site

router = APIRouter()

_NOT_A_PAGE = (
    "This address is for mail programs, which send a POST to it (RFC 8058). Nothing was changed.\n"
    "To stop the emails yourself, use the link at the foot of any of them.\n"
)


@router.api_route("/leave/{token}", methods=READ)
def ask_to_leave(token: str, site: Here) -> HTMLResponse:
    """One button; nothing happens before it is pressed."""
    return door_page(site, _door(site, site.engine.links.read("leave", token)), "leave")


@router.post("/leave/{token}")
def leave(token: str, site: Here, posted: Posted) -> HTMLResponse:
    """The button was pressed; a second press shows the same."""
    public_id = site.engine.links.read("leave", token)
    pressed(posted, "leave")
    one = inbound.leave(site.engine, public_id, Inbound.LEFT, site.now())
    undo = site.path("undo", one.public_id) if one.state is EnrollmentState.LEFT else ""
    return door_page(site, _door(site, one.public_id), "left", undo=undo)


@router.api_route("/undo/{token}", methods=READ)
def ask_to_come_back(token: str, site: Here) -> HTMLResponse:
    """One button."""
    return door_page(site, _door(site, site.engine.links.read("undo", token)), "undo")


@router.post("/undo/{token}")
def come_back(token: str, site: Here, posted: Posted) -> HTMLResponse:
    """Back in, where it stopped; a second press shows the same."""
    public_id = site.engine.links.read("undo", token)
    pressed(posted, "undo")
    engine = site.engine
    one = inbound.come_back(engine, engine.shelf, public_id, site.now())
    with engine.db.reading() as tx:
        door, book = door_of_run(site, tx, one), engine.shelf.book(tx, one.version_id)
    return door_page(site, door, "back", ahead=standing.ahead(door.say, book, one, site.now()))


@router.post("/one-click/{token}")
@router.post("/one-click/{token}/")
def one_click(token: str, site: Here, posted: Posted) -> PlainTextResponse:
    """RFC 8058 section 3.2: no cookies, no redirect, no question; only the pair in the body.

    A link that is ours but whose person has been erased is answered alike: nothing is sent there, as was asked.
    """
    public_id = site.engine.links.read("one-click", token)
    if posted.get("List-Unsubscribe") != "One-Click":
        return PlainTextResponse("Nothing was changed: the body must hold List-Unsubscribe=One-Click.\n", 400)
    with suppress(NotFound):
        inbound.leave(site.engine, public_id, Inbound.ONE_CLICK, site.now())
    return PlainTextResponse("You have left this course; no more lessons of it will be sent.\n")


@router.api_route("/one-click/{token}", methods=[*READ, "OPTIONS"])
@router.api_route("/one-click/{token}/", methods=[*READ, "OPTIONS"])
def one_click_is_no_page() -> Response:
    """What opens every link must not make anybody leave."""
    return PlainTextResponse(_NOT_A_PAGE, 405, headers={"Allow": "POST"})


def _door(site: Site, public_id: str) -> Door:
    with site.engine.db.reading() as tx:
        return door_of_run(site, tx, enrollments.by_public_id(tx, public_id))
