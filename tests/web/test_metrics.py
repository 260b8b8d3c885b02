"""/metrics is for who has the token, and says how it goes, not who goes there."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dripcourse.flows.tick import tick
from dripcourse.storage import forms
from dripcourse.web.app import create_app
from tests.web.conftest import World, browser

TOKEN = "a-token-that-only-prometheus-knows"


def asked(world: World, *, token: str = TOKEN, given: str = f"Bearer {TOKEN}") -> Any:
    """/metrics of an installation with that token, asked for with this header."""
    settings = world.settings.model_copy(update={"metrics_token": token})
    return browser(create_app(replace(world.engine), settings)).get("/metrics", headers={"Authorization": given})


def numbers(text: str) -> dict[str, int]:
    """Name and labels -> value; every line is one, or says something of one."""
    lines = [line for line in text.splitlines() if not re.match(r"# (HELP|TYPE) dripcourse_[a-z_]+ .", line)]
    found = [re.fullmatch(r'dripcourse_([a-z_]+(?:\{outcome="[a-z]+"\})?) (\d+)', line) for line in lines]
    return {one[1]: int(one[2]) for one in found if one is not None or pytest.fail(text)}


@pytest.mark.parametrize(
    ("token", "given", "status"),
    [
        (TOKEN, f"Bearer {TOKEN}", 200),
        (TOKEN, "", 401),
        (TOKEN, f"Bearer {TOKEN}x", 401),
        (TOKEN, TOKEN, 401),
        ("", "", 404),
        ("", "Bearer ", 404),
    ],
)
def test_only_who_has_the_token_reads_them(world: World, token: str, given: str, status: int) -> None:
    assert asked(world, token=token, given=given).status_code == status


def test_they_say_what_came_what_waits_and_what_is_held(both: World) -> None:
    assert "last_tick_age_seconds" not in numbers(asked(both).text)
    tick(both.engine)
    both.sign_up()
    with both.db.writing() as tx:
        forms.hold(tx, forms.find(tx, "steps").id, both.clock() + timedelta(minutes=30))
    both.clock.turn(seconds=20)
    answer = asked(both)
    found = numbers(answer.text)
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert {name: value for name, value in found.items() if value} == {
        'sign_ups_last_hour{outcome="came"}': 1,
        "sign_ups_waiting": 1,
        "forms_held": 1,
        "last_tick_age_seconds": 20,
    }
    assert "anne" not in answer.text
