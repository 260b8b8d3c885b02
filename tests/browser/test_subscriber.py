"""A subscriber in a browser: signs up, confirms from the mail, changes the pace, pauses, leaves, comes back."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import PHONE, Visitor
from tests.browser.conftest import A_PERSON_READS, mail_to
from tests.browser.installation import Installation

Visit = Callable[..., AbstractContextManager[Visitor]]
WAYS: dict[str, dict[str, Any]] = {
    "at a desk": {},
    "with JavaScript off": {"script": False},
    "on a phone": {"viewport": PHONE, "has_touch": True, "is_mobile": True},
    "on a phone in the dark with JavaScript off": {"viewport": PHONE, "dark": True, "script": False},
}


def fill_in(page: Page, address: str, *, zone: str = "Europe/Berlin") -> None:
    page.locator("#address").fill(address)
    page.locator("#zone").select_option(zone)
    page.locator("#agree").check()


def sign_up(page: Page, place: Installation, address: str, form: str = "start") -> None:
    page.goto(f"{place.url}/f/{form}")
    fill_in(page, address)
    page.wait_for_timeout(A_PERSON_READS)
    page.locator("form button[type=submit], form button:not([type])").last.click()


def confirm(page: Page, place: Installation, address: str) -> None:
    mail_to(page, place, address)
    page.goto(str(page.locator('a[href*="/confirm/"]').first.get_attribute("href")))
    page.locator('button[value="confirm"]').click()


def enrolled(page: Page, place: Installation, address: str) -> None:
    sign_up(page, place, address)
    confirm(page, place, address)


def my_page(page: Page, place: Installation, address: str) -> None:
    """Open his page from the newest lesson mail."""
    mail_to(page, place, address, subject="Welcome")
    page.goto(str(page.locator('a[href*="/me/"]').first.get_attribute("href")).split("/done/")[0])


@pytest.mark.parametrize("way", WAYS)
def test_from_the_form_to_the_first_mail(visit: Visit, place: Installation, way: str) -> None:
    address = f"{way.replace(' ', '-')}@example.net"
    with visit(**WAYS[way]) as anne:
        sign_up(anne.page, place, address)
        expect(anne.page.get_by_role("heading", level=1)).to_contain_text(re.compile("inbox|mail", re.I))
        confirm(anne.page, place, address)
        expect(anne.page.locator("main")).to_contain_text("first lesson")
        mail_to(anne.page, place, address, subject="Welcome")
        assert anne.cookies() == []


def test_by_keyboard_only(visit: Visit, place: Installation) -> None:
    """Tab leads through the fields in their order, Space ticks, Enter sends; what has the focus can be seen."""
    with visit() as anne:
        page = anne.page
        page.goto(f"{place.url}/f/start")
        reached = []
        for _ in range(20):
            page.keyboard.press("Tab")
            name = page.evaluate("document.activeElement.name || document.activeElement.tagName.toLowerCase()")
            reached.append(name)
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", name
            match name:
                case "address":
                    page.keyboard.type("keys@example.net")
                case "zone":
                    page.keyboard.type("Berlin")
                case "agree":
                    page.keyboard.press("Space")
                case "button":
                    break
        fields = [name for name in reached if name in ("address", "name", "hour", "zone", "agree", "button")]
        assert fields == ["address", "name", "hour", "zone", "agree", "button"]
        page.wait_for_timeout(A_PERSON_READS)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        mail_to(page, place, "keys@example.net")


def test_the_pace_a_pause_leaving_and_coming_back(visit: Visit, place: Installation) -> None:
    address = "pace@example.net"
    with visit() as anne:
        page = anne.page
        enrolled(page, place, address)
        my_page(page, place, address)
        page.get_by_role("link", name="Pace").click()
        page.locator("#hour").fill("21:15")
        page.locator('button[name="look"][value="hour"]').click()
        expect(page.locator("main")).to_contain_text("21:15 in Berlin")
        assert place.asked(RUN_HOUR, address) == [("08:00",)]  # shown, not done
        page.locator('button[value="hour"]').click()
        expect(page.get_by_role("status")).to_contain_text("21:15 in Berlin")
        assert place.asked(RUN_HOUR, address) == [("21:15",)]

        page.locator('button[value="pause-7"]').click()
        expect(page.get_by_role("status")).to_contain_text("Paused")
        page.locator('button[value="resume"]').first.click()
        expect(page.get_by_role("status")).to_contain_text("lesson:")

        page.get_by_role("link", name="Unsubscribe from this course").click()
        page.locator('button[value="leave"]').click()
        page.locator("h1").wait_for()
        assert place.asked(RUN_STATE, address) == [("left",)]
        page.locator('button[value="undo"]').click()
        page.locator("h1").wait_for()
        assert place.asked(RUN_STATE, address) == [("active",)]


RUN_STATE = "SELECT e.state FROM enrollment e JOIN subscriber s ON s.id = e.subscriber_id WHERE s.address = ?"
RUN_HOUR = "SELECT e.hour FROM enrollment e JOIN subscriber s ON s.id = e.subscriber_id WHERE s.address = ?"
