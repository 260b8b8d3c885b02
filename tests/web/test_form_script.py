"""A script on another site: the same answers as the page, as JSON, readable on the form's own sites only."""

from __future__ import annotations

from typing import Any

import pytest
from httpx2 import Response

from dripcourse.domain import proofs
from dripcourse.domain.fields import Field
from dripcourse.domain.forms import FormSettings
from dripcourse.storage import forms
from tests.web.conftest import World
from tests.web.test_ticket import busy

SCHOOL = "https://school.example"
SETTINGS = FormSettings(origins=(SCHOOL,), fields=(Field("city", "Your city", required=True),))


@pytest.fixture
def there(world: World) -> World:
    """The form as a school uses it on its own site."""
    with world.db.writing() as tx:
        forms.edit(tx, "steps", settings=SETTINGS)
    return world


def post(world: World, origin: str = SCHOOL, **other: str) -> Response:
    """What the script posts for Anne from Bad Ems."""
    headers = {"Accept": "application/json", **({"Origin": origin} if origin else {})}
    return world.client.post("/f/steps", data=world.entry | {"city": "Bad Ems"} | other, headers=headers)


def readable(answer: Response) -> str:
    """Which site's script may read it."""
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-credentials" not in answer.headers
    return str(answer.headers.get("access-control-allow-origin", ""))


def test_the_script_is_told_what_the_page_tells(there: World) -> None:
    answer = post(there)
    assert (answer.status_code, answer.json()["status"], readable(answer)) == (202, "accepted", SCHOOL)
    assert answer.json()["heading"] == "Look in your inbox"
    assert "Look in spam or promotions." in answer.json()["message"]
    ((*_, data, _, _),) = there.rows("sign_up")
    assert isinstance(data, dict)
    assert data["context"]["path"] == "script"


def test_known_or_caught_in_the_trap_it_is_the_same_to_the_byte(there: World) -> None:
    answers = [post(there), post(there), post(there, homepage="https://bad.example")]
    there.send()
    answers.append(post(there))
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(answer.headers.items()) for answer in answers}) == 1


def test_mistakes_come_by_field(there: World) -> None:
    answer = post(there, city="www.bad.example", zone="")
    assert (answer.status_code, readable(answer)) == (400, SCHOOL)
    assert set(answer.json()["mistakes"]) == {"city", "zone"}
    assert "web addresses" in answer.json()["mistakes"]["city"]


def test_without_a_ticket_it_gets_one_and_comes_in_with_it(there: World) -> None:
    first = post(there, ticket="")
    assert (first.status_code, first.json()["status"]) == (428, "again")
    there.clock.turn(seconds=4)
    assert post(there, ticket=first.json()["ticket"]).status_code == 202


def test_a_busy_form_gives_work_and_takes_who_has_done_it_once(there: World) -> None:
    busy(there)
    first = post(there)
    assert (first.status_code, first.json()["status"]) == (428, "prove")
    work: dict[str, Any] = first.json()["proof"]
    proof = proofs.solve(work["challenge"], work["bits"])
    assert [post(there, proof=proof).status_code for _ in range(2)] == [202, 428]


@pytest.mark.parametrize(
    ("origin", "status", "reads"),
    [
        (SCHOOL, 202, SCHOOL),
        ("", 202, ""),  # no browser, or a page of the same site
        ("null", 403, ""),
        ("https://evil.example", 403, ""),
        ("https://school.example.evil.example", 403, ""),
        ("http://school.example", 403, ""),
        ("https://school.example:8443", 403, ""),
        ("https://SCHOOL.example", 403, ""),
    ],
)
def test_only_the_sites_its_author_named_may_post_by_script(there: World, origin: str, status: int, reads: str) -> None:
    answer = post(there, origin)
    assert answer.status_code == status
    assert answer.headers.get("access-control-allow-origin", "") == reads
    assert len(there.rows("sign_up")) == (status == 202)


def test_a_closed_form_says_so_to_the_script_too(there: World) -> None:
    with there.db.writing() as tx:
        forms.close(tx, "steps")
    answer = post(there)
    assert (answer.status_code, answer.json()["status"], readable(answer)) == (409, "closed", SCHOOL)
