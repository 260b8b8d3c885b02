"""`course publish` prints no result before it is sure that it may publish; a dry run says what would stop it."""

from __future__ import annotations

import pytest

from tests.cli.conftest import GARDEN, Terminal


@pytest.fixture
def garden(dripcourse: Terminal) -> Terminal:
    """A folder `garden` that quotes scripture, and an empty database."""
    dripcourse.ok(f"course import {GARDEN} --days 7 --out garden")
    dripcourse.ok("db upgrade")
    return dripcourse


@pytest.mark.parametrize("json", ["", " --json"])
def test_a_dry_run_says_what_would_stop_it_and_ends_well(garden: Terminal, json: str) -> None:
    said = garden.ok(f"course publish garden --dry-run{json}", postal_address="")
    lines = said.err.splitlines()
    assert "W_QUOTED_SCRIPTURE" in lines[0]
    assert lines[1].startswith("publish would stop here: settle it there, or say --accept-warnings")
    assert lines[2].startswith("publish would stop here: garden, welcome: a postal address is required by law")
    assert len(lines) == 3
    assert said.data["version"] == 1 if json else said.out.startswith("garden, version 1: ")
    assert garden.ok("course list --json").data == []


def test_a_dry_run_that_nothing_would_stop_says_nothing_of_it(garden: Terminal) -> None:
    assert garden.ok("course publish garden --dry-run --accept-warnings").err == ""


@pytest.mark.parametrize("json", ["", " --json"])
@pytest.mark.parametrize("why", ["no postal address", "a last mail that is too big", "what is not settled"])
def test_a_publication_that_is_refused_prints_no_result(garden: Terminal, why: str, json: str) -> None:
    if why == "a last mail that is too big":
        with (garden.folder / "garden/08-completion.md").open("a") as file:
            file.write("\n" + "x " * 50_000)
    accepted = "" if why == "what is not settled" else " --accept-warnings"
    address = "" if why == "no postal address" else "12 Mill Lane"
    said = garden(f"course publish garden{json}{accepted}", postal_address=address)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("Error: ")


@pytest.mark.parametrize("json", ["", " --json"])
def test_a_publication_shows_its_plan_once(garden: Terminal, json: str) -> None:
    said = garden.ok(f"course publish garden --accept-warnings{json}")
    assert said.data["version"] == 1 if json else said.out.count("garden, version 1: ") == 1


def test_what_stops_it_is_an_error_and_is_not_called_a_warning_besides(garden: Terminal) -> None:
    first = garden("course publish garden").errors[0]
    assert ": W_QUOTED_SCRIPTURE: " in first
    assert "warning" not in first
