"""CORS: the origins a form lists, letter by letter, and nobody who looks like them."""

from __future__ import annotations

import pytest
from fastapi import Request, Response

from dripcourse.web.origins import allow, preflight

GOOD = ("https://good.com", "http://localhost:8080")


def asking(*origins: str) -> Request:
    headers = [(b"origin", origin.encode()) for origin in origins]
    return Request({"type": "http", "method": "OPTIONS", "path": "/", "headers": headers})


@pytest.mark.parametrize("origin", GOOD)
def test_a_listed_origin_may_read(origin: str) -> None:
    answer = Response(headers={"Vary": "Accept"})
    allow(answer, asking(origin), GOOD)
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["vary"] == "Accept, Origin"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "*",
        "",
        "https://evil.com",
        "https://good.evil.com",
        "https://good.com.evil.com",
        "https://evil.com#good.com",
        "https://evilgood.com",
        "https://sub.good.com",
        "https://good.com:443",
        "https://good.com:8443",
        "https://good.com.",
        "https://good.com/",
        "https://GOOD.com",
        "HTTPS://good.com",
        "http://good.com",
        "https://good.com https://evil.com",
        "https://good.com, https://evil.com",
        "https://good@evil.com",
        "http://localhost",
        "http://localhost:80801",
    ],
)
def test_whoever_looks_like_it_may_not(origin: str) -> None:
    answer = preflight(asking(origin), GOOD, ("POST",))
    assert answer.status_code == 204
    assert answer.headers["vary"] == "Origin"
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("origins", [(), ("https://good.com", "https://evil.com"), ("https://good.com",) * 2])
def test_no_origin_or_two_of_them_are_none(origins: tuple[str, ...]) -> None:
    assert "access-control-allow-origin" not in preflight(asking(*origins), GOOD, ("POST",)).headers


@pytest.mark.parametrize("origin", ["null", "*", ""])
def test_a_list_that_names_everybody_names_nobody(origin: str) -> None:
    answer = Response()
    allow(answer, asking(origin), (origin,))
    assert "access-control-allow-origin" not in answer.headers


def test_a_preflight_lists_what_may_be_done() -> None:
    answer = preflight(asking("https://good.com"), GOOD, ("GET", "HEAD", "POST"))
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, POST, OPTIONS"
    assert answer.headers["access-control-allow-headers"] == "Accept, Content-Type"
    assert answer.headers["access-control-max-age"] == "600"
    assert answer.body == b""
