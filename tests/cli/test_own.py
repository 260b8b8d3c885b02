"""What a reader can do from his own pages and an admin for him: the next lesson now, and all that is kept of him."""

from __future__ import annotations

import json

from tests.cli.conftest import Terminal

ANNE = "anne@example.com"


def test_the_export_is_the_file_a_reader_gets(enrolled: Terminal) -> None:
    found = json.loads(enrolled.ok(f"subscriber export {ANNE}").out)
    assert (found["format"], found["person"]["address"]) == ("dripcourse-my-data/1", ANNE)
    assert [run["state"] for run in found["courses"]] == ["active"]
    assert found["consents"][0]["wording"].startswith("Added by an administrator")


def test_a_lesson_on_its_way_cannot_be_had_sooner_and_one_of_nobody_is_refused(enrolled: Terminal) -> None:
    assert "goes" in enrolled.ok(f"enrollment send-now {ANNE}").out  # the welcome mail is due already
    enrolled.ok(f"enrollment skip {ANNE}")
    assert "goes at once, because it was asked for" in enrolled.ok(f"enrollment send-now {ANNE}").out
    enrolled.ok(f"enrollment pause {ANNE} --no-mail")
    assert enrolled(f"enrollment send-now {ANNE}").errors[0].startswith("this run is paused")
    assert enrolled("enrollment send-now nobody@example.com").code == 2
    assert enrolled("subscriber export nobody@example.com").code == 2
