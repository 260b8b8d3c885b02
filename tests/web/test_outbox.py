"""The outbox shows what the sink received, and lets no mail do anything in the browser."""

from __future__ import annotations

import re
from email.message import EmailMessage

import pytest

from dripcourse.mail.transports.outbox import Outbox
from dripcourse.web.app import create_app
from tests.mail.material import Page
from tests.web.conftest import World, browser

HOSTILE = "<html><head><title>t</title></head><body><script>alert(1)</script><p>Hello</p></body></html>"


@pytest.fixture
def shown(world: World) -> World:
    """Anne's confirm mail and her first lesson lie in the outbox."""
    world.enrolled()
    world.send()
    world.clock.turn(hours=19)
    world.send()
    world.client = browser(create_app(world.engine, world.settings, box(world, world.post.mails)))
    return world


def box(world: World, mails: list[tuple[str, bytes]]) -> Outbox:
    made = Outbox()
    for recipient, raw in mails:
        made.add(world.clock(), "course@example.org", recipient, raw)
    return made


def test_without_an_outbox_there_is_no_such_page(world: World) -> None:
    assert world.client.get("/outbox").status_code == 404
    assert "/outbox" not in world.client.get("/").text


def test_the_list_shows_newest_first_what_an_inbox_shows(shown: World) -> None:
    text = shown.client.get("/outbox").text
    assert re.findall(r'class="subject">([^<]+)', text) == ["Day 1", "Welcome", "Please confirm: Small steps at home"]
    assert re.findall(r'class="preheader">([^<]+)', text)[0] == "A question"
    assert "Wed 4 Mar 2026, 08:00 Europe/Berlin" in text
    assert "Wed 4 Mar 2026, 07:00 UTC" in text


def test_the_list_is_paged_and_filtered(world: World) -> None:
    world.confirm_link()
    ((_, raw),) = world.post.mails
    box_of_many = box(world, [(f"p{number}@example.net", raw) for number in range(1, 121)])
    client = browser(create_app(world.engine, world.settings, box_of_many))
    seen: list[int] = []
    where = "/outbox"
    while where:
        page = Page(client.get(where).text)
        seen += [int(found[1]) for href in page.links if (found := re.fullmatch(r"/outbox/(\d+)", href))]
        where = next((href for href in page.links if "before=" in href and f"before={seen[-1]}" in href), "")
    assert seen == list(range(120, 0, -1))
    filtered = client.get("/outbox", params={"to": "P7@"}).text
    assert re.findall(r'class="from">([^<]+)', filtered) == ["p7@example.net"]
    assert client.get("/outbox", params={"to": "<nobody>"}).text.count("&lt;nobody&gt;") >= 1


def test_a_mail_is_shown_as_page_text_headers_and_source(shown: World) -> None:
    page = shown.client.get("/outbox/3")
    (frame,) = Page(page.text).all("iframe")
    assert frame["src"] == "/outbox/3/html?scheme=light"
    assert "Ask one question." in shown.client.get(frame["src"]).text
    text = shown.client.get("/outbox/3?view=text").text
    assert "Ask one question." in text
    assert 'href="https://course.example.org/leave/' in text
    table = shown.client.get("/outbox/3?view=headers").text
    assert "List-Unsubscribe-Post" in table
    source = shown.client.get("/outbox/3?view=source").text
    assert "&lt;mailto:" in source or "&lt;https:" in source


def test_dark_and_phone_are_links(shown: World) -> None:
    page = shown.client.get("/outbox/3?scheme=dark&width=phone").text
    (frame,) = Page(page).all("iframe")
    assert set(frame["class"].split()) == {"mail", "phone", "dark"}
    dark, light = (shown.client.get(f"/outbox/3/html?scheme={scheme}").text for scheme in ("dark", "light"))
    assert "@media all" in dark
    assert "@media not all" in light


def test_a_mail_can_run_nothing_and_load_nothing(world: World) -> None:
    message = EmailMessage()
    message["Subject"] = "<script>alert(2)</script>"
    message["To"] = "anne@example.net"
    message.set_content("see <script>alert(3)</script>")
    message.add_alternative(HOSTILE, subtype="html")
    outbox = box(world, [("<script>alert(4)</script>@example.net", bytes(message))])
    client = browser(create_app(world.engine, world.settings, outbox))
    views = ("", "/1", "/1?view=text", "/1?view=headers", "/1?view=source")
    assert all("<script>alert" not in client.get(f"/outbox{view}").text for view in views)
    (frame,) = Page(client.get("/outbox/1").text).all("iframe")
    assert not {"allow-scripts", "allow-same-origin", "allow-forms", "allow-top-navigation"} & set(
        frame["sandbox"].split()
    )
    policy = client.get("/outbox/1/html").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")
    (sandbox,) = [part.split() for part in policy.split("; ") if part.startswith("sandbox")]
    assert set(sandbox) == {"sandbox", "allow-popups", "allow-popups-to-escape-sandbox"}


@pytest.mark.parametrize("path", ["/outbox/99", "/outbox/x", "/outbox/3?view=everything", "/outbox/99/html"])
def test_what_is_not_there_is_a_404(shown: World, path: str) -> None:
    assert shown.client.get(path).status_code == 404


@pytest.mark.parametrize("raw", [b"", b"\xff\x00\xfe", b"Subject: =?utf-8?q?=FF?=\r\n\r\n\xff", b"no headers at all"])
def test_bytes_that_are_no_mail_are_shown_as_they_are(world: World, raw: bytes) -> None:
    client = browser(create_app(world.engine, world.settings, box(world, [("anne@example.net", raw)])))
    for path in ("/outbox", "/outbox/1", "/outbox/1/html", "/outbox/1?view=text", "/outbox/1?view=source"):
        assert client.get(path).status_code == 200
