"""The hosted form: shown and taken, as a page or by a script on another site. The story is told in flows/signup.py.

    GET page -> POST -> typed right? -> gate -> signup.request -> "look in your inbox", the same for everyone

The buttons of the confirm mail are in web/confirming.py, the pages in web/form_page.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from fastapi import APIRouter, Request, Response

from dripcourse.domain.forms import is_open
from dripcourse.errors import NotFound
from dripcourse.flows import gate, signup
from dripcourse.flows.gate import Answer, Knock
from dripcourse.storage import forms
from dripcourse.storage.forms import Form
from dripcourse.web import scripted
from dripcourse.web.entry import TRAP, Entry, source
from dripcourse.web.form_page import Hosted, asked_page, form_page, hosted, shut_page
from dripcourse.web.knocking import network_of
from dripcourse.web.origins import is_foreign, preflight
from dripcourse.web.page import READ
from dripcourse.web.posted import Posted
from dripcourse.web.site import Here, Site

router = APIRouter()


@router.api_route("/f/{slug}", methods=READ)
def show_form(slug: str, request: Request, site: Here) -> Response:
    """The empty form, or filled in by its address where its author allows that."""
    form, now = _form(site, slug), site.now()
    to = hosted(site, form, request)
    why = is_open(form, now)
    if why:
        return shut_page(to, why, now, pressed=False)
    came_from = source({}, request.query_params, request.headers.get("referer", ""))
    return form_page(to, Entry.filled(request.query_params, form.settings, came_from), now)


@router.post("/f/{slug}")
def sign_up(slug: str, request: Request, site: Here, posted: Posted) -> Response:
    """Take the form. What is wrong with it is said; who is known here is not. A script gets JSON."""
    form, now = _form(site, slug), site.now()
    to = hosted(site, form, request)
    came_from = source(posted, request.query_params, request.headers.get("referer", ""))
    entry = Entry.of(posted, form.settings, came_from)
    knock = Knock(
        path="script" if scripted.is_script(request) else "page", address=entry.address, network=network_of(request),
        trap=posted.get(TRAP, ""), ticket=_ticket(request, form, posted), proof=posted.get("proof", ""),
    )  # fmt: skip
    refused = scripted.refused(to, request) if knock.path == "script" else None
    if refused:
        return refused
    came = _taken(to, entry, knock, now)
    if came is Answer.HELD:  # it may be this one that closed it
        to = replace(to, form=_form(site, slug))
    return (
        scripted.answer(to, request, entry, came, now)
        if knock.path == "script"
        else _page(to, entry, knock.ticket, came, now)
    )


def _ticket(request: Request, form: Form, posted: Mapping[str, str]) -> str:
    """The ticket; "" where a strange site's page sent it, for its author fetched that and its visitor saw no form."""
    return "" if is_foreign(request, form.settings.origins) else posted.get("ticket", "")


@router.options("/f/{slug}")
def ask_first(slug: str, request: Request, site: Here) -> Response:
    """A browser's question before it lets another site's script post here with a header of its own."""
    return preflight(request, _form(site, slug).settings.origins, [*READ, "POST"])


def _taken(to: Hosted, entry: Entry, knock: Knock, now: datetime) -> Answer | str:
    """What came of it: "mistakes", why the form is shut, or the gate's answer; a sign-up is kept for COME_IN only.

    A form on another site has no ticket and asks for no time zone: then it is no mistake that something is missing,
    for our own page comes next and asks for it.
    """
    why = is_open(to.form, now)
    if why == "held":
        gate.note_held(to.site.engine, to.form, knock.path, now)
    if why:
        return why
    first_press = not knock.ticket and "address" not in entry.mistakes
    if entry.misread if first_press else entry.mistakes:
        return "mistakes"
    came = gate.let_in(to.site.engine, to.form, knock, now)
    if came in (Answer.COME_IN, Answer.TRAPPED):
        asked = entry.request(to.form.settings, knock.network, knock.path)
        signup.request(to.site.engine, to.form, asked, now, keep=came is Answer.COME_IN)
    return came


def _page(to: Hosted, entry: Entry, ticket: str, came: Answer | str, now: datetime) -> Response:
    match came:
        case "mistakes":
            return form_page(to, entry, now, 400, ticket=ticket)
        case Answer.AGAIN:
            return form_page(to, entry.untold(), now, told="form_press_again")
        case Answer.PROVE:
            work = gate.challenge(to.site.engine, to.form, now, entry.address)
            return form_page(to, entry, now, 429, told="form_work", ticket=ticket, work=work)
        case Answer.COME_IN | Answer.TRAPPED:
            return asked_page(to)
        case Answer.BUSY | Answer.HELD:
            return shut_page(to, came.value, now)
        case _:
            return shut_page(to, came, now)


def _form(site: Site, slug: str) -> Form:
    if not (slug.isprintable() and len(slug) <= 60):
        raise NotFound("there is no such form")
    with site.engine.db.reading() as tx:
        try:
            return forms.find(tx, slug)
        except NotFound:
            raise NotFound("there is no such form") from None
