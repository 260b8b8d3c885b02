"""Sign-up pages: the hosted form, and the buttons that confirm or decline. The story is told in flows/signup.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dripcourse.addresses import EmailAddress
from dripcourse.domain.states import ENDED, EnrollmentState
from dripcourse.errors import NotFound, Refused
from dripcourse.flows import inbound, signup
from dripcourse.storage import courses, forms, subscribers
from dripcourse.storage.forms import Form
from dripcourse.storage.notices import Notice
from dripcourse.web.entry import TRAP, Entry, origin, source
from dripcourse.web.page import READ, page
from dripcourse.web.posted import Posted, pressed
from dripcourse.web.schedule import upcoming
from dripcourse.web.site import Here, Site
from dripcourse.web.zones import regions

router = APIRouter()


@dataclass(frozen=True)
class Asked:
    """What a confirm mail asked: for which course, of whom, in which words, when the lessons would come."""

    course_title: str
    masked: str
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
    return page(site, "asked", 202)


@router.api_route("/confirm/{token}", methods=READ)
def ask_to_confirm(token: str, site: Here) -> HTMLResponse:
    """One button. Nothing happens before it is pressed: mail scanners open every link."""
    notice_id = site.engine.links.read("confirm", token)
    asked = _asked(site, notice_id)
    return page(site, "confirm", asked=asked, decline=site.path("decline", notice_id))


@router.post("/confirm/{token}")
def confirm(token: str, site: Here, posted: Posted) -> HTMLResponse:
    """The button was pressed; a second press shows the same."""
    notice_id = site.engine.links.read("confirm", token)
    pressed(posted, "confirm")
    one = signup.confirm(site.engine, notice_id, site.now(), _lapses(site))
    with site.engine.db.reading() as tx:
        title = courses.by_id(tx, one.course_id).title
        book = site.engine.shelf.book(tx, one.version_id)
    if one.state in ENDED:
        return page(site, "ended", course=title, finished=one.state is EnrollmentState.FINISHED)
    return page(site, "confirmed", course=title, coming=upcoming(book.steps, one, site.now()))


@router.api_route("/decline/{token}", methods=READ)
def ask_to_decline(token: str, site: Here) -> HTMLResponse:
    """One button."""
    site.engine.links.read("decline", token)
    return page(site, "decline")


@router.post("/decline/{token}")
def decline(token: str, site: Here, posted: Posted) -> HTMLResponse:
    """ "This was not me": no mail will go to this address any more."""
    notice_id = site.engine.links.read("decline", token)
    pressed(posted, "decline")
    inbound.decline(site.engine, notice_id, site.now())
    return page(site, "declined")


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
    return page(
        site, "form", status, listed=status == 200, form=form, entry=entry, trap=TRAP,
        hours=sorted({*hours, entry.hour} - {""}), regions=regions(),
    )  # fmt: skip


def _asked(site: Site, notice_id: str) -> Asked:
    with site.engine.db.reading() as tx:
        notice: Notice = signup.find_request(tx, notice_id, site.now(), _lapses(site))
        person = subscribers.by_id(tx, notice.subscriber_id)
        title = courses.by_id(tx, int(notice.context["course_id"])).title
    plan = notice.context["plan"]
    masked = EmailAddress(person.address, person.address_key).masked
    return Asked(title, masked, notice.context["wording"], plan["hour"], plan["zone"])


def _lapses(site: Site) -> timedelta:
    return timedelta(days=site.settings.signup_days)
