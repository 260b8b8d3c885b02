"""The pace page: hour, zone, pace, pauses, the next lesson, other passages, language, each a form with its button.

A button says beside it what it will come to; where that depends on a field, or takes more words, a first press ("look")
shows it on a page with the button that does it. A look is a GET and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dripcourse.errors import DripcourseError, Enough, InputError
from dripcourse.flows import reader, wishes
from dripcourse.flows.reader import Desk
from dripcourse.web import foresight, standing, told
from dripcourse.web.desk import Reader, open_desk, reader_page
from dripcourse.web.pace_form import (
    PAUSES,
    Unfit,
    bounds,
    languages,
    pace_of,
    pause_until,
    with_hour,
    with_pace,
    without,
)
from dripcourse.web.page import READ
from dripcourse.web.posted import Asked, Posted, pressed
from dripcourse.web.site import Here, Site
from dripcourse.web.words import language_name
from dripcourse.web.zones import regions

router = APIRouter()

Change = Callable[[Site, Reader, Mapping[str, str]], Desk]


@router.api_route("/me/{token}/pace", methods=READ)
def show_pace(token: str, site: Here, asked: Asked) -> HTMLResponse:
    """What is so now, and a form for each thing that can be changed; or what such a form will come to."""
    one = open_desk(site, token)
    if "look" in asked and not one.ended:
        return _looked(site, one, asked)
    button = asked.get("told", "")
    return _page(site, one, told=told.told(site, one, button, asked) if button in _CHANGES else [])


@router.post("/me/{token}/pace")
def change_pace(token: str, site: Here, posted: Posted) -> Response:
    """A button was pressed; the page behind the answer says what is now true. A second press says the same.

    That page has an address of its own (303, RFC 9110 section 15.4.4), so going back to it asks nothing of anybody.
    """
    one = open_desk(site, token)
    if one.ended:
        return _page(site, one, 409)
    try:
        button = pressed(posted, *_CHANGES)
        _CHANGES[button](site, one, posted)
    except Unfit as wrong:
        return _unfit(site, one, wrong, posted)
    except InputError:
        return _page(site, one, 400, mistake=one.say("no_button"))
    except Enough:
        raise
    except DripcourseError:  # his course ended, or a new version came, at this moment
        return _page(site, open_desk(site, token), 409, mistake=one.say("not_possible"))
    return RedirectResponse(f"{one.me}/pace?{told.query(button, posted)}", 303)


def _hour(site: Site, one: Reader, posted: Mapping[str, str]) -> Desk:
    return reader.move(site.engine, one.run.public_id, with_hour(one, posted), one.now)


def _pace(site: Site, one: Reader, posted: Mapping[str, str]) -> Desk:
    return reader.move(site.engine, one.run.public_id, with_pace(one, posted), one.now)


def _pause(site: Site, one: Reader, posted: Mapping[str, str]) -> Desk:
    return reader.pause(site.engine, one.run.public_id, pause_until(one, posted["do"], posted), one.now)


def _resume(site: Site, one: Reader, _: Mapping[str, str]) -> Desk:
    return reader.resume(site.engine, one.run.public_id, one.now)


def _now(site: Site, one: Reader, posted: Mapping[str, str]) -> Desk:
    return wishes.send_now(site.engine, one.run.public_id, posted.get("lesson", ""), one.now)


def _skip(site: Site, one: Reader, posted: Mapping[str, str]) -> Desk:
    return wishes.skip(site.engine, one.run.public_id, posted.get("lesson", ""), one.now)


def _option_out(site: Site, one: Reader, posted: Mapping[str, str]) -> Desk:
    chosen = without(one, posted.get("option", ""), out=True)
    return reader.choose(site.engine, one.run.public_id, one.run.language, chosen, one.now)


def _option_in(site: Site, one: Reader, posted: Mapping[str, str]) -> Desk:
    chosen = without(one, posted.get("option", ""), out=False)
    return reader.choose(site.engine, one.run.public_id, one.run.language, chosen, one.now)


def _language(site: Site, one: Reader, posted: Mapping[str, str]) -> Desk:
    chosen = posted.get("language", "")
    if chosen not in languages(one.desk.book):
        raise Unfit("", " ".join((one.say("no_longer_offered"), one.say("no_button"))))
    return reader.choose(site.engine, one.run.public_id, chosen, one.run.without, one.now)


_CHANGES: dict[str, Change] = {
    "hour": _hour,
    "pace": _pace,
    **dict.fromkeys((*PAUSES, "pause-open", "pause-until"), _pause),
    "resume": _resume,
    "now": _now,
    "skip": _skip,
    "option-out": _option_out,
    "option-in": _option_in,
    "language": _language,
}


#: What is shown before it is done -> the fields it takes along.
_LOOKS = {"hour": ("hour", "zone"), "pace": ("pace",), "pause-until": ("until",), "skip": ("lesson",)}


def _looked(site: Site, one: Reader, asked: Mapping[str, str]) -> HTMLResponse:
    """What that button will come to with these fields, and the button itself."""
    button = asked["look"]
    try:
        lines = [line for line in _ahead(site, one, button, asked) if line]
    except Unfit as wrong:
        return _unfit(site, one, wrong, asked)
    if button not in _LOOKS:
        return _page(site, one, 400, mistake=one.say("no_button"))
    if not lines:  # that lesson has been skipped, or another one is next by now
        done = told.told(site, one, button, asked)
        return _page(site, one, 200 if done else 409, told=done, mistake="" if done else one.say("not_possible"))
    fields = {name: asked.get(name, "") for name in _LOOKS[button]}
    return reader_page(site, one, "look", lines=lines, button=button, fields=fields)


def _ahead(site: Site, one: Reader, button: str, asked: Mapping[str, str]) -> list[str]:
    """What it will come to, line by line; empty where it cannot be done. Raises Unfit."""
    match button:
        case "hour" | "pace":
            return foresight.by_plan(site, one, (with_hour if button == "hour" else with_pace)(one, asked))
        case "pause-until":
            return foresight.until(site, one, pause_until(one, button, asked))
        case "skip" if asked.get("lesson") == one.run.next_key:
            return foresight.past(site, one)
    return []


def _unfit(site: Site, one: Reader, wrong: Unfit, typed: Mapping[str, str]) -> HTMLResponse:
    return _page(site, one, 400, mistake=str(wrong), field=wrong.field, typed=typed)


def _page(
    site: Site, one: Reader, status: int = 200, *, told: list[str] | None = None, mistake: str = "", field: str = "",
    typed: Mapping[str, str] | None = None,
) -> HTMLResponse:  # fmt: skip
    plan, book = one.run.plan, one.desk.book
    now = {"hour": f"{plan.hour:%H:%M}", "zone": plan.zone, "pace": pace_of(plan), "until": ""}
    first, last = bounds(one)
    return reader_page(
        site, one, "pace", status, told=told or [], mistake=mistake, field=field,
        plan=standing.plan(one.say, plan), typed={name: (typed or {}).get(name, kept) for name, kept in now.items()},
        regions=regions(one.say.language, plan.zone),
        pauses=PAUSES, first=first.isoformat(), last=last.isoformat(), lesson=one.called(book, one.run.next_key),
        options=book.edition(one.run.language).optional, chosen=one.run.without.split(","),
        languages=languages(book), language_name=language_name, then={} if one.ended else foresight.foresee(site, one),
    )  # fmt: skip
