"""Where links lead when `serve` listens: to its own port unless somebody has said where."""

from __future__ import annotations

import pytest

from dripcourse.cli.serving import reached_at, web_server
from dripcourse.config import Settings

HERE = "http://localhost:8811"


@pytest.mark.parametrize("listened", [HERE, "http://localhost:8000", "http://192.0.2.1:8000"])
def test_a_base_url_that_nobody_has_set_follows_the_port(listened: str) -> None:
    settings, told = reached_at(Settings(), listened)
    assert (settings.base_url, told) == (listened, "")


@pytest.mark.parametrize(
    ("base_url", "listened"),
    [("https://course.example.org", HERE), ("http://localhost:9000", HERE), ("http://127.0.0.1:8811", HERE)],
)
def test_one_that_was_set_stands_and_one_line_says_that_it_differs(base_url: str, listened: str) -> None:
    settings, told = reached_at(Settings(base_url=base_url), listened)
    assert settings.base_url == base_url
    assert told == f"\nLinks lead to {base_url} (base_url): see that it reaches {listened}"


@pytest.mark.parametrize("base_url", [HERE, f"{HERE}/courses", "http://localhost:8811/"])
def test_nothing_is_said_where_both_are_one_place(base_url: str) -> None:
    assert reached_at(Settings(base_url=base_url), HERE)[1] == ""


@pytest.mark.parametrize(("named", "believed"), [(None, False), ("", False), ("192.0.2.7", True)])
def test_the_header_of_a_proxy_is_believed_where_one_is_named(
    monkeypatch: pytest.MonkeyPatch, named: str | None, believed: bool
) -> None:
    """uvicorn would believe whatever comes from this machine: anybody behind a tunnel could choose his network."""
    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    if named is not None:
        monkeypatch.setenv("FORWARDED_ALLOW_IPS", named)
    assert web_server(object()).config.proxy_headers is believed
