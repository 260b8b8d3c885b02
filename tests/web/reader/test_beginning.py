"""A reader whose group has not begun yet: his pages say when it does, and offer nothing that comes before."""

from __future__ import annotations

import pytest

from dripcourse.addresses import parse_address
from dripcourse.flows.enroll import Wish, add_subscriber, enroll
from dripcourse.storage import courses
from tests.flows.stage import UTC_8, day
from tests.web.reader.conftest import Reading


@pytest.mark.parametrize(
    ("language", "begins", "waits"),
    [
        ("", "Your course begins on Monday 16 March.", "Nothing is sent before the course begins."),
        ("de", "Ihr Kurs beginnt am Montag, 16. März.", "Bevor der Kurs beginnt, wird nichts geschickt."),
    ],
)
def test_his_pages_say_when_the_course_begins(anne: Reading, language: str, begins: str, waits: str) -> None:
    world, now = anne.world, anne.world.clock()
    with world.db.writing() as tx:
        bob = add_subscriber(tx, parse_address("bob@example.net"), "Bob", now)
        wish = Wish(UTC_8, day("2026-03-16"), language=language)
        run = enroll(tx, world.engine.shelf, bob, courses.find(tx, "talk"), wish, now, how="form")
    world.send()
    me = world.path("me", run.public_id)
    assert begins in world.client.get(me).text
    shown = world.client.get(f"{me}/pace").text
    assert begins in shown
    assert waits in shown
    assert 'value="resume"' not in shown
    told = world.client.post(f"{me}/pace", data={"do": "pause-3"}, follow_redirects=True).text
    assert begins in told
