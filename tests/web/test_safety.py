"""What holds for every answer: headers, bounds, plain errors, and nothing of a person. Who may do what: test_matrix."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import datetime

import pytest

from dripcourse.web.app import create_app
from dripcourse.web.guard import LARGEST_BODY, hide_tokens
from tests.web.conftest import World, browser
from tests.web.doors import BY_LINK, DOORS, address, with_outbox

ROUTES = [door.path for door in DOORS]


def is_mail(path: str) -> bool:
    """Whether a mail's own HTML is served there."""
    return path.endswith("/html") or "/lesson/" in path


def test_every_answer_has_the_security_headers(world: World) -> None:
    with_outbox(world)
    for path in (*ROUTES, "/nowhere", "/leave/garbled"):
        answer = world.client.get(address(world, path))
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors " + ("'self'" if path.endswith("/html") else "'none'") in policy
        assert "unsafe-inline" not in policy or is_mail(path)
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        kept = path.endswith("/style.css")  # nobody's in particular
        assert answer.headers["cache-control"] == ("public, max-age=3600" if kept else "no-store")
        listed = path in ("/", "/f/{slug}")
        assert answer.headers["x-robots-tag"] == ("all" if listed else "noindex, nofollow"), path


def test_no_page_has_inline_script_or_style(world: World) -> None:
    with_outbox(world)
    for path in (p for p in ROUTES if not is_mail(p)):
        text = world.client.get(address(world, path)).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", text), path


GARBLED = ("x", "a.b", "a" * 5000, "%00", "%F0%9F%92%A9", "..%2f..", "ä.ö", "a.b.c", "%0d%0aX:y")


def test_a_garbled_link_is_a_404_with_a_sentence(world: World) -> None:
    for door in (door for door in BY_LINK if door.posts):
        for token in GARBLED:
            path = door.path.replace("{token}", token).replace("{key}", "one")
            answer = world.client.post(path, data=dict(door.press))
            assert answer.status_code == 404, (door.path, token)
            assert "<h1>There is nothing here</h1>" in answer.text


def test_links_show_nothing_of_the_person(world: World) -> None:
    world.enrolled()
    for path in ROUTES:
        assert "anne" not in address(world, path)
        assert "example" not in address(world, path)


def test_a_body_that_is_too_large_is_refused(world: World) -> None:
    before = world.fingerprint()
    large = world.entry | {"name": "x" * LARGEST_BODY}
    assert world.client.post("/f/steps", data=large).status_code == 413

    def drops() -> Iterator[bytes]:
        yield from (b"name=", *[b"x" * 1024] * 65)  # without a Content-Length

    assert world.client.post("/f/steps", content=drops()).status_code == 413
    assert world.client.post("/f/steps", files={"name": (None, "x" * LARGEST_BODY)}).status_code == 413
    assert world.fingerprint() == before


def test_a_fault_of_ours_tells_nothing(world: World) -> None:
    def broken() -> datetime:
        raise RuntimeError("the password is swordfish")

    object.__setattr__(world.engine, "clock", broken)
    client = browser(create_app(world.engine, world.settings), raise_server_exceptions=False)
    answer = client.post("/f/steps", data=world.entry)
    assert answer.status_code == 500
    assert "swordfish" not in answer.text
    assert "Traceback" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


def test_the_access_log_holds_no_links(caplog: pytest.LogCaptureFixture) -> None:
    hide_tokens()
    log = logging.getLogger("uvicorn.access")
    with caplog.at_level(logging.INFO, "uvicorn.access"):
        for path in ("/leave/abcdef.ghijkl?x=1", "/me/abcdef.ghijkl", "/base/me/abcdef.ghijkl/done/one"):
            log.info('%s - "%s %s HTTP/%s" %d', "127.0.0.1:1", "POST", path, "1.1", 200)
    shown = ("/leave/…?x=1", "/me/…", "/base/me/…/done/one")
    assert [record.getMessage() for record in caplog.records] == [
        f'127.0.0.1:1 - "POST {path} HTTP/1.1" 200' for path in shown
    ]


def test_the_api_description_is_not_served(world: World) -> None:
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert world.client.get(path).status_code == 404


def test_style_and_script_come_from_here_and_may_be_kept(world: World) -> None:
    for path, kind in (("/static/site.css", "text/css"), ("/static/zone.js", "text/javascript")):
        answer = world.client.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
        assert "max-age" in answer.headers["cache-control"]
    assert world.client.get("/static/../app.py").status_code == 404
    assert world.client.get("/static/%2e%2e/app.py").status_code == 404
