"""Buttons that need no permission are free, and pressing them for ever fills no table."""

from __future__ import annotations

from dripcourse.domain.budgets import CHANGES_A_DAY
from tests.web.conftest import World, link, one_click_link

TABLES = ("event", "consent", "notice", "attempt", "suppression", "hook_delivery")


def sizes(world: World) -> dict[str, int]:
    return {table: len(world.rows(table)) for table in TABLES}


def test_it_was_not_me_is_written_down_once(both: World) -> None:
    both.sign_up()
    ((_, raw),) = both.send()
    decline, at_once = link(raw, "decline"), one_click_link(raw)
    assert both.client.post(decline, data={"do": "decline"}).status_code == 200
    before = both.fingerprint()
    for _ in range(5):
        assert both.client.post(decline, data={"do": "decline"}).status_code == 200
        assert both.client.post(at_once, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert both.fingerprint() == before


def test_leaving_again_writes_nothing(both: World) -> None:
    one = both.enrolled()
    doors = {"leave": {"do": "leave"}, "one-click": {"List-Unsubscribe": "One-Click"}}
    assert both.client.post(both.path("leave", one.public_id), data={"do": "leave"}).status_code == 200
    before = both.fingerprint()
    for purpose, press in doors.items():
        assert both.client.post(both.path(purpose, one.public_id), data=press).status_code == 200
    assert both.fingerprint() == before


def test_leaving_and_undoing_in_turns_ends_with_leaving(world: World) -> None:
    one = world.enrolled()
    leave, undo = world.path("leave", one.public_id), world.path("undo", one.public_id)
    statuses = []
    for _ in range(CHANGES_A_DAY // 2 + 5):
        assert world.client.post(leave, data={"do": "leave"}).status_code == 200
        statuses.append(world.client.post(undo, data={"do": "undo"}).status_code)
    assert statuses[-5:] == [429] * 5
    assert world.run().state == "left"
    before = sizes(world)
    assert world.client.post(undo, data={"do": "undo"}).status_code == 429
    assert sizes(world) == before
    world.clock.turn(hours=23, minutes=59)
    assert world.client.post(undo, data={"do": "undo"}).status_code == 429
