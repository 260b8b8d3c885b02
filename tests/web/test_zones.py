"""The cities of a time zone's select, in the language of the page."""

from __future__ import annotations

import pytest

from dripcourse.web.zones import regions
from tests.mail.material import Page
from tests.web.conftest import World


def cities(language: str, region: str = "Europe") -> dict[str, str]:
    return dict(dict(regions(language))[region])


@pytest.mark.parametrize(
    ("language", "vienna", "zurich", "kyiv"),
    [("de", "Wien", "Zürich", "Kiew"), ("en", "Vienna", "Zurich", "Kyiv")],
)
def test_a_city_is_called_as_its_readers_call_it(language: str, vienna: str, zurich: str, kyiv: str) -> None:
    found = cities(language)
    assert (found["Europe/Vienna"], found["Europe/Zurich"], found["Europe/Kyiv"]) == (vienna, zurich, kyiv)


@pytest.mark.parametrize("language", ["de", "en"])
def test_no_city_stands_there_twice_and_none_under_an_old_name(language: str) -> None:
    shown = [(region, city) for region, zones in regions(language) for _, city in zones]
    names = {name for _, zones in regions(language) for name, _ in zones}
    assert len(shown) == len(set(shown)) > 400
    assert not names & {"Europe/Kiev", "America/Argentina/ComodRivadavia", "Australia/ACT", "Asia/Calcutta"}
    assert not any("\N{SOFT HYPHEN}" in city for _, city in shown)


def test_cities_are_sorted_as_a_dictionary_of_their_language_has_them() -> None:
    found = list(cities("de").values())
    assert found.index("Brüssel") < found.index("Budapest") < found.index("Bukarest") < found.index("Büsingen")
    assert found[-2:] == ["Zagreb", "Zürich"]


@pytest.mark.parametrize(
    ("own", "kept"), [("Asia/Calcutta", 1), ("Etc/GMT+3", 1), ("Asia/Kolkata", 0), ("Mars/Base", 0), ("", 0)]
)
def test_who_has_an_old_name_keeps_it(own: str, kept: int) -> None:
    assert len(dict(regions("en", own))["Other"]) == 1 + kept


def test_a_form_that_is_shown_again_has_the_zone_that_was_chosen(world: World) -> None:
    page = Page(world.client.post("/f/steps", data=world.entry | {"zone": "Asia/Calcutta", "address": ""}).text)
    assert [each["value"] for each in page.all("option") if "selected" in each and "value" in each] == ["Asia/Calcutta"]
