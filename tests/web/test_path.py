"""The whole path: form, confirm mail, button, lessons, one-click. Links are taken from the bytes on the wire."""

from __future__ import annotations

from tests.mail.material import header
from tests.web.conftest import World, link, one_click_link


def test_a_person_signs_up_confirms_gets_lessons_and_leaves(both: World) -> None:
    """Everything a subscriber meets, on both databases."""
    both.sign_up(name="Anne")
    ((recipient, raw),) = both.send()
    assert recipient == "anne@example.net"
    assert header(raw, "To") == "anne@example.net"  # anybody may have typed a name: nothing typed is in this mail

    asked = both.client.get(link(raw, "confirm"))
    assert asked.status_code == 200
    assert "Small steps at home" in asked.text
    assert both.runs() == []

    done = both.client.post(link(raw, "confirm"), data={"do": "confirm"})
    assert done.status_code == 200
    assert "Your first lesson: Wednesday 4 March, 08:00 in Berlin" in done.text
    one = both.run()
    assert (one.state, one.plan.zone, one.next_key) == ("active", "Europe/Berlin", "welcome")

    both.send()
    both.clock.turn(hours=19)  # 07:00 UTC, 08:00 in Berlin
    ((_, lesson),) = both.send()
    assert header(lesson, "Subject") == "Day 1"

    left = both.client.post(one_click_link(lesson), data={"List-Unsubscribe": "One-Click"})
    assert left.status_code == 200
    assert both.run().state == "left"
    ((_, goodbye),) = both.send()
    both.clock.turn(days=1)
    assert both.send() == []

    back = both.client.post(link(goodbye, "undo"), data={"do": "undo"})
    assert back.status_code == 200
    assert (both.run().state, both.run().next_key) == ("active", "two")
