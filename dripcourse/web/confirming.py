"""The buttons of the confirm mail: confirm, decline. The story is told in flows/signup.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from dripcourse.domain.states import ENDED, EnrollmentState
from dripcourse.flows import inbound, signup
from dripcourse.storage import notices
from dripcourse.web import standing
from dripcourse.web.door import Door, door_of_notice, door_of_run, door_page
from dripcourse.web.page import READ
from dripcourse.web.posted import Posted, pressed
from dripcourse.web.site import Here, Site

router = APIRouter()


@dataclass(frozen=True)
class Asked:
    """What a confirm mail asked: of whom and for which course (the door), in which words, when lessons would come."""

    door: Door
    wording: str
    hour: str
    zone: str


@router.api_route("/confirm/{token}", methods=READ)
def ask_to_confirm(token: str, site: Here) -> HTMLResponse:
    """One button. Nothing happens before it is pressed: mail scanners open every link."""
    notice_id = site.engine.links.read("confirm", token)
    asked = _asked(site, notice_id)
    return door_page(site, asked.door, "confirm", asked=asked, decline=site.path("decline", notice_id))


@router.post("/confirm/{token}")
def confirm(token: str, site: Here, posted: Posted) -> HTMLResponse:
    """The button was pressed; a second press shows the same."""
    notice_id = site.engine.links.read("confirm", token)
    pressed(posted, "confirm")
    one = signup.confirm(site.engine, notice_id, site.now(), _lapses(site))
    with site.engine.db.reading() as tx:
        door, book = door_of_run(site, tx, one), site.engine.shelf.book(tx, one.version_id)
    if one.state in ENDED:
        return door_page(site, door, "ended", finished=one.state is EnrollmentState.FINISHED)
    return door_page(site, door, "confirmed", ahead=standing.ahead(door.say, book, one, site.now()))


@router.api_route("/decline/{token}", methods=READ)
def ask_to_decline(token: str, site: Here) -> HTMLResponse:
    """One button."""
    return door_page(site, _door_of(site, site.engine.links.read("decline", token)), "decline")


@router.post("/decline/{token}")
def decline(token: str, site: Here, posted: Posted) -> HTMLResponse:
    """ "This was not me": no mail will go to this address any more."""
    notice_id = site.engine.links.read("decline", token)
    pressed(posted, "decline")
    inbound.decline(site.engine, notice_id, site.now())
    return door_page(site, _door_of(site, notice_id), "declined")


def _door_of(site: Site, notice_id: str) -> Door:
    with site.engine.db.reading() as tx:
        return door_of_notice(site, tx, notices.by_public_id(tx, notice_id))


def _asked(site: Site, notice_id: str) -> Asked:
    with site.engine.db.reading() as tx:
        notice = signup.find_request(tx, notice_id, site.now(), _lapses(site))
        door = door_of_notice(site, tx, notice)
    plan = notice.context["plan"]
    return Asked(door, notice.context["wording"], plan["hour"], standing.zone_name(plan["zone"]))


def _lapses(site: Site) -> timedelta:
    return timedelta(days=site.settings.signup_days)
