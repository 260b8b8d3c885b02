"""A mail scanner opens everything, with every harmless method and with scripts, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import Visitor, visitor
from tests.browser.conftest import mail_to
from tests.browser.installation import Installation
from tests.browser.test_subscriber import enrolled, sign_up
from tests.browser.walk import everything

Visit = Callable[..., AbstractContextManager[Visitor]]
RUNS = "SELECT e.state FROM enrollment e JOIN subscriber s ON s.id = e.subscriber_id WHERE s.address = ?"
SCRIPTS_RUN = 10_000  # milliseconds on every page, as Safe Links gives them
HARMLESS = ("HEAD", "GET", "OPTIONS")


@pytest.fixture(scope="module")
def waiting(place: Installation, browser: Browser) -> tuple[str, str]:
    """Somebody with mails and one who has not confirmed yet."""
    with visitor(browser) as anne:
        enrolled(anne.page, place, "scanned@example.net")
        mail_to(anne.page, place, "scanned@example.net", subject="Welcome")
        sign_up(anne.page, place, "unconfirmed@example.net")
        mail_to(anne.page, place, "unconfirmed@example.net")
    return "scanned@example.net", "unconfirmed@example.net"


def test_a_robot_that_opens_everything_changes_no_row(
    visit: Visit, place: Installation, waiting: tuple[str, str]
) -> None:
    with visit() as robot:
        before = place.fingerprint()
        reached = everything(robot.page, place, *waiting)
        kinds = {address.removeprefix(place.url).split("/")[1] for address in reached}
        assert {"confirm", "decline", "leave", "me", "one-click"} <= kinds
        for address in sorted(reached):
            for method in HARMLESS:
                robot.context.request.fetch(address, method=method, max_redirects=0)
        windows = [robot.context.new_page() for _ in reached]
        for window, address in zip(windows, sorted(reached), strict=True):
            window.goto(address)
        robot.page.wait_for_timeout(SCRIPTS_RUN)
        assert place.fingerprint() == before


#: How a script sends a form; neither way presses a button, so none is named in what arrives.
SUBMIT = {
    "submit": "n => HTMLFormElement.prototype.submit.call(document.forms[n])",
    "requestSubmit": "n => { document.forms[n].noValidate = true; document.forms[n].requestSubmit(); }",
}


@pytest.mark.parametrize("how", SUBMIT)
def test_a_robot_that_submits_every_form_confirms_nobody(
    visit: Visit, place: Installation, waiting: tuple[str, str], how: str
) -> None:
    with visit() as robot:
        sent = 0
        for address in sorted(everything(robot.page, place, *waiting)):
            robot.page.goto(address)
            for number in range(robot.page.evaluate("document.forms.length")):
                robot.page.goto(address)
                with robot.page.expect_navigation():
                    robot.page.evaluate(SUBMIT[how], number)
                sent += 1
        assert sent > 10
    scanned, unconfirmed = waiting
    assert place.asked("SELECT state FROM subscriber WHERE address = ?", unconfirmed) == [("pending",)]
    assert place.asked(RUNS, unconfirmed) == []
    assert place.asked(RUNS, scanned) == [("active",)]
