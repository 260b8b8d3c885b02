"""Somebody else may fill in a form with Anne's address: what he typed does not become hers unseen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dripcourse.addresses import parse_address
from dripcourse.domain.fields import Field
from dripcourse.domain.forms import FormSettings
from dripcourse.storage import forms, subscribers
from tests.mail.material import Page
from tests.web.conftest import World, link

STRANGER = {"name": "Win now", "hour": "03:00", "zone": "Pacific/Kiritimati", "city": "Spamville"}
HERSELF = {"name": "Anne", "hour": "08:00", "zone": "Europe/Berlin", "city": "Kiel"}


@pytest.fixture
def town(both: World) -> World:
    """The form asks for a city, too."""
    with both.db.writing() as tx:
        forms.edit(tx, "steps", settings=FormSettings(fields=(Field("city", "Your city"),)))
    return both


def fill_in(world: World, **words: str) -> None:
    world.sign_up(**words)


def seen(page: str) -> str:
    (found,) = (each["value"] for each in Page(page).all("input") if each.get("name") == "seen")
    return found


def press(world: World, where: str, page: str) -> tuple[int, str]:
    answer = world.client.post(where, data={"do": "confirm", "seen": seen(page)})
    return answer.status_code, answer.text


def kept(world: World) -> tuple[str, object]:
    with world.db.reading() as tx:
        person = subscribers.find(tx, parse_address("anne@example.net"))
    return person.name, person.fields


def test_her_own_sign_up_takes_the_place_of_a_strangers_though_she_gets_no_second_mail(town: World) -> None:
    fill_in(town, **STRANGER)
    ((_, raw),) = town.send()
    town.clock.turn(minutes=30)
    fill_in(town, **HERSELF)
    assert town.send() == []
    where = link(raw, "confirm")
    page = town.client.get(where).text
    assert "Spamville" not in page
    assert press(town, where, page)[0] == 200
    assert kept(town) == ("Anne", {"city": "Kiel"})
    assert (town.run().plan.zone, f"{town.run().plan.hour:%H:%M}") == ("Europe/Berlin", "08:00")
    asked = [row for row in town.rows("consent") if "asked" in row]
    assert len(asked) == 2


def test_what_would_be_kept_is_shown_before_it_is_and_how_to_change_it(town: World) -> None:
    fill_in(town, **STRANGER)
    ((_, raw),) = town.send()
    page = Page(town.client.get(link(raw, "confirm")).text)
    shown = "".join(page.texts)
    for said in ("Your name: Win now", "Your city: Spamville", "03:00"):
        assert said in shown
    assert "/f/steps" in page.links


def test_what_is_shown_is_text_whatever_it_holds(town: World) -> None:
    with town.db.writing() as tx:
        steps = forms.find(tx, "steps")
        forms.edit(tx, "steps", settings=replace(steps.settings, fields=(Field("city", "R&D <city>"),)))
    fill_in(town, **{**HERSELF, "city": "“a” & 'b' {{ 7*7 }}"})
    ((_, raw),) = town.send()
    page = town.client.get(link(raw, "confirm")).text
    assert "&amp; &#39;b&#39; {{ 7*7 }}" in page
    assert "R&amp;D &lt;city&gt;" in page


def test_what_changed_since_the_page_was_opened_is_shown_once_more_and_not_kept(town: World) -> None:
    fill_in(town, **HERSELF)
    ((_, raw),) = town.send()
    where = link(raw, "confirm")
    opened = town.client.get(where).text
    fill_in(town, **STRANGER)
    town.send()
    status, again = press(town, where, opened)
    assert status == 409
    assert "filled in again since you opened this page" in again
    assert "Spamville" in again
    assert town.runs() == []
    fill_in(town, **HERSELF)
    town.send()
    assert press(town, where, town.client.get(where).text)[0] == 200
    assert kept(town)[0] == "Anne"


def test_a_link_that_was_used_or_has_lapsed_gets_no_other_words(town: World) -> None:
    fill_in(town, **HERSELF)
    ((_, raw),) = town.send()
    where = link(raw, "confirm")
    assert press(town, where, town.client.get(where).text)[0] == 200
    before = kept(town)
    fill_in(town, **STRANGER)
    town.send()
    assert town.client.get(where).status_code == 200
    assert kept(town) == before
    town.sign_up(address="bob@example.net", city="Bonn")
    town.send()
    notices = town.rows("notice")
    town.clock.turn(days=14, seconds=1)
    fill_in(town, **{**STRANGER, "address": "bob@example.net"})
    town.send()
    assert [row for row in notices if row not in town.rows("notice")] == []


def test_the_same_words_again_are_no_new_proof(town: World) -> None:
    for _ in range(4):
        fill_in(town, **HERSELF)
        town.send()
        town.clock.turn(seconds=timedelta(hours=1).total_seconds())
    assert len([row for row in town.rows("consent") if "asked" in row]) == 1
