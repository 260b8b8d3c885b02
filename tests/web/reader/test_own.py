"""A reader's data and his erasure: proven by a mail to his address, for a day, and complete."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dripcourse.addresses import parse_address
from dripcourse.domain.consent import Inbound
from dripcourse.domain.states import SubscriberState
from dripcourse.flows import disclosure, inbound, notify
from dripcourse.storage import disclosures, subscribers, suppressions
from dripcourse.storage.tables import metadata
from tests.mail.material import header
from tests.web.conftest import link
from tests.web.reader.conftest import Reading, plain

GERMAN = {"Accept-Language": "de-AT, en;q=0.5"}


def linked(anne: Reading, what: str) -> str:
    """She asks for the link, and finds it in her mail."""
    anne.post("/data", what)
    ((to, raw),) = anne.world.send()
    assert to == "anne@example.net"
    return link(raw, what)


def file(anne: Reading) -> dict[str, Any]:
    answer = anne.world.client.post(linked(anne, "data"), data={"do": "data"})
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = json.loads(answer.text)
    return found


def test_the_file_says_what_is_kept_and_when_she_agreed(anne: Reading) -> None:
    anne.post("/done/one", "done")
    found = file(anne)
    assert (found["format"], found["person"]["address"]) == (disclosure.FORMAT, "anne@example.net")
    assert [entry["kind"] for entry in found["consents"]] == ["confirmed"]
    assert "states that this person asked for the course" in found["consents"][0]["wording"]
    (course,) = found["courses"]
    assert (course["course"], course["state"], course["zone"], course["hour"]) == (
        "talk", "active", "Europe/Berlin", "08:00",
    )  # fmt: skip
    assert [(row["lesson_key"], row["state"]) for row in course["lessons"]] == [("welcome", "sent"), ("one", "sent")]
    assert [(row["lesson_key"], row["said"]) for row in course["answers"]] == [("one", "done")]
    assert [row["kind"] for row in course["history"]] == ["enrolled", "done"]
    assert [row["template"] for row in found["emails"]] == ["data"]


def test_no_table_that_holds_something_of_a_person_is_left_out() -> None:
    """A new table of a person fails here until somebody says how it is shown."""
    keys = {"subscriber_id", "enrollment_id", "address_key", "address"}
    personal = {table for table in metadata.tables.values() if keys & set(table.c.keys())}
    hashed = {
        metadata.tables["attempt"],
        metadata.tables["forgotten"],
    }  # keyed, no way back to an address
    assert personal - hashed == set(disclosures.SHOWN)


def test_nobody_elses_rows_are_in_it(anne: Reading) -> None:
    with anne.world.db.writing() as tx:
        ben = subscribers.add(tx, **_someone("ben@example.net"), at=anne.world.clock())
    text = json.dumps(file(anne))
    assert "ben@" not in text
    with anne.world.db.reading() as tx:
        assert disclosure.disclose(tx, ben, anne.world.clock())["courses"] == []


def _someone(text: str) -> dict[str, Any]:
    return {"address": parse_address(text), "name": "Ben", "state": SubscriberState.CONFIRMED}


def test_the_link_of_a_lesson_mail_only_sends_a_link_and_that_once_a_day(anne: Reading) -> None:
    for what in ("data", "erase"):
        assert "A link is on its way to a…e@example.net." in plain(anne.post("/data", what).text)
        assert "less than a day ago" in anne.post("/data", what).text
    assert sorted(header(raw, "Subject") for _, raw in anne.world.send()) == [
        "The link to delete your data", "The link to your data",
    ]  # fmt: skip
    assert len(anne.world.runs()) == 1


@pytest.mark.parametrize("what", ["data", "erase"])
def test_such_a_link_works_for_a_day_and_opening_it_does_nothing(anne: Reading, what: str) -> None:
    where, client = linked(anne, what), anne.world.client
    before = anne.world.fingerprint()
    assert client.get(where).status_code == 200
    anne.world.clock.turn(hours=25)
    for answer in (client.get(where), client.post(where, data={"do": what})):
        assert (answer.status_code, "This link is no longer valid" in answer.text) == (404, True)
    assert anne.world.fingerprint() == before


def test_erasure_says_what_goes_and_takes_all_of_it(anne: Reading) -> None:
    where, client = linked(anne, "erase"), anne.world.client
    text = plain(client.get(where).text)
    assert "Delete everything about a…e@example.net?" in text
    assert text.count("This cannot be undone.") == 1
    assert "No, keep everything: just close this page." in text
    for _ in range(2):
        answer = client.post(where, data={"do": "erase"})
        assert (answer.status_code, "Everything is deleted" in answer.text) == (200, True)
    for answer in (client.get(where, headers=GERMAN), client.post(where, data={"do": "erase"}, headers=GERMAN)):
        assert (answer.status_code, "Alles ist gelöscht" in answer.text) == (
            200,
            True,
        )  # by Back, or the mail once more
    assert anne.world.runs() == []
    kept = "".join(str(anne.world.rows(table)) for table in metadata.tables)
    assert "anne" not in kept.lower()
    assert [row for row in anne.world.rows("event") if "erased" in row and "web" in row]


def test_a_press_without_its_button_changes_nothing(anne: Reading) -> None:
    where = linked(anne, "erase")
    assert anne.world.client.post(where).status_code == 400
    assert anne.post("/data", "sell").status_code == 400
    assert len(anne.world.runs()) == 1


def test_who_has_left_gets_his_data_too(anne: Reading) -> None:
    inbound.leave(anne.world.engine, anne.world.run().public_id, Inbound.LEFT, anne.world.clock())
    anne.world.send()
    assert file(anne)["courses"][0]["state"] == "left"


def test_an_address_that_is_not_mailed_any_more_is_told_to_write(anne: Reading) -> None:
    with anne.world.db.writing() as tx:
        suppressions.add(tx, "anne@example.net", "complaint", anne.world.clock())
    (line,) = [x for x in [anne.post("/data", "data").text] if "No link can be sent" in x]
    assert "mailto:course@example.org" in line
    assert notify.send_notices(anne.world.engine) == 0
