"""Every page that can be reached from the mails of an installation, by links and by the addresses of forms."""

from __future__ import annotations

import re
from urllib.parse import urldefrag

from playwright.sync_api import Page

from tests.browser.installation import Installation

#: Reached from the pages, but not from any mail: the built-in sink's own.
_OUTBOX = re.compile(r"/outbox(\b|/)")


def ways_of(page: Page) -> set[str]:
    """Where every link and form of the page leads, on this site."""
    found = page.evaluate(
        "[...document.querySelectorAll('a[href], form')].map(e => e.tagName === 'A' ? e.href : e.action)"
    )
    return {urldefrag(each).url for each in found if each.startswith("http")}


def mails(page: Page, place: Installation, to: str) -> list[str]:
    """Every mail to that address, in the outbox."""
    page.goto(f"{place.url}/outbox?to={to}")
    return [str(each.get_attribute("href")) for each in page.locator(".inbox a").all()]


def everything(page: Page, place: Installation, *people: str) -> set[str]:
    """All pages within reach of these people's mails, by links and by the addresses of forms and List-Unsubscribe."""
    found: set[str] = set()
    waiting: set[str] = set()
    for number in (each for to in people for each in mails(page, place, to)):
        page.goto(f"{place.url}{number}?view=source")
        waiting |= {link.rstrip(">") for link in re.findall(r"<(https?://localhost\S+?)>", page.inner_text("main"))}
        page.goto(f"{place.url}{number}/html")
        waiting |= ways_of(page)
    while waiting:
        address = waiting.pop()
        if address in found or not address.startswith(place.url) or _OUTBOX.search(address):
            continue
        found.add(address)
        page.goto(address)
        waiting |= ways_of(page) - found
    return found
