"""The outbox pages: what the built-in sink has received, as inbox, page, text and source. For trying out only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from dripcourse.addresses import parse_address
from dripcourse.errors import InputError, NotFound
from dripcourse.mail.transports.outbox import Received
from dripcourse.storage import enrollments, subscribers
from dripcourse.storage.database import Transaction
from dripcourse.web.letter import in_frame, read_letter
from dripcourse.web.page import READ, page, spell_moment
from dripcourse.web.posted import one_line
from dripcourse.web.site import Here, Site

router = APIRouter()

View = Literal["html", "text", "source", "headers"]
Scheme = Literal["light", "dark"]
Width = Literal["phone", "desktop"]
_A_PAGE = 50
_FRAMED = {  # links may open a tab of their own, so that one can press what the mail offers; nothing else
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
    )
}


@dataclass(frozen=True)
class Line:
    """One mail in the list. `local` is the moment on the recipient's own wall clock, "" where his zone is unknown."""

    number: int
    at: str
    local: str
    recipient: str
    subject: str
    preheader: str


@router.api_route("/outbox", methods=READ)
def outbox(site: Here, to: str = "", before: int = 0) -> HTMLResponse:
    """The newest mails, 50 on a page; `to` keeps those to recipients whose address holds it."""
    wanted = one_line(to, 200).casefold()
    mails = [m for m in reversed(_mails(site)) if wanted in m.recipient.casefold()]
    rest = [m for m in mails if not before or m.number < before]
    shown = rest[:_A_PAGE]
    older = shown[-1].number if len(rest) > _A_PAGE else 0
    newer = bool(before) and len(rest) < len(mails)
    with site.engine.db.reading() as tx:
        zones = {m.recipient: _zone_of(tx, m.recipient) for m in shown}
    lines = [_line(m, zones[m.recipient]) for m in shown]
    return page(site, "outbox", lines=lines, to=to[:200], older=older, newer=newer, total=len(mails))


@router.api_route("/outbox/{number}", methods=READ)
def letter(
    number: int, site: Here, view: View = "html", scheme: Scheme = "light", width: Width = "desktop"
) -> HTMLResponse:
    """One mail, in one of its views."""
    received = _find(site, number)
    with site.engine.db.reading() as tx:
        line = _line(received, _zone_of(tx, received.recipient))
    return page(
        site, "letter", line=line, letter=read_letter(received.raw), sender=received.sender,
        source=received.raw.decode("ascii", "backslashreplace"), size=len(received.raw),
        view=view, scheme=scheme, width=width,
    )  # fmt: skip


@router.api_route("/outbox/{number}/html", methods=READ)
def letter_html(number: int, site: Here, scheme: Scheme = "light") -> HTMLResponse:
    """The mail's own HTML, for the frame: it may run nothing and load nothing."""
    html = read_letter(_find(site, number).raw).html
    return HTMLResponse(in_frame(html, scheme == "dark"), headers=_FRAMED)


def _mails(site: Site) -> list[Received]:
    return site.outbox.mails if site.outbox is not None else []


def _find(site: Site, number: int) -> Received:
    found = next((m for m in _mails(site) if m.number == number), None)
    if found is None:
        raise NotFound(f"there is no mail {number} in the outbox; only the newest ones are kept")
    return found


def _line(received: Received, zone: str) -> Line:
    what = read_letter(received.raw)
    local = f"{spell_moment(received.at.astimezone(ZoneInfo(zone)))} {zone}" if zone else ""
    at = f"{spell_moment(received.at)} UTC"
    return Line(received.number, at, local, received.recipient, what.subject, what.preheader)


def _zone_of(tx: Transaction, recipient: str) -> str:
    """The zone of his newest run, "" where there is none."""
    try:
        person = subscribers.lookup(tx, parse_address(recipient).key)
    except InputError:
        return ""
    runs = enrollments.of_subscriber(tx, person.id) if person else []
    return runs[-1].plan.zone if runs else ""
