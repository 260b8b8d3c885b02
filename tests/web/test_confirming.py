"""What stands in the mails that a sign-up leads to, and what their links show at each moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from dripcourse.addresses import parse_address
from dripcourse.domain.consent import Inbound
from dripcourse.domain.fields import Field
from dripcourse.domain.forms import FormSettings
from dripcourse.flows import inbound
from dripcourse.storage import consents, enrollments, forms, subscribers, suppressions
from tests.mail.material import Page, header, part
from tests.web.conftest import World, browser, link

OPT_IN = "One short mail a day & nothing else, for thirty days."


def set_form(world: World, **settings: object) -> None:
    with world.db.writing() as tx:
        forms.edit(tx, "steps", settings=FormSettings(**settings))  # type: ignore[arg-type]


def buttons(text: str) -> list[str]:
    return [button.get("value", "") for button in Page(text).all("button")]


def suppress(world: World, address: str) -> None:
    with world.db.writing() as tx:
        suppressions.add(tx, parse_address(address).key, "complaint", world.clock())


def test_nothing_that_was_typed_stands_in_the_confirm_mail(world: World) -> None:
    set_form(world, fields=(Field("city", "City"),), opt_in=OPT_IN)
    world.sign_up(name="Mallory Zebra", city="Zanzibar", utm_source="zeitung")
    ((to, raw),) = world.send()
    assert (to, header(raw, "To")) == ("anne@example.net", "anne@example.net")
    for typed in ("Mallory", "Zebra", "Zanzibar", "zeitung"):
        assert typed.lower() not in (raw.decode() + part(raw, "plain") + part(raw, "html")).lower()


def test_the_authors_paragraph_stands_in_both_parts_as_it_was_when_the_form_was_filled_in(world: World) -> None:
    set_form(world, opt_in=OPT_IN)
    world.sign_up()
    set_form(world, opt_in="Something else.")
    ((_, raw),) = world.send()
    assert OPT_IN in part(raw, "plain").splitlines()
    assert OPT_IN.replace("&", "&amp;") in part(raw, "html")


def test_who_confirms_brings_his_name_fields_and_where_he_came_from(world: World) -> None:
    set_form(world, fields=(Field("city", "City"),), tags=("spring",))
    world.sign_up(name="Anne", city="Kiel", utm_source="news")
    ((_, raw),) = world.send()
    world.client.post(link(raw, "confirm"), data={"do": "confirm"})
    ((_, welcome),) = world.send()
    assert header(welcome, "To") == "Anne <anne@example.net>"
    with world.db.reading() as tx:
        person = subscribers.by_id(tx, world.run().subscriber_id)
        source = enrollments.source_of(tx, world.run().id)
    assert person.fields == {"city": "Kiel"}
    assert source == {"form": "steps", "path": "page", "tags": ["spring"], "utm_source": "news"}


def test_who_is_in_the_course_reads_where_he_is_and_nothing_of_what_was_typed(world: World) -> None:
    run = world.enrolled()
    world.send()
    world.clock.turn(days=1)
    world.send()
    world.sign_up(name="Mallory", hour="21:00")
    ((to, raw),) = world.send()
    text = part(raw, "plain")
    assert (to, header(raw, "Subject")) == ("anne@example.net", "You are already in: Small steps at home")
    assert "You have had day 1 of 2. Your next lesson comes on Thursday, 5 March 2026, at 08:00." in text
    assert "Mallory" not in raw.decode() + text
    assert f"https://course.example.org{world.path('me', run.public_id)}" in text.splitlines()
    assert [one.plan for one in world.runs()] == [run.plan]


def test_who_has_paused_reads_that_and_where_to_take_it_up_again(world: World) -> None:
    run = world.enrolled()
    world.send()
    world.client.post(world.path("me", run.public_id) + "/pace", data={"do": "pause-open"})
    world.clock.turn(days=2)
    world.send()
    world.sign_up()
    ((_, raw),) = world.send()
    text = part(raw, "plain")
    assert "The course is paused. No lesson comes until you take the course up again." in text
    assert f"https://course.example.org{world.path('me', run.public_id)}/pace" in text.splitlines()


def test_a_used_link_shows_that_it_worked_and_leads_to_the_readers_pages(world: World) -> None:
    where = world.confirm_link()
    pressed = world.client.post(where, data={"do": "confirm"})
    world.clock.turn(days=400)
    opened = world.client.get(where)
    for answer in (pressed, opened):
        assert (answer.status_code, buttons(answer.text)) == (200, [])
        assert world.path("me", world.run().public_id) in Page(answer.text).links


def lapse(world: World) -> None:
    world.clock.turn(days=world.settings.signup_days, seconds=1)


def close(world: World) -> None:
    with world.db.writing() as tx:
        forms.close(tx, "steps")


def fill_up(world: World) -> None:
    set_form(world, capacity=1)
    with world.db.writing() as tx:
        forms.seat(tx, forms.find(tx, "steps").id, 1)


def end(world: World) -> None:
    set_form(world, closes_on=(world.clock() - timedelta(days=2)).date())


#: All that a press could change; that somebody found no seat is noted in the ledger.
KEPT = ("subscriber", "consent", "enrollment", "form", "notice", "suppression")


@pytest.mark.parametrize(
    ("change", "heading", "offered"),
    [
        (lapse, "This link has expired", ["/f/steps"]),
        (close, "This form is closed by now", []),
        (end, "This form is closed by now", []),
        (fill_up, "All places are taken", []),
        (lambda world: suppress(world, "anne@example.net"), "Nothing is sent to this address",
         ["mailto:course@example.org"]),
    ],
)  # fmt: skip
def test_a_link_that_is_good_for_nothing_says_why_and_what_to_do(
    world: World, change: Callable[[World], None], heading: str, offered: list[str]
) -> None:
    where = world.confirm_link()
    change(world)
    before = [world.rows(table) for table in KEPT]
    for answer in (world.client.get(where), world.client.post(where, data={"do": "confirm"})):
        page = Page(answer.text)
        assert answer.status_code == 410
        assert f"<h1>{heading}</h1>" in answer.text
        assert buttons(answer.text) == []
        assert [each for each in page.links if each != "/"] == offered
    assert [world.rows(table) for table in KEPT] == before


def test_who_has_confirmed_is_shown_the_way_out_before_the_block(both: World) -> None:
    both.sign_up()
    ((_, raw),) = both.send()
    assert "without your confirmation nothing is sent" in both.client.get(link(raw, "decline")).text
    both.client.post(link(raw, "confirm"), data={"do": "confirm"})
    page = both.client.get(link(raw, "decline")).text
    assert "<h1>You have confirmed this course already</h1>" in page
    assert "without your confirmation" not in page
    assert page.index(both.path("leave", both.run().public_id)) < page.index('value="decline"')


def test_after_a_decline_no_page_says_sign_up_again(both: World) -> None:
    """No mail would come: the address is blocked. Who did it all the same reads that, and where to write."""
    both.sign_up()
    ((_, raw),) = both.send()
    both.client.post(link(raw, "confirm"), data={"do": "confirm"})
    both.client.post(link(raw, "decline"), data={"do": "decline"})
    page = both.client.get(link(raw, "confirm"))
    assert page.status_code == 410
    assert "<h1>Nothing is sent to this address</h1>" in page.text
    assert [each for each in Page(page.text).links if each != "/"] == ["mailto:course@example.org"]


def test_who_left_in_the_middle_chooses_between_going_on_and_beginning_anew(world: World) -> None:
    run = world.enrolled()
    world.send()
    world.clock.turn(days=1)
    world.send()  # day 1
    inbound.leave(world.engine, run.public_id, Inbound.LEFT, world.clock())
    world.send()
    world.clock.turn(days=1)
    where = world.confirm_link()
    page = world.client.get(where)
    assert buttons(page.text) == ["continue", "confirm", "decline"]
    assert "Go on where I stopped, with day 2" in page.text
    answer = world.client.post(where, data={"do": "continue"})
    assert "Your next lesson: Friday 6 March, 08:00 in Berlin" in answer.text
    assert [(one.id, one.state) for one in world.runs()] == [(run.id, "active")]


def test_who_had_it_all_is_told_that_it_begins_anew(world: World) -> None:
    run = world.enrolled()
    for _ in range(3):
        world.send()
        world.clock.turn(days=1)
    assert world.run().state == "finished"
    where = world.confirm_link()
    assert buttons(world.client.get(where).text) == ["confirm", "decline"]
    assert "It begins anew with day 1." in world.client.get(where).text
    world.client.post(where, data={"do": "confirm"})
    assert [(one.run, one.state) for one in world.runs()] == [(run.run, "finished"), (2, "active")]


def test_a_group_that_begins_later_reads_its_date_and_no_word_of_a_pause(world: World) -> None:
    set_form(world, start="2026-03-16")
    answer = world.client.post(world.confirm_link(), data={"do": "confirm"})
    assert "Your first lesson: Monday 16 March, 08:00 in Berlin" in answer.text
    assert "Paused" not in answer.text


def test_the_proof_says_from_which_network_it_was_asked_for_and_confirmed(world: World) -> None:
    at_home, on_the_way = (browser(world.client.app, client=(host, 50000)) for host in ("203.0.113.9", "2001:db8::7"))
    at_home.post("/f/steps", data=world.entry)
    ((_, raw),) = world.send()
    on_the_way.post(link(raw, "confirm"), data={"do": "confirm"})
    with world.db.reading() as tx:
        history = consents.history(tx, world.run().subscriber_id)
    assert [entry.network for entry in history] == ["203.0.113.0/24", "2001:db8::/64"]
