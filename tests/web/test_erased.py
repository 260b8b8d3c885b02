"""The links of somebody who was erased, and his way back: by his own sign-up, and by no other."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dripcourse.addresses import parse_address
from dripcourse.domain.fingerprint import Fingerprints
from dripcourse.flows import lapses, privacy
from dripcourse.storage import suppressions
from tests.web.conftest import World, link
from tests.web.test_confirming import buttons

ANNE = parse_address("anne@example.net")


def erase(world: World) -> None:
    privacy.erase(world.db, Fingerprints(world.settings.secret_keys), ANNE, world.clock(), how="cli")


def test_one_click_of_an_erased_person_says_that_nothing_more_is_sent(world: World) -> None:
    path = world.path("one-click", world.enrolled().public_id)
    erase(world)
    answer = world.client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert answer.text.startswith("You have left this course")


@pytest.mark.parametrize(
    ("purpose", "status"),
    [("leave", 200), ("undo", 200), ("decline", 200), ("me", 410), ("confirm", 410)],
)
def test_every_other_link_of_an_erased_person_says_that_nothing_is_stored(
    world: World, purpose: str, status: int
) -> None:
    """A 404 would read as if the unsubscribe link were broken, and mails were still to come."""
    path = world.path(purpose, world.enrolled().public_id)
    erase(world)
    german = {"Accept-Language": "de-AT,de;q=0.9"}
    ways = [world.client.get(path)] + [world.client.post(path, data={"do": purpose})] * (purpose != "me")
    for answer in ways:
        assert answer.status_code == status
        assert "<h1>No more emails come</h1>" in answer.text
        assert "Nothing is stored about this address any more." in answer.text
        assert "anne" not in answer.text.lower()
    assert "<h1>Es kommen keine Mails mehr</h1>" in world.client.get(path, headers=german).text


@pytest.mark.parametrize("how", ["forgotten", "erased"])
def test_this_was_not_me_counts_when_nothing_else_is_kept(both: World, how: str) -> None:
    both.sign_up()
    ((_, raw),) = both.send()
    where, keys = link(raw, "decline"), both.settings.secret_keys
    both.clock.turn(days=16)
    if how == "erased":
        erase(both)
    else:
        assert lapses.forget(both.db, keys, timedelta(days=14), both.clock()).people == 1
    page = both.client.get(where, headers={"Accept-Language": "de"})
    assert page.status_code == 200
    assert buttons(page.text) == ["decline"]
    assert 'lang="de"' in page.text
    assert both.client.post(where, data={"do": "decline"}).status_code == 200
    both.clock.turn(days=20)
    both.sign_up()
    assert both.send() == []
    both.clock.turn(days=370)
    lapses.forget(both.db, keys, timedelta(days=14), both.clock())
    assert buttons(both.client.get(where).text) == []


def test_a_confirm_mail_from_before_the_erasure_brings_nobody_back(world: World) -> None:
    path = world.confirm_link()
    erase(world)
    before = world.fingerprint()
    assert world.client.post(path, data={"do": "confirm"}).status_code == 410
    assert world.fingerprint() == before


def test_who_signs_up_and_confirms_himself_is_back(both: World) -> None:
    both.enrolled()
    both.clock.turn(days=2)
    erase(both)
    page = both.sign_up()
    assert page == both.sign_up(address="never-seen@example.net")  # the answer tells nobody
    raw = next(raw for to, raw in both.send() if to == ANNE.text)
    assert len(both.rows("erased")) == 1  # whoever typed the address is not yet he
    assert both.client.post(link(raw, "confirm"), data={"do": "confirm"}).status_code == 200
    assert both.rows("erased") == []
    assert both.run().run == 1
    assert [to for to, _ in both.send()] == [ANNE.text]


def test_an_address_that_complained_before_gets_no_confirm_mail(world: World) -> None:
    world.enrolled()
    with world.db.writing() as tx:
        suppressions.add(tx, ANNE.key, "complaint", world.clock())
    erase(world)
    page = world.sign_up()
    assert page == world.sign_up(address="never-seen@example.net")
    assert ANNE.text not in [to for to, _ in world.send()]
    assert world.runs() == []
