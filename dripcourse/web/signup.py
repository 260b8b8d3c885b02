"""The hosted form: shown and taken. The story is told in flows/signup.py; its buttons are in web/confirming.py."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dripcourse.errors import NotFound, Refused
from dripcourse.flows import signup
from dripcourse.storage import forms
from dripcourse.storage.forms import Form
from dripcourse.web.door import Door, door_of_form, door_page
from dripcourse.web.entry import TRAP, Entry, origin, source
from dripcourse.web.page import READ
from dripcourse.web.posted import Posted
from dripcourse.web.site import Here, Site
from dripcourse.web.zones import regions

router = APIRouter()


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
