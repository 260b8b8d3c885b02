"""axe-core finds nothing on any page (WCAG 2.2 AA and its own good practice), light and dark, on phone and desk."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import DESK, NARROW, Visitor, findings, visitor
from tests.browser.conftest import mail_to
from tests.browser.installation import Installation
from tests.browser.test_subscriber import enrolled, sign_up
from tests.browser.walk import everything

Visit = Callable[..., AbstractContextManager[Visitor]]
LOOKS = ((NARROW, False), (DESK, True))  # sizes matter for what wraps, schemes for contrast: each is seen once
#: What no mail leads to: forms, what they say of mistakes, and errors.
MACHINES = ("/one-click/", "/decline-now/")  # not pages
STRAY = ("/f/start", "/f/zeichnen", "/f/blog", "/f/blog?frame=1", "/f/nowhere", "/nowhere", "/", "/outbox")


@pytest.fixture(scope="module")
def reached(place: Installation, browser: Browser) -> list[str]:
    """All of them, with somebody at the start of each of his stories."""
    with visitor(browser) as one:
        enrolled(one.page, place, "axe@example.net")
        mail_to(one.page, place, "axe@example.net", subject="Welcome")
        sign_up(one.page, place, "axe.unconfirmed@example.net", form="zeichnen")
        mail_to(one.page, place, "axe.unconfirmed@example.net")
        found = sorted(everything(one.page, place, "axe@example.net", "axe.unconfirmed@example.net")) + [
            place.url + path for path in STRAY
        ]
    return [address for address in found if not address.removeprefix(place.url).startswith(MACHINES)]


def test_every_page_that_is_opened(visit: Visit, reached: list[str]) -> None:
    told = []
    for size, dark in LOOKS:
        with visit(viewport=size, dark=dark, bypass_csp=True) as one:  # lesson pages run no script, axe-core is one
            for address in reached:
                one.page.goto(address)
                told += [f"{address} at {size['width']} px, dark={dark}: {each}" for each in findings(one.page)]
    assert told == [], "\n".join(told)


def test_every_page_that_answers_a_button(visit: Visit, place: Installation, reached: list[str]) -> None:
    """What each form says when it is sent with nothing filled in."""
    told = []
    with visit(viewport=NARROW, bypass_csp=True) as one:
        for address in reached:
            one.page.goto(address)
            for number in range(one.page.evaluate("document.forms.length")):
                one.page.goto(address)
                with one.page.expect_navigation():
                    one.page.evaluate("n => HTMLFormElement.prototype.submit.call(document.forms[n])", number)
                told += [f"{address}, form {number}: {each}" for each in findings(one.page)]
    assert told == [], "\n".join(told)
