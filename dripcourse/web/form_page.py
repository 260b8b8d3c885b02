"""The pages of a hosted form: the form itself, what comes after it, and why it takes nobody. They decide nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request, Response

from dripcourse.flows import gate
from dripcourse.spelling import spell_day
from dripcourse.storage.forms import Form
from dripcourse.web.door import Door, door_of_form, door_page
from dripcourse.web.entry import TRAP, Entry
from dripcourse.web.look import policy
from dripcourse.web.site import Site
from dripcourse.web.terms import begins, until
from dripcourse.web.zones import regions

#: Why a form takes nobody -> its status, the words of its heading and of its text.
SHUT = {
    "closed": (409, "form_closed", "form_closed_text"),
    "over": (410, "form_over", "form_over_text"),
    "full": (409, "form_full", "form_full_text"),
    "held": (503, "form_held", "form_held_text"),
    "busy": (429, "form_busy", "form_busy_text"),
}
_HOUR = 3600


@dataclass(frozen=True)
class Hosted:
    """A form as one request sees it: its course's door, and whether it stands in another site's frame."""

    site: Site
    form: Form
    door: Door
    framed: bool

    def said(self, name: str, entry: Entry, field: str) -> str:
        """The words of that name about that field, with what was typed into it."""
        own = {each.name: each for each in self.form.settings.fields}.get(field)
        facts = {"label": own.label, "most": own.most} if own else {}
        return self.door.say(name, typed=entry.typed(field), **facts)

    def shut(self, why: str, now: datetime, *, pressed: bool = True) -> tuple[int, str, str, dict[str, str]]:
        """(status, heading, text, headers) where it takes nobody, for one of SHUT; to who has pressed its button."""
        status, heading, text = SHUT[why]
        last, held = self.form.settings.closes_on, self.form.held_until
        day = spell_day(last, self.door.say.language) if last else ""
        waits = (held - now).total_seconds() if why == "held" and held and held > now else _HOUR
        after = {"Retry-After": str(int(waits) + 1)} if status in (429, 503) else {}
        said = [self.door.say(text, day=day), *([self.door.say("form_nothing")] if pressed else [])]
        return status, self.door.say(heading), " ".join(said), after


def hosted(site: Site, form: Form, request: Request) -> Hosted:
    """The form for this request. In a frame only where its author allows frames."""
    with site.engine.db.reading() as tx:
        door = door_of_form(site, tx, form)
    framed = form.settings.frames and request.query_params.get("frame") == "1"
    return Hosted(site, form, door, framed)


def form_page(
    to: Hosted, entry: Entry, now: datetime, status: int = 200, *, told: str = "", ticket: str = "",
    work: Mapping[str, Any] | None = None,
) -> Response:  # fmt: skip
    """The form with what was typed: `told` above it, its `ticket` or a fresh one, and work where some is wanted."""
    hours, say, settings = [f"{hour:02}:00" for hour in range(24)], to.door.say, to.form.settings
    dates = [*begins(say, settings, now.date()), *until(say, settings, "form_until")]
    answer = _page(
        to, "form", status, listed=status == 200 and not told and not to.framed, entry=entry, trap=TRAP, told=told,
        dates=dates, work=work, ticket=gate.ticket(to.site.engine, to.form, now, ticket),
        hours=sorted({*hours, entry.hour} - {""}), regions=regions(to.door.say.language, entry.zone),
    )  # fmt: skip
    if work is not None:
        answer.headers["Retry-After"] = "1"
    return answer


def asked_page(to: Hosted) -> Response:
    """ "Look in your inbox", the same for everyone; or the author's own page, which a frame only links to."""
    page = to.form.settings.thank_you
    if page and not to.framed:
        return Response(status_code=303, headers={"Location": page})
    return _page(to, "asked", 202, answer=True, page=page)


def shut_page(to: Hosted, why: str, now: datetime, *, pressed: bool = True) -> Response:
    """Why the form takes nobody, in its language."""
    status, heading, text, after = to.shut(why, now, pressed=pressed)
    answer = _page(to, "form_shut", status, answer=pressed, heading=heading, text=text)
    answer.headers.update(after)
    return answer


def _page(to: Hosted, name: str, status: int, *, listed: bool = False, answer: bool = False, **values: Any) -> Response:
    """`answer`: whether the page says nothing but what came of a press."""
    made = door_page(to.site, to.door, name, status, listed=listed, form=to.form, hosted=to, answer=answer, **values)
    settings = to.form.settings
    framed_by = settings.origins if to.framed else ()
    made.headers["Content-Security-Policy"] = policy(to.door.logo, settings.thank_you, framed_by)
    return made
