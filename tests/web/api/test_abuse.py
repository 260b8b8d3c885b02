"""The same attack meets the same refusal on all four ways in; and whoever wants to leave is never in its way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from httpx2 import Response

from dripcourse.domain import proofs
from dripcourse.domain.budgets import OF_PROGRAM, TO_DOMAIN
from dripcourse.domain.seals import Seals
from dripcourse.flows import tickets
from dripcourse.storage import forms
from dripcourse.storage.tables import attempt
from dripcourse.web.app import create_app
from tests.web.api.conftest import Programs
from tests.web.conftest import World, browser

MARKED = ("address", "network", "wide", "domain")
HERE, PEER = "203.0.113.0/24", "203.0.113.9"


def by_form(programs: Programs, **headers: str) -> Response:
    world = programs.world
    client = browser(create_app(world.engine, world.settings), client=(PEER, 50_000))
    return client.post("/f/steps", data=world.entry | {"level": "new"}, headers=headers)


WAYS: dict[str, Callable[[Programs], Response]] = {
    "page": by_form,
    "script": lambda programs: by_form(programs, accept="application/json"),
    "api": lambda programs: programs.subscribe(network=PEER),
    "intake": lambda programs: programs.intake(),
}


def fill(world: World, number: int, *, ago: timedelta = timedelta(minutes=10), **by: str) -> None:
    """So many people came so long ago, by that network or domain or by one each, and nobody has confirmed."""
    seals, at = Seals(world.engine.links.keys), world.clock() - ago
    marks = {name: seals.mark(name, text) for name, text in by.items()}
    with world.db.writing() as tx:
        row = {"form_id": forms.find(tx, "steps").id, "at": at, "path": "page", "outcome": "mailed"}
        own = [dict.fromkeys(MARKED, str(n)) | {"wide": ""} for n in range(number)]
        tx.execute(attempt.insert(), [row | each | marks for each in own])


ATTACKS: dict[str, tuple[int, Callable[[World], None], set[str]]] = {
    "the network has had enough": (
        429,
        lambda world: fill(world, OF_PROGRAM.hour, network=HERE),
        set(WAYS) - {"intake"},
    ),
    "strangers by the hundred": (503, lambda world: fill(world, 121), set(WAYS)),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_alike_on_every_way_and_nothing_of_it_is_kept(programs: Programs, attack: str) -> None:
    status, attacked, ways = ATTACKS[attack]
    attacked(programs.world)
    answers = {way: WAYS[way](programs) for way in sorted(ways)}
    assert {way: answer.status_code for way, answer in answers.items()} == dict.fromkeys(answers, status)
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers.values())
    assert programs.world.rows("sign_up") == []


def test_people_of_a_domain_that_is_bombed_are_asked_for_work_and_programs_for_none(programs: Programs) -> None:
    fill(programs.world, TO_DOMAIN.day, ago=timedelta(hours=5), domain="example.net")
    assert {way: WAYS[way](programs).status_code for way in WAYS} == {
        "page": 429, "script": 428, "api": 202, "intake": 202
    }  # fmt: skip


def test_whoever_closes_a_form_is_told_for_how_long_and_those_after_him_are_counted(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = programs.world
    fill(world, 121)
    monkeypatch.setattr(proofs, "HARD", 8)
    with world.db.reading() as tx:
        work = tickets.challenge(Seals(world.engine.links.keys), forms.find(tx, "steps").id, 8, world.clock())
    done = world.entry | {"level": "new", "proof": proofs.solve(work.text, work.bits)}
    answers = [world.client.post("/f/steps", data=done), *(WAYS[way](programs) for way in WAYS)]
    assert [answer.status_code for answer in answers] == [503] * 5
    assert {int(answer.headers["Retry-After"]) for answer in answers} <= {1800, 1801}
    assert sum("held" in row for row in world.rows("attempt")) == 5


@pytest.mark.parametrize("way", WAYS)
def test_without_an_attack_each_way_leads_in(programs: Programs, way: str) -> None:
    assert WAYS[way](programs).status_code == 202
    assert len(programs.world.rows("sign_up")) == 1


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_what_fills_the_hidden_field_gets_the_same_answer_to_the_byte_and_no_mail(
    programs: Programs, accept: str
) -> None:
    world = programs.world
    answers = [
        world.client.post("/f/steps", data=world.entry | {"level": "new", "homepage": trap}, headers={"accept": accept})
        for trap in ("https://pills.example", "")
    ]
    assert answers[0].content == answers[1].content
    assert answers[0].headers == answers[1].headers
    assert len(world.rows("sign_up")) == 1


def test_whoever_wants_to_leave_is_never_in_the_way_of_this(programs: Programs) -> None:
    world = programs.world
    assert by_form(programs).status_code == 202
    ((_, raw),) = world.send()
    link = raw.decode().split("https://course.example.org/confirm/")[1].split()[0]
    assert world.client.post(f"/confirm/{link}", data={"do": "confirm"}).status_code == 200
    for _, attacked, _ways in ATTACKS.values():
        attacked(world)
    assert by_form(programs).status_code in (429, 503)
    client = browser(create_app(world.engine, world.settings), client=(PEER, 50_000))
    one_click = world.path("one-click", world.run().public_id)
    assert client.post(one_click, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert world.run().state == "left"
    assert client.post(world.path("leave", world.run().public_id), data={"do": "leave"}).status_code == 200
