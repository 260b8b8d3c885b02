"""The pace page: hour, zone, pace, pauses, the next lesson, other passages, language, each a form with its button.

A button says beside it what it will come to; where that depends on a field, a first press ("look") shows it on a page
with the button that does it. A look changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from dripcourse.errors import DripcourseError, Enough, InputError
from dripcourse.flows import reader, wishes
from dripcourse.flows.reader import Desk
from dripcourse.spelling import spell_zone
from dripcourse.web import foresight, standing
from dripcourse.web.desk import Reader, open_desk, reader_of, reader_page
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
from dripcourse.web.posted import Posted, pressed
from dripcourse.web.site import Here, Site
from dripcourse.web.words import language_name
from dripcourse.web.zones import regions

router = APIRouter()

Change = Callable[[Site, Reader, Mapping[str, str]], Desk]


@router.api_route("/me/{token}/pace", methods=READ)
def show_pace(token: str, site: Here) -> HTMLResponse:
    """What is so now, and a form for each thing that can be changed."""
    return _page(site, open_desk(site, token))


@router.post("/me/{token}/pace")
def change_pace(token: str, site: Here, posted: Posted) -> HTMLResponse:
    """A button was pressed; the answer says what is now true. A second press says the same."""
    one = open_desk(site, token)
    if one.ended:
        return _page(site, one, 409)
    try:
        button = pressed(posted, *_CHANGES, *_LOOKS)
        if button in _LOOKS:
            return _look(site, one, _LOOKS[button], posted)
        after = reader_of(site, _CHANGES[button](site, one, posted))
    except Unfit as wrong:
        return _page(site, one, 400, mistake=str(wrong), field=wrong.field, typed=posted)
    except InputError:
        return _page(site, one, 400, mistake=one.say("no_button"))
    except Enough:
        raise
    except DripcourseError:  # his course ended, or a new version came, at this moment
        return _page(site, open_desk(site, token), 409, mistake=one.say("not_possible"))
    return _page(site, after, told=_told(site, after, button, posted))


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


#: The first press where something is to be filled in -> the button that does it.
_LOOKS = {f"look-{name}": name for name in ("hour", "pace", "pause-until")}
_FIELDS = {"hour": ("hour", "zone"), "pace": ("pace",), "pause-until": ("until",)}


def _look(site: Site, one: Reader, button: str, posted: Mapping[str, str]) -> HTMLResponse:
    """What that button will come to with these fields, and the button itself. Raises Unfit."""
    if button == "pause-until":
        lines = foresight.until(site, one, pause_until(one, button, posted))
    else:
        lines = foresight.by_plan(site, one, (with_hour if button == "hour" else with_pace)(one, posted))
    fields = {name: posted.get(name, "") for name in _FIELDS[button]}
    return reader_page(site, one, "look", lines=[line for line in lines if line], button=button, fields=fields)


def _told(site: Site, one: Reader, button: str, posted: Mapping[str, str]) -> list[str]:
    """What is true after that button, in words."""
    if one.run.asked:
        with site.engine.db.reading() as tx:
            return [one.coming, foresight.following(site, tx, one, one.run)]
    if one.ended:
        return [one.ended]
    if button == "language":
        return [one.say("language_now", name=language_name(one.language))]
    if button in ("option-out", "option-in"):
        name = one.desk.book.edition(one.run.language).optional[posted["option"]]
        return [one.say("option_now_out" if button == "option-out" else "option_now_in", name=name)]
    return [line for line in (one.pause, one.coming) if line]


def _page(
    site: Site, one: Reader, status: int = 200, *, told: list[str] | None = None, mistake: str = "", field: str = "",
    typed: Mapping[str, str] | None = None,
) -> HTMLResponse:  # fmt: skip
    plan, book = one.run.plan, one.desk.book
    now = {"hour": f"{plan.hour:%H:%M}", "zone": plan.zone, "pace": pace_of(plan), "until": ""}
    first, last = bounds(one)
    offered = {zone for _, zones in regions() for zone, _ in zones}
    return reader_page(
        site, one, "pace", status, told=told or [], mistake=mistake, field=field,
        plan=standing.plan(one.say, plan), typed={name: (typed or {}).get(name, kept) for name, kept in now.items()},
        regions=regions(), own_zone="" if plan.zone in offered else plan.zone, zone_name=spell_zone,
        pauses=PAUSES, first=first.isoformat(), last=last.isoformat(),
        options=book.edition(one.run.language).optional, chosen=one.run.without.split(","),
        languages=languages(book), language_name=language_name, then={} if one.ended else foresight.foresee(site, one),
    )  # fmt: skip
