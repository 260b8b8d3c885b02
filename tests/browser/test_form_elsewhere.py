"""The form on somebody else's page: plain, with its script, in a frame. On a blog of another origin."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

from playwright.sync_api import expect

from tests.browser.chromium import Visitor, findings
from tests.browser.conftest import A_PERSON_READS, Elsewhere, mail_to
from tests.browser.installation import Installation

Visit = Callable[..., AbstractContextManager[Visitor]]


def snippet(place: Installation, option: str) -> str:
    """What an author would paste; it leads to where this installation really listens."""
    return re.sub(r"http://localhost:\d+", place.url, place.cli("form", "snippet", "blog", option))


def test_the_script_signs_up_in_place(visit: Visit, place: Installation, elsewhere: Elsewhere) -> None:
    blog = elsewhere.put("script.html", snippet(place, "--script"))
    with visit(extra_http_headers={}) as anne:  # a header of ours would make each request of the script ask first
        page = anne.page
        page.goto(blog + "?utm_source=fair")
        page.locator("[name=address]").fill("script@example.net")
        page.locator("[name=city]").fill("www.bad.example")
        page.locator("[name=agree]").check()
        page.locator("button").click()
        expect(page.locator("[role=alert]")).to_be_visible(timeout=15_000)
        expect(page.locator("[name=city]")).to_be_focused()
        expect(page.locator("[name=city]")).to_have_attribute("aria-invalid", "true")
        assert findings(page) == []
        page.locator("[name=city]").fill("Bad Ems")
        page.locator("button").click()
        expect(page.locator("[role=status]")).to_contain_text("Look in your inbox", timeout=15_000)
        expect(page.locator("[role=status]")).to_be_focused()
        assert page.url == blog + "?utm_source=fair"
        mail_to(page, place, "script@example.net")


def test_without_a_script_it_takes_one_more_press_on_our_page(
    visit: Visit, place: Installation, elsewhere: Elsewhere
) -> None:
    blog = elsewhere.put("plain.html", snippet(place, "--script"))
    with visit(script=False) as anne:
        page = anne.page
        page.goto(blog)
        page.locator("[name=address]").fill("plain@example.net")
        page.locator("[name=city]").fill("Bad Ems")
        page.locator("[name=agree]").check()
        page.locator("button").click()
        expect(page.locator("[role=alert]")).to_contain_text("One more press")
        expect(page.locator("[name=city]")).to_have_value("Bad Ems")
        page.locator("#zone").select_option("Europe/Berlin")
        page.locator("#agree").check()
        page.wait_for_timeout(A_PERSON_READS)
        page.locator("main button").click()
        expect(page.locator("h1")).to_contain_text("Look in your inbox")


def test_a_frame_takes_a_sign_up_on_its_site(visit: Visit, place: Installation, elsewhere: Elsewhere) -> None:
    framed = snippet(place, "--frame")
    with visit() as anne:
        anne.page.goto(elsewhere.put("frame.html", framed))
        form = anne.page.frame_locator("iframe")
        form.locator("#address").fill("frame@example.net")
        form.locator("#zone").select_option("Europe/Berlin")
        form.locator("#agree").check()
        anne.page.wait_for_timeout(A_PERSON_READS)
        form.locator("main button").click()
        expect(form.locator("h1")).to_contain_text("Look in your inbox")
