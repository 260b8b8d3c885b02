"""Sign-up pages: the hosted form, and the buttons that confirm or decline. The story is told in flows/signup.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dripcourse.domain.states import ENDED, EnrollmentState
from dripcourse.errors import NotFound, Refused
from dripcourse.flows import inbound, signup
from dripcourse.storage import forms, notices
from dripcourse.storage.forms import Form
from dripcourse.web import standing
from dripcourse.web.door import Door, door_of_form, door_of_notice, door_of_run, door_page
from dripcourse.web.entry import TRAP, Entry, origin, source
from dripcourse.web.page import READ
from dripcourse.web.posted import Posted, pressed
from dripcourse.web.site import Here, Site
from dripcourse.web.zones import regions

router = APIRouter()


@dataclass(frozen=True)
class Asked:
    """What a confirm mail asked: of whom and for which course (the door), in which words, when lessons would come."""

    door: Door
    wording: str
    hour: str
    zone: str


@router.api_route("/f/{slug}", methods=READ)
def show_form(slug: str, request: Request, site: Here) -> HTMLResponse:
    """The empty form."""
    return _form(site, _open_form(site, slug), Entry(referrer=origin(request.headers.get("referer", ""))))


@router.post("/f/{slug}")
def sign_up(slug: str, request: Request, site: Here, posted: Posted) -> HTMLResponse:
    """Take the form. What is wrong with it is said; who is known here is not."""
    form = _open_form(site, slug)
    entry = Entry.of(posted)
    if not posted.get(TRAP):
        if entry.mistakes:
            return _form(site, form, entry, 400)
        came_from = source(posted, request.query_params)
        signup.request(site.engine, slug, entry.request(came_from), site.now())
    return door_page(site, _door(site, form), "asked", 202)


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


def _open_form(site: Site, slug: str) -> Form:
    if not (slug.isprintable() and len(slug) <= 60):
        raise NotFound("there is no such form")
    with site.engine.db.reading() as tx:
        try:
            form = forms.find(tx, slug)
        except NotFound:
            raise NotFound("there is no such form") from None
    if not form.open:
        raise Refused("this form takes no sign-ups any more")
    return form


def _form(site: Site, form: Form, entry: Entry, status: int = 200) -> HTMLResponse:
    hours = [f"{hour:02}:00" for hour in range(24)]
    return door_page(
        site, _door(site, form), "form", status, listed=status == 200, form=form, entry=entry, trap=TRAP,
        hours=sorted({*hours, entry.hour} - {""}), regions=regions(),
    )  # fmt: skip


def _door(site: Site, form: Form) -> Door:
    with site.engine.db.reading() as tx:
        return door_of_form(site, tx, form)


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
