"""What a script needs before it can post a form: a ticket, and a piece of work where one is wanted. Keeps nothing."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from dripcourse.domain.forms import is_open
from dripcourse.errors import NotFound
from dripcourse.flows import gate
from dripcourse.storage import forms
from dripcourse.storage.forms import Form
from dripcourse.web.knocking import network_of
from dripcourse.web.origins import allow, preflight
from dripcourse.web.page import READ
from dripcourse.web.site import Here, Site

router = APIRouter()


@router.api_route("/f/{slug}/ticket", methods=READ)
def ticket(slug: str, request: Request, site: Here) -> JSONResponse:
    """{"ticket": …, "proof": null or {"algorithm", "challenge", "bits", "until"}}; for a closed form the reason too."""
    form, now = _form(site, slug), site.now()
    wanted = gate.wants_proof(site.engine, form, network_of(request), now)
    found = {
        "ticket": gate.ticket(site.engine, form, now),
        "proof": gate.challenge(site.engine, form, now) if wanted else None,
        "closed": is_open(form, now),
    }
    answer = JSONResponse(found)
    allow(answer, request, form.settings.origins)
    return answer


@router.options("/f/{slug}/ticket")
def ask_first(slug: str, request: Request, site: Here) -> Response:
    """A browser's question before it lets another site's script ask."""
    return preflight(request, _form(site, slug).settings.origins, READ)


def _form(site: Site, slug: str) -> Form:
    with site.engine.db.reading() as tx:
        try:
            return forms.find(tx, slug)
        except NotFound:
            raise NotFound("there is no such form") from None
