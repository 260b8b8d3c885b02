"""The pages of who leaves and of who would come back later than the undo reaches."""

from __future__ import annotations

from dripcourse.storage import forms
from tests.mail.material import Page
from tests.web.conftest import World


def left_two_days_ago(world: World) -> str:
    """The path of Anne's undo link."""
    run = world.enrolled().public_id
    world.client.post(world.path("leave", run), data={"do": "leave"})
    world.clock.turn(days=2)
    return world.path("undo", run)


def test_after_a_day_undo_leads_to_the_form_where_going_on_is_possible(both: World) -> None:
    page = both.client.get(left_two_days_ago(both))
    assert page.status_code == 410
    assert "sign up again; you can then go on where you stopped" in page.text
    assert "/f/steps" in Page(page.text).links


def test_where_no_form_is_open_none_is_promised(world: World) -> None:
    where = left_two_days_ago(world)
    with world.db.writing() as tx:
        forms.close(tx, "steps")
    page = world.client.post(where, data={"do": "undo"})
    assert page.status_code == 410
    assert "sign up again" not in page.text
    assert "/f/steps" not in Page(page.text).links
