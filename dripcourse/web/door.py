"""The door of a course: how the pages for coming in and going out show it, in one language. It changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi.responses import HTMLResponse

from dripcourse.addresses import EmailAddress
from dripcourse.domain.course import Logo
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.forms import is_open
from dripcourse.flows.books import Book
from dripcourse.storage import courses, forms, subscribers
from dripcourse.storage.database import Transaction
from dripcourse.storage.forms import Form
from dripcourse.storage.notices import Notice
from dripcourse.storage.subscribers import Subscriber
from dripcourse.web.look import policy
from dripcourse.web.page import page
from dripcourse.web.site import Site
from dripcourse.web.stylesheet import style_path
from dripcourse.web.words import FALLBACK, Words, words_for


@dataclass(frozen=True)
class Door:
    """One course in one language. `masked` is whose page it is, since mails are forwarded; "" where it is anybody's."""

    course: str  # its title
    language: str  # BCP 47, that of the course; its pages have words in it or in English
    sender: str
    masked: str = ""
    style: str = ""  # the path of its colours and fonts, "" where they are ours
    logo: Logo | None = None

    @property
    def say(self) -> Words:
        """The words of its pages."""
        return words_for(self.language)


def door_of_run(site: Site, tx: Transaction, one: Enrollment) -> Door:
    """That of the reader's course in the language he reads it in."""
    book = site.engine.shelf.book(tx, one.version_id)
    return _door(site, book, one.language, subscribers.by_id(tx, one.subscriber_id))


def door_of_notice(site: Site, tx: Transaction, notice: Notice | None) -> Door:
    """That of the course a mail was about, in the mail's language; of no course where there is no such mail."""
    if notice is None or "course_id" not in notice.context:
        return Door("", FALLBACK, site.settings.sender_name)
    book = _current(site, tx, int(notice.context["course_id"]))
    language = str(notice.context.get("language", ""))  # as flows.notify chooses the mail's
    return _door(site, book, language, subscribers.by_id(tx, notice.subscriber_id))


def door_of_form(site: Site, tx: Transaction, form: Form) -> Door:
    """That of the course in the form's language, for whoever comes."""
    return _door(site, _current(site, tx, form.course_id), form.language, None)


def way_in(site: Site, tx: Transaction, course_id: int, language: str) -> str:
    """The path of a form that takes people for that course, one in that language first; "" where there is none."""
    there = [one for one in forms.every(tx) if one.course_id == course_id and not is_open(one, site.now())]
    there.sort(key=lambda one: one.language != language)
    return f"{site.root}/f/{there[0].slug}" if there else ""


def door_page(
    site: Site, door: Door, name: str, status: int = 200, *, listed: bool = False, **values: Any
) -> HTMLResponse:
    """The page pages/`name`.html at that door; `listed` as for any page."""
    answer = page(site, name, status, listed=listed, door=door, say=door.say, **values)
    answer.headers["Content-Security-Policy"] = policy(door.logo)
    return answer


def _current(site: Site, tx: Transaction, course_id: int) -> Book:
    return site.engine.shelf.book(tx, courses.by_id(tx, course_id).version_id)


def _door(site: Site, book: Book, language: str, person: Subscriber | None) -> Door:
    edition = book.edition(language)
    masked = EmailAddress(person.address, person.address_key).masked if person else ""
    sender, style = book.brand(site.engine.brand).name, style_path(site, book)
    return Door(edition.title, edition.language, sender, masked, style, book.logo)
