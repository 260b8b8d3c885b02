"""The routes for programs: sign somebody up, see the forms, take posts of other form builders. docs/api.md tells it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from dripcourse.domain.forms import is_open
from dripcourse.flows import programs, tokens
from dripcourse.flows.programs import Wanted
from dripcourse.storage import forms
from dripcourse.storage.forms import Form
from dripcourse.web.api import posted
from dripcourse.web.api.description import description
from dripcourse.web.api.posted import JsonBody, Program
from dripcourse.web.api.shapes import Accepted, FormField, Forms, FormShown, Subscription
from dripcourse.web.entry import source
from dripcourse.web.page import READ
from dripcourse.web.site import Here, Site

router = APIRouter(prefix="/api/v1")
_ACCEPTED = Accepted().model_dump()


@router.post("/subscriptions")
def subscribe(request: Request, site: Here, program: Program, body: JsonBody) -> JSONResponse:
    """Queue the confirm mail for one person. The answer is the same whether he is known here or not."""

    def work() -> tokens.Reply:
        asked = posted.shaped(Subscription, body)
        programs.sign_up(site.engine, asked.form, _wanted(asked), site.now())
        return 202, _ACCEPTED

    keys = request.headers.getlist("idempotency-key")
    key = ", ".join(keys) if keys else None  # two of them are none
    status, answer = tokens.once(site.engine.db, program, key, body, site.now(), work)
    return JSONResponse(answer, status)


@router.post("/intake/{slug}")
def take_in(slug: str, request: Request, site: Here, body: JsonBody) -> JSONResponse:
    """Take what another form builder posts, signed with the form's secret; the form says what stands where in it."""
    form, mark = programs.signed(site.engine, slug, request.headers, body, site.now())
    programs.take(site.engine, form, mark, posted.parsed(body), site.now())
    return JSONResponse(_ACCEPTED, 202)


@router.api_route("/forms", methods=READ)
def show_forms(site: Here, _: Program) -> JSONResponse:
    """Every form, and what it asks."""
    with site.engine.db.reading() as tx:
        found = forms.every(tx)
    return JSONResponse(Forms(forms=[_shown(site, one) for one in found]).model_dump())


@router.api_route("/openapi.json", methods=READ)
def describe(site: Here) -> JSONResponse:
    """This API, in OpenAPI 3.1."""
    return JSONResponse(description(site.settings.base_url))


def _wanted(asked: Subscription) -> Wanted:
    said = asked.model_dump(exclude={"form", "source"})
    return Wanted(**said, source=source(asked.source.model_dump(), {}))


def _shown(site: Site, form: Form) -> FormShown:
    fields = [FormField(**one.as_data()) for one in form.settings.fields]
    state = is_open(form, site.now()) or "open"
    return FormShown.model_validate(
        {"slug": form.slug, "title": form.title, "wording": form.wording, "language": form.language, "state": state,
         "fields": fields}
    )  # fmt: skip
