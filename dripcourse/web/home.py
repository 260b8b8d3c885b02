"""The front page: what this service is, and the forms one can sign up through."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dripcourse.domain.forms import is_open
from dripcourse.storage import courses, forms
from dripcourse.storage.database import Transaction
from dripcourse.storage.forms import Form
from dripcourse.web.page import READ, page
from dripcourse.web.site import Here, Site
from dripcourse.web.tongue import words_asked

router = APIRouter()


@router.api_route("/", methods=READ)
def home(request: Request, site: Here) -> HTMLResponse:
    """Name and open forms, in the language the browser asks for; each form's title in its own."""
    say = words_asked(request)
    with site.engine.db.reading() as tx:
        open_ = [form for form in forms.every(tx) if not is_open(form, site.now())]
        there = [(form, _language(site, tx, form)) for form in listed(open_)]
    answer = page(site, "home", listed=True, say=say, forms=there, outbox=site.outbox is not None)
    answer.headers["Vary"] = "Accept-Language"
    return answer


def listed(there: Sequence[Form]) -> list[Form]:
    """Those the front page names: which their authors list, and of each course and language the oldest else.

    A form for one campaign and one for another site lead to the same course: its line would stand there thrice.
    """
    found = {form.id: form for form in there if form.settings.listed}
    known = {(form.course_id, form.language) for form in found.values()}
    for form in sorted(there, key=lambda form: form.id):
        place = (form.course_id, form.language)
        if form.settings.listed is None and place not in known:
            known.add(place)
            found[form.id] = form
    return [form for form in there if form.id in found]


def _language(site: Site, tx: Transaction, form: Form) -> str:
    book = site.engine.shelf.book(tx, courses.by_id(tx, form.course_id).version_id)
    return book.edition(form.language).language
