"""The front page: what this service is, and the forms one can sign up through."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from dripcourse.domain.forms import is_open
from dripcourse.storage import forms
from dripcourse.web.page import READ, page
from dripcourse.web.site import Here

router = APIRouter()


@router.api_route("/", methods=READ)
def home(site: Here) -> HTMLResponse:
    """Name and open forms."""
    with site.engine.db.reading() as tx:
        there = [form for form in forms.every(tx) if not is_open(form, site.now())]
    return page(site, "home", listed=True, forms=there, outbox=site.outbox is not None)
