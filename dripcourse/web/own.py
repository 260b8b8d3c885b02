"""A reader's data: his page that sends the links for it, the file, and the erasure with its goodbye."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from dripcourse.errors import InputError
from dripcourse.flows import disclosure
from dripcourse.flows.disclosure import Sent
from dripcourse.storage import notices
from dripcourse.web.desk import open_desk, reader_page
from dripcourse.web.door import Door, door_of_notice, door_page
from dripcourse.web.page import READ
from dripcourse.web.posted import Posted, pressed
from dripcourse.web.site import Here, Site
from dripcourse.web.tongue import words_asked

router = APIRouter()

_SAID = {Sent.NOW: "own_sent", Sent.BEFORE: "own_before", Sent.DEAD: "own_dead"}


@router.api_route("/me/{token}/data", methods=READ)
def own_data(token: str, site: Here) -> HTMLResponse:
    """Two buttons, each of which only sends a mail."""
    return reader_page(site, open_desk(site, token), "own", sent="", write="", mistake="")


@router.post("/me/{token}/data")
def send_own_link(token: str, site: Here, posted: Posted) -> HTMLResponse:
    """The mail with the link is queued, or was within a day."""
    one = open_desk(site, token)
    try:
        sent = disclosure.send_link(site.engine, one.run.public_id, pressed(posted, "data", "erase"), one.now)
    except InputError:
        return reader_page(site, one, "own", 400, sent="", write="", mistake=one.say("no_button"))
    write = site.settings.reply_to or site.settings.from_address if sent is Sent.DEAD else ""
    return reader_page(site, one, "own", sent=one.say(_SAID[sent], masked=one.masked), write=write, mistake="")


@router.api_route("/data/{token}", methods=READ)
def ask_for_file(token: str, request: Request, site: Here) -> HTMLResponse:
    """One button."""
    return _opened(site, request, token, "data")


@router.post("/data/{token}")
def file(token: str, request: Request, site: Here, posted: Posted) -> Response:
    """Everything that is kept of him, as a file."""
    notice_id = site.engine.links.read("data", token)
    pressed(posted, "data")
    with site.engine.db.reading() as tx:
        found = disclosure.opened(tx, notice_id, "data", site.now())
        told = disclosure.disclose(tx, found[1], site.now()) if found else {}
    return _file(told) if found else _opened(site, request, token, "data")


def _file(told: dict[str, Any]) -> Response:
    text = json.dumps(told, ensure_ascii=False, indent=1)
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
    return Response(text, media_type="application/json", headers=headers)


@router.api_route("/erase/{token}", methods=READ)
def ask_to_erase(token: str, request: Request, site: Here) -> HTMLResponse:
    """What goes, that it cannot be undone, and one button."""
    return _opened(site, request, token, "erase")


@router.post("/erase/{token}")
def erase(token: str, request: Request, site: Here, posted: Posted) -> HTMLResponse:
    """He and all that is his are gone; a second press says the same."""
    notice_id = site.engine.links.read("erase", token)
    pressed(posted, "erase")
    with site.engine.db.reading() as tx:
        notice = notices.by_public_id(tx, notice_id)
        door = door_of_notice(site, tx, notice)
        found = disclosure.opened(tx, notice_id, "erase", site.now())
    if notice is None:
        return _erased(site, request)
    if found is None:
        return _gone(site, door)
    disclosure.erase(site.engine, found[1], site.now())
    return door_page(site, door, "own_erased")


def _opened(site: Site, request: Request, token: str, what: str) -> HTMLResponse:
    notice_id = site.engine.links.read(what, token)
    with site.engine.db.reading() as tx:
        notice = notices.by_public_id(tx, notice_id)
        door = door_of_notice(site, tx, notice)
        found = disclosure.opened(tx, notice_id, what, site.now())
    if notice is None:
        return _erased(site, request)
    return _gone(site, door) if found is None else door_page(site, door, f"own_{what}")


def _erased(site: Site, request: Request) -> HTMLResponse:
    """Mails are kept as long as their person is: where this one is gone, so is all that was his (privacy.erase).

    In the browser's language, since his is not known any more.
    """
    door = Door("", words_asked(request).language, site.settings.sender_name)
    answer = door_page(site, door, "own_erased")
    answer.headers["Vary"] = "Accept-Language"
    return answer


def _gone(site: Site, door: Door) -> HTMLResponse:
    return door_page(site, door, "own_gone", 404)
