"""One installation and one browser for all of these tests; each visitor has a window of his own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import Visitor, chromium, visitor
from tests.browser.installation import Installation, running

#: The time trap lets nobody through who fills in a form faster.
A_PERSON_READS = 3100  # milliseconds


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def visit(browser: Browser) -> Callable[..., AbstractContextManager[Visitor]]:
    """Opens a window: `with visit(script=False) as anne: …`."""
    return partial(visitor, browser)


@dataclass(frozen=True)
class Elsewhere:
    """A static site of another origin; `put` writes a page of it and gives its address."""

    folder: Path
    origin: str

    def put(self, name: str, body: str) -> str:
        head = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A blog</title></head>'
        html = f"{head}<body><main><h1>A blog</h1>{body}</main></body></html>"
        (self.folder / name).write_text(html, encoding="utf-8")
        return f"{self.origin}/{name}"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    folder = tmp_path_factory.mktemp("elsewhere")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Elsewhere(folder, f"http://localhost:{server.server_address[1]}")
        server.shutdown()


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory, elsewhere: Elsewhere) -> Iterator[Installation]:
    """The installation, with an English form, a German one, and one for the site elsewhere."""
    with running(tmp_path_factory.mktemp("installation")) as one:
        one.cli("form", "create", "start", "--course", "thirty-steady-days")
        one.cli("form", "create", "zeichnen", "--course", "look-and-draw", "--language", "de")
        one.cli("form", "create", "blog", "--course", "thirty-steady-days", "--origin", elsewhere.origin, "--frames",
                "--prefill", "--field", CITY)  # fmt: skip
        yield one


CITY = "city: text, label=Your city, fallback=your town"


def mail_to(page: Page, place: Installation, address: str, subject: str = "") -> None:
    """Open the newest mail to that address in the outbox, once it is there, as a mail program would show it."""
    seen = f'.inbox a:has(.from:text-is("{address}"))' + (f':has(.subject:has-text("{subject}"))' if subject else "")

    def there() -> bool:
        page.goto(f"{place.url}/outbox")
        return page.locator(seen).count() > 0

    place.until(there, f"a mail to {address}")
    number = page.locator(seen).first.get_attribute("href")
    page.goto(f"{place.url}{number}/html")
