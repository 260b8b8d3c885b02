"""The table of all routes holds: none is missing, reading changes nothing, and no door opens to what is not its key."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from fastapi.routing import APIRoute
from httpx2 import Response

from dripcourse.domain.forms import FormSettings
from dripcourse.mail.links import PURPOSES
from dripcourse.storage import forms
from dripcourse.web import outbox
from dripcourse.web.app import ROUTERS
from tests.web.conftest import World
from tests.web.doors import BY_LINK, DOORS, LINK, POSTED, Door, address, ask_for_own_links, with_outbox

#: Links that open no page here: a reader's mail program turns it into a mail.
BY_MAIL = {"mail-leave"}
EVIL = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
OURS = {"Origin": "null", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
ELSEWHERE: tuple[Mapping[str, str], ...] = (EVIL, {**EVIL, "Origin": "null"}, {})

Sending = Callable[[World, str, Mapping[str, str], Mapping[str, str]], Response]


def _raw(kind: str, spell: Callable[[Mapping[str, str]], str]) -> Sending:
    def send(world: World, path: str, press: Mapping[str, str], headers: Mapping[str, str]) -> Response:
        return world.client.post(path, content=spell(press), headers={**headers, "content-type": kind})

    return send


def _multipart(world: World, path: str, press: Mapping[str, str], headers: Mapping[str, str]) -> Response:
    files: dict[str, Any] = {name: (None, value) for name, value in press.items()} or {"x": (None, "")}
    return world.client.post(path, files=files, headers=dict(headers))


def _urlencoded(world: World, path: str, press: Mapping[str, str], headers: Mapping[str, str]) -> Response:
    return world.client.post(path, data=dict(press), headers=dict(headers))


#: The ways in which a page elsewhere can make a browser post, and JSON, which it cannot without asking.
FORMS: dict[str, Sending] = {"urlencoded": _urlencoded, "multipart": _multipart}
NO_FORMS: dict[str, Sending] = {
    "text that is JSON": _raw("text/plain", json.dumps),
    "text with an equals sign": _raw("text/plain", lambda press: '{"a":"=' + json.dumps(press)[1:]),
    "JSON": _raw("application/json", json.dumps),
}


def test_every_route_and_method_is_in_the_table() -> None:
    served: dict[str, set[str]] = {}
    for router in (*ROUTERS, outbox.router):
        for route in router.routes:
            assert isinstance(route, APIRoute)
            served.setdefault(route.path, set()).update(route.methods)
    assert served == {door.path: door.methods for door in DOORS}
    assert all(bool(door.why) == door.posts for door in DOORS)
    assert all((door.why == LINK) == bool(door.purpose and door.posts) for door in POSTED)


def test_every_purpose_of_a_link_has_its_door() -> None:
    assert {door.purpose for door in BY_LINK} == set(PURPOSES) - BY_MAIL


@pytest.fixture
def lived_in(world: World) -> World:
    """Anne has had her first lesson, and asked for her data and for its end; other builders may post to her form."""
    with_outbox(world)
    ask_for_own_links(world, "data", "erase")
    with world.db.writing() as tx:
        forms.edit(tx, "steps", settings=FormSettings(intake={"address": "address"}))
    return world


def test_reading_changes_nothing_anywhere(both: World) -> None:
    world = with_outbox(both)
    ask_for_own_links(world, "data", "erase")
    before = world.fingerprint()
    for door in DOORS:
        where = address(world, door.path)
        for method in ("GET", "HEAD"):
            assert world.client.request(method, where).status_code == door.seen, (method, door.path)
        asked = {**EVIL, "Access-Control-Request-Method": "POST"}
        assert world.client.options(where, headers=asked).status_code == door.preflight, door.path
    assert world.fingerprint() == before


def test_a_preflight_lets_no_site_in_that_the_form_does_not_name(lived_in: World) -> None:
    asked = {**EVIL, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    for door in DOORS:
        answer = lived_in.client.options(address(lived_in, door.path), headers=asked)
        assert not [name for name in answer.headers if name.startswith("access-control")], door.path


def test_a_link_opens_its_own_doors_only(lived_in: World) -> None:
    world = lived_in
    before = world.fingerprint()
    for door in BY_LINK:
        for other in {*PURPOSES} - {door.purpose}:
            where = address(world, door.path, purpose=other)
            assert not door.posts or _urlencoded(world, where, door.press, {}).status_code == 404, (door.path, other)
            assert world.client.get(where).status_code == (405 if door.seen == 405 else 404), (door.path, other)
    assert world.fingerprint() == before


@pytest.mark.parametrize("elsewhere", ELSEWHERE, ids=["another site", "a sandboxed frame", "no browser"])
def test_without_its_key_a_door_stays_shut_however_it_is_asked(lived_in: World, elsewhere: Mapping[str, str]) -> None:
    world = lived_in
    before = world.fingerprint()
    for door in POSTED:
        if door.path == "/f/{slug}":
            continue  # it has no key; what it takes is below
        for kind, send in {**FORMS, **NO_FORMS}.items():
            keyless = address(world, door.path.replace("{token}", "aaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaa"))
            answer = send(world, keyless, door.press, elsewhere)
            expected = {404} if door.purpose else {401} if kind == "JSON" else {401, 415}
            assert answer.status_code in expected, (door.path, kind)
            assert "access-control-allow-origin" not in answer.headers
    assert world.fingerprint() == before


def test_what_is_no_form_presses_no_button(lived_in: World) -> None:
    world = lived_in
    before = world.fingerprint()
    for door in POSTED:
        for kind, send in NO_FORMS.items():
            answer = send(world, address(world, door.path), door.press, {})
            assert 400 <= answer.status_code < 500, (door.path, kind)
    assert world.fingerprint() == before


def test_a_button_works_from_anywhere_for_who_has_its_link(world: World) -> None:
    """So the presses of the table are the right ones. Where they come from makes no difference."""
    with_outbox(world)
    ask_for_own_links(world, "data")
    sent = 0
    for place, door in enumerate(door for door in POSTED if not door.path.startswith("/api/")):
        if door.purpose in ("confirm", "decline", "decline-now"):  # a new person for each
            sent += 1
            world.sign_up(address=f"person{sent}@example.net")
            world.send()
        press = {**world.entry, **door.press} if door.path == "/f/{slug}" else door.press
        where, before = address(world, door.path), world.fingerprint()
        came_from = OURS if door.path == "/f/{slug}" else EVIL
        answer = list(FORMS.values())[place % 2](world, where, press, came_from)
        assert answer.status_code in (200, 202, 303), (door.path, answer.text)
        again = door.path == "/one-click/{token}/"  # whoever left by the door before has left
        assert (world.fingerprint() != before) is (door.changes and not again), door.path


def test_a_script_of_a_site_that_the_form_does_not_name_is_refused(lived_in: World) -> None:
    world = lived_in
    before = world.fingerprint()
    for send in FORMS.values():
        answer = send(world, "/f/steps", world.entry, {**EVIL, "Accept": "application/json"})
        assert (answer.status_code, "access-control-allow-origin" in answer.headers) == (403, False)
    assert world.fingerprint() == before


LISTED = "https://school.example"


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        (OURS, True),
        ({}, True),
        ({"Origin": "null"}, True),  # a browser of before 2023, on our own page
        ({"Origin": "https://course.example.org"}, True),
        ({"Origin": LISTED, "Sec-Fetch-Site": "cross-site"}, True),
        ({"Origin": LISTED}, True),
        (EVIL, False),
        ({**EVIL, "Origin": "null"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "https://[evil.example"}, False),
        ({"Origin": "https://blog.example.org", "Sec-Fetch-Site": "same-site"}, False),
    ],
)
@pytest.mark.parametrize("send", FORMS.values(), ids=FORMS)
def test_a_page_elsewhere_cannot_make_its_visitors_sign_strangers_up(
    world: World, send: Sending, headers: Mapping[str, str], taken: bool
) -> None:
    """Its author could fetch a ticket beforehand; the visitor has to see our form, and press its button."""
    with world.db.writing() as tx:
        forms.edit(tx, "steps", settings=FormSettings(origins=(LISTED,)))
    answer = send(world, "/f/steps", world.entry, headers)
    assert (answer.status_code, len(world.rows("sign_up"))) == ((202, 1) if taken else (200, 0))
    assert taken or 'value="anne@example.net"' in answer.text


def unguarded(door: Door) -> bool:
    """Whether a post there needs neither link nor header."""
    return door.posts and not door.purpose and not door.path.startswith("/api/")


def test_one_door_alone_takes_posts_of_anybody() -> None:
    assert [door.path for door in DOORS if unguarded(door)] == ["/f/{slug}"]
