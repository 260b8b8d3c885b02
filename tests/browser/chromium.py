"""Debian's chromium, driven by Playwright; what a visitor's browser must never do is noted. axe-core judges pages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.judge.workshop import node_modules, program

PHONE = {"width": 360, "height": 740}
NARROW = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser. CHROMIUM names another one than the machine's."""
    found = os.environ.get("CHROMIUM") or program("chromium", "chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        try:
            yield started
        finally:
            started.close()


_networks = count(1)


@dataclass
class Visitor:
    """A browser window of somebody new, from a network of his own, without cookies.

    `trouble`: errors on the console, requests to elsewhere.
    """

    context: BrowserContext
    page: Page
    trouble: list[str] = field(default_factory=list)

    def heading(self) -> str:
        """The page's h1."""
        return self.page.locator("h1").inner_text()

    def cookies(self) -> list[Any]:
        """What the site has left in the browser."""
        return list(self.context.cookies())


@contextmanager
def visitor(browser: Browser, *, script: bool = True, dark: bool = False, **options: Any) -> Iterator[Visitor]:
    """Such a window, on a desk unless `viewport` says otherwise."""
    home = {"X-Forwarded-For": f"203.0.{next(_networks)}.7"}  # as a proxy of this machine would say
    usual: dict[str, Any] = {
        "viewport": DESK, "timezone_id": "Europe/Berlin", "locale": "en-GB", "extra_http_headers": home,
    }  # fmt: skip
    context = browser.new_context(
        java_script_enabled=script, color_scheme="dark" if dark else "light", **{**usual, **options}
    )
    page = context.new_page()
    one = Visitor(context, page)
    page.on("pageerror", lambda error: one.trouble.append(f"script: {error}"))
    page.on("console", lambda said: _heard(one, said))
    context.on("request", lambda asked: _asked(one, asked))
    try:
        yield one
    finally:
        context.close()
    assert one.trouble == []


def _heard(one: Visitor, said: ConsoleMessage) -> None:
    # A 4xx that a test asks for on purpose is told on the console, too; what the page itself does wrong is not that.
    if said.type == "error" and "Failed to load resource" not in said.text:
        one.trouble.append(f"console: {said.text}")


def _asked(one: Visitor, asked: Request) -> None:
    if not asked.url.startswith(("http://localhost", "http://127.0.0.1", "data:", "about:", "blob:")):
        one.trouble.append(f"asked for {asked.url}")


def findings(page: Page) -> list[str]:
    """What axe-core finds on the page as it stands, and whether it scrolls sideways. Nothing: all is well."""
    axe = (node_modules() / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
    page.evaluate(axe)
    found = page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", _TAGS)
    told = [
        f"{rule['id']}: {node['html'][:160]} ({node['failureSummary'].splitlines()[-1].strip()})"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return told + ([f"scrolls sideways by {wide} px"] if wide > 0 else [])
