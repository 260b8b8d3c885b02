"""The reader's own pages that are only read: where he is, the lessons he has had, and each of them again."""

from __future__ import annotations

import re

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from dripcourse.errors import NotFound
from dripcourse.flows import reader
from dripcourse.flows.sentences import taps_sentence
from dripcourse.mail.slots import CompiledMail, fill
from dripcourse.spelling import spell_day
from dripcourse.web.desk import Reader, earlier, no_such_lesson, open_desk, reader_page
from dripcourse.web.page import READ, fragment
from dripcourse.web.site import Here, Site

router = APIRouter()

# A mail as a page of its own: it may run nothing, send no form, and load nothing but the pictures it came with.
_LESSON = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
    )
}
_BODY = re.compile(r"<body[^>]*>")


@router.api_route("/me/{token}", methods=READ)
def where_i_am(token: str, site: Here) -> HTMLResponse:
    """The day, the next lesson's hour, the latest lesson, and ways on."""
    return reader_page(site, open_desk(site, token), "me")


@router.api_route("/me/{token}/lessons", methods=READ)
def lessons(token: str, site: Here) -> HTMLResponse:
    """Every lesson had, the newest first; behind them those he left out, and those of earlier times through."""
    one = open_desk(site, token)
    return reader_page(site, one, "lessons", earlier=earlier(site, one))


@router.api_route("/me/{token}/lesson/{key}", methods=READ)
def lesson(token: str, key: str, site: Here) -> HTMLResponse:
    """The mail as he got it, under a line that leads back."""
    one = open_desk(site, token)
    try:
        with site.engine.db.reading() as tx:
            _, mail = reader.lesson(tx, site.engine, one.run.public_id, key)
    except NotFound:
        return no_such_lesson(site, one)
    had = one.had(key)
    bar = fragment("lesson_bar", say=one.say, reader=one, said=one.said(had) if had else "")
    return HTMLResponse(_framed(fill(mail, _values(site, one, mail, key), one.desk.fields).html, bar), headers=_LESSON)


def _values(site: Site, one: Reader, mail: CompiledMail, key: str) -> dict[str, str]:
    """What went into its slots, but for the address: whoever has one of his mails can open this page."""
    links, run, book = site.engine.links, one.run, one.desk.book
    said = {lesson.key: lesson.said for lesson in one.desk.lessons if lesson.said}
    return {
        "leave_url": links.url("leave", run.public_id),
        "me_url": links.url("me", run.public_id),
        "recipient": one.masked,
        "signed_up": spell_day(run.created_at.date(), mail.language),
        "sentence": taps_sentence(book, mail.language, key, said),
    }


def _framed(html: str, bar: str) -> str:
    """The mail with the line above it; all of it lies in a landmark, as in any page."""
    begun = _BODY.search(html)
    if begun is None:
        return bar + html
    before, after = html[: begun.end()], html[begun.end() :]
    return f"{before}{bar}<main>{after.replace('</body>', '</main></body>', 1)}"
