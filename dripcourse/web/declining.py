""" "This was not me": the second link of the confirm mail. Who is in the course by now sees the way out first."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dripcourse.domain.states import ENDED
from dripcourse.flows import confirming, inbound
from dripcourse.storage import forgotten, notices, subscribers
from dripcourse.web.door import Door, door_of_notice, door_page
from dripcourse.web.nobody import WayOut
from dripcourse.web.page import READ
from dripcourse.web.posted import Posted, pressed
from dripcourse.web.site import Here, Site
from dripcourse.web.tongue import words_asked

router = APIRouter(route_class=WayOut)


@router.api_route("/decline/{token}", methods=READ)
def ask_to_decline(token: str, request: Request, site: Here) -> HTMLResponse:
    """One button; before it, for who has confirmed meanwhile, the link that only ends this course."""
    notice_id, lapses = site.engine.links.read("decline", token), timedelta(days=site.settings.signup_days)
    with site.engine.db.reading() as tx:
        notice = notices.by_public_id(tx, notice_id)
        if notice is None:
            if forgotten.find(tx, notice_id) is None:
                subscribers.by_public_id(tx, notice_id)  # links of old mails stand for a person; of nobody, it says so
            return door_page(site, _bare_door(site, request), "decline", leave="")
        run = confirming.find(tx, site.engine, notice_id, site.now(), lapses).run
        door = door_of_notice(site, tx, notice)
    leave = site.path("leave", run.public_id) if run is not None and run.state not in ENDED else ""
    return door_page(site, door, "decline", leave=leave)


@router.post("/decline/{token}")
def decline(token: str, request: Request, site: Here, posted: Posted) -> HTMLResponse:
    """No mail will go to this address any more."""
    notice_id = site.engine.links.read("decline", token)
    pressed(posted, "decline")
    inbound.decline(site.engine, notice_id, site.now())
    with site.engine.db.reading() as tx:
        notice = notices.by_public_id(tx, notice_id)
        door = door_of_notice(site, tx, notice) if notice else _bare_door(site, request)
    return door_page(site, door, "declined")


def _bare_door(site: Site, request: Request) -> Door:
    """Of no course, in the language the browser asks for."""
    return Door("", words_asked(request).language, site.settings.sender_name)
