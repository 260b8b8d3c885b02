"""The button of the confirm mail, or two: confirm, go on. The story is told in flows/confirming.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dripcourse.domain.calendar import local_date
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.forms import is_open
from dripcourse.domain.signing_up import Invitation
from dripcourse.domain.states import ENDED, EnrollmentState
from dripcourse.flows import confirming
from dripcourse.flows.books import Book
from dripcourse.flows.confirming import Invited
from dripcourse.storage.database import Transaction
from dripcourse.web import standing
from dripcourse.web.door import Door, door_of_notice, door_of_run, door_page
from dripcourse.web.knocking import network_of
from dripcourse.web.page import READ
from dripcourse.web.posted import Posted, pressed
from dripcourse.web.site import Here, Site
from dripcourse.web.terms import begins, until

router = APIRouter()

#: A link that is good for nothing (any more): the words of its heading, and those that say what to do.
_NOTHING = {
    Invitation.LAPSED: ("link_lapsed", "link_lapsed_text"),
    Invitation.DEAD: ("link_dead", "link_dead_text"),
    Invitation.CLOSED: ("link_closed", "link_closed_text"),
    Invitation.FULL: ("link_full", "link_full_text"),
}


@dataclass(frozen=True)
class Seen:
    """What a link's page shows: of which course (the door), what the link is good for, and, where it is used, the book
    of the run it led to.
    """

    door: Door
    invited: Invited
    book: Book | None = None


@router.api_route("/confirm/{token}", methods=READ)
def ask_to_confirm(token: str, site: Here) -> HTMLResponse:
    """One button, or two. Nothing happens before one is pressed: mail scanners open every link."""
    notice_id = site.engine.links.read("confirm", token)
    with site.engine.db.reading() as tx:
        seen = _seen(site, tx, confirming.find(tx, site.engine, notice_id, site.now(), _lapses(site)))
    return _page(site, seen)


@router.post("/confirm/{token}")
def confirm(token: str, request: Request, site: Here, posted: Posted) -> HTMLResponse:
    """A button was pressed; a second press shows the same."""
    notice_id = site.engine.links.read("confirm", token)
    go_on = pressed(posted, "confirm", "continue") == "continue"
    invited = confirming.confirm(
        site.engine, notice_id, site.now(), _lapses(site), go_on=go_on, network=network_of(request),
        seen=posted.get("seen", ""),
    )  # fmt: skip
    with site.engine.db.reading() as tx:
        seen = _seen(site, tx, invited)
    return _page(site, seen, changed=True)


def _seen(site: Site, tx: Transaction, invited: Invited) -> Seen:
    if invited.run is None:
        return Seen(door_of_notice(site, tx, invited.notice), invited)
    return Seen(door_of_run(site, tx, invited.run), invited, site.engine.shelf.book(tx, invited.run.version_id))


def _page(site: Site, seen: Seen, *, changed: bool = False) -> HTMLResponse:
    """The page of a link for what it is good for; 410 where that is nothing any more.

    One that is open still though its button was pressed has `changed` meanwhile: another sign-up came (409).
    """
    if seen.invited.run is not None and seen.book is not None:
        return _begun(site, seen, seen.invited.run, seen.book)
    if seen.invited.good_for is Invitation.OPEN:
        decline = site.path("decline", seen.invited.notice.public_id)
        plan = seen.invited.plan
        hour, zone = f"{plan.hour:%H:%M}", standing.zone_name(seen.door.say, plan.zone)
        return door_page(
            site, seen.door, "confirm", 409 if changed else 200, invited=seen.invited, decline=decline, hour=hour,
            zone=zone, dates=_dates(site, seen), said=_said(seen), form=_form(site, seen), changed=changed,
        )  # fmt: skip
    heading, text = _NOTHING[seen.invited.good_for]
    again = seen.invited.good_for is Invitation.LAPSED
    write = site.settings.reply_to or site.settings.from_address if seen.invited.good_for is Invitation.DEAD else ""
    return door_page(
        site, seen.door, "link_gone", 410, heading=heading, text=text, form=_form(site, seen) if again else "",
        write=write,
    )  # fmt: skip


def _said(seen: Seen) -> list[tuple[str, str]]:
    """(label, text) of what the sign-up says of him beside hour and zone: all that a yes would keep."""
    context, form = seen.invited.notice.context, seen.invited.form
    labels = {field.name: field.label for field in form.settings.fields} if form else {}
    said = [(seen.door.say("form_name"), str(context.get("name", "")))]
    said += [(labels.get(name, name), text) for name, text in context.get("fields", {}).items()]
    return [(label, text) for label, text in said if text]


def _dates(site: Site, seen: Seen) -> list[str]:
    """When the first lesson would come, where that is not at the chosen hour, and until when one can confirm."""
    form, say = seen.invited.form, seen.door.say
    if form is None:
        return []
    today = local_date(site.now(), seen.invited.plan.zone)
    return [*begins(say, form.settings, today), *until(say, form.settings, "form_confirm_until")]


def _begun(site: Site, seen: Seen, run: Enrollment, book: Book) -> HTMLResponse:
    door = seen.door
    if run.state in ENDED:
        finished = run.state is EnrollmentState.FINISHED
        return door_page(site, door, "ended", finished=finished, form=_form(site, seen))
    ahead = [standing.pause(door.say, book, run, site.now())] if run.last_date is not None else []
    lessons = standing.coming(door.say, book, run, site.now())
    ahead += [lessons, door.say("begun_pace", pace=standing.pace(door.say, run.plan))] if lessons else []
    return door_page(site, door, "confirmed", ahead=[line for line in ahead if line], me=site.path("me", run.public_id))


def _form(site: Site, seen: Seen) -> str:
    """The path of the form, where it takes sign-ups; else ""."""
    form = seen.invited.form
    return f"{site.root}/f/{form.slug}" if form is not None and not is_open(form, site.now()) else ""


def _lapses(site: Site) -> timedelta:
    return timedelta(days=site.settings.signup_days)
