"""The hosted form as its author has set it: his fields, his look, his pages; and when it takes nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from httpx2 import Response

from dripcourse.domain.fields import Field
from dripcourse.domain.forms import FormSettings
from dripcourse.storage import forms
from tests.mail.material import Page
from tests.web.conftest import World
from tests.web.test_ticket import busy

SCHOOL = "https://school.example"
FIELDS = (
    Field("city", "Your city", required=True, most=20),
    Field("age", "Your age", "number"),
    Field("tea", "Tea", "choice", choices=("green", "black")),
    Field("news", "I have read the leaflet", "checkbox", required=True),
)
OWN = {"city": "Bad Ems", "age": "41,5", "tea": "green", "news": "yes"}


def set_up(world: World, **settings: Any) -> None:
    """The form with these settings."""
    with world.db.writing() as tx:
        forms.edit(tx, "steps", settings=FormSettings(**settings))


def directive(answer: Response, name: str) -> str:
    """What the page's policy says of that."""
    found = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    return found[name]


def field(page: str, name: str) -> dict[str, Any]:
    (found,) = [each for each in Page(page).all("input") + Page(page).all("select") if each.get("name") == name]
    return found


def test_each_kind_of_field_is_labelled_and_what_is_typed_reaches_the_sign_up(both: World) -> None:
    set_up(both, fields=FIELDS)
    page = Page(both.client.get("/f/steps").text)
    labelled = {label["for"] for label in page.all("label")}
    assert labelled >= {"city", "age", "tea", "news"}
    both.sign_up(**OWN, admin="yes")
    (data,) = [row[5] for row in both.rows("sign_up")]
    assert isinstance(data, dict)
    assert data["context"]["fields"] == OWN


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("city", "", "“Your city” is missing"),
        ("city", "x" * 21, "at most 20 characters"),
        ("city", "www.bad.example", "leave out web addresses"),
        ("age", "forty", "“forty” is not a number"),
        ("tea", "<b>", "“&lt;b&gt;” is none of the answers"),
        ("news", "", "Please tick this box."),
        ("news", "on", "or leave it empty"),
    ],
)
def test_what_is_wrong_with_a_field_of_ones_own_stands_beside_it(
    world: World, name: str, typed: str, said: str
) -> None:
    set_up(world, fields=FIELDS)
    answer = world.client.post("/f/steps", data=world.entry | OWN | {name: typed})
    assert answer.status_code == 400
    assert field(answer.text, name)["aria-describedby"] == f"{name}-mistake"
    beside = answer.text.partition(f'id="{name}-mistake">')[2].partition("</p>")[0]
    assert said in beside
    assert 'role="alert"' in answer.text
    assert world.rows("sign_up") == []


def test_a_link_fills_in_text_but_never_a_box(world: World) -> None:
    set_up(world, fields=FIELDS)
    query = {"address": "anne@example.net", "name": '"><script>', "city": "Bad Ems" + "x" * 99, "tea": "green",
             "news": "yes", "agree": "yes", "homepage": "x", "age": "<"}  # fmt: skip
    page = world.client.get("/f/steps", params=query).text
    assert field(page, "address")["value"] == "anne@example.net"
    assert field(page, "city")["value"] == ("Bad Ems" + "x" * 99)[:20]
    assert "<script>" not in page
    assert "<option selected>green</option>" in page
    assert not any("checked" in each for each in Page(page).all("input"))
    assert "value" not in field(page, "homepage")
    set_up(world, fields=FIELDS, prefill=False)
    assert "anne@example.net" not in world.client.get("/f/steps", params=query).text


@pytest.mark.parametrize("wrong", [{"hour": "25:00"}, {"ticket": "x"}, {"ticket": ""}])
def test_the_box_is_never_ticked_by_us_not_even_again(world: World, wrong: dict[str, str]) -> None:
    """Another site could post a form with the box ticked, and have us show it so."""
    page = world.client.post("/f/steps", data=world.entry | wrong).text
    assert "checked" not in field(page, "agree")
    assert field(page, "agree")["aria-describedby"] == "agree-again"


def test_no_box_of_the_author_s_is_ticked_by_us_either_and_it_is_said_kindly(world: World) -> None:
    set_up(world, fields=FIELDS)
    page = world.client.post("/f/steps", data=world.entry | OWN | {"hour": "25:00"}).text
    assert "checked" not in field(page, "news")
    assert field(page, "news")["aria-describedby"] == "news-again"
    assert page.count("for your protection it is never carried over") == 2


def test_a_form_says_when_its_course_begins_and_until_when_it_takes_people(world: World) -> None:
    set_up(world, start="2026-03-16", closes_on=date(2026, 3, 12))
    page = world.client.get("/f/steps").text
    assert "The first lesson comes on 16 March 2026, and none before that." in page
    assert "You can sign up until 12 March 2026." in page
    asked = world.client.get(world.confirm_link()).text
    assert "The first lesson comes on 16 March 2026" in asked
    assert "Please confirm by 12 March 2026" in asked
    set_up(world, start="tomorrow")
    assert "no earlier than the day after you confirm" in world.client.get("/f/steps").text
    set_up(world, start="2026-03-01")  # it has begun: who comes now begins by himself
    assert "The first lesson" not in world.client.get("/f/steps").text


def test_a_mistake_corrected_at_once_needs_no_press_more(world: World) -> None:
    """The form was shown when it was shown: a second look at it does not begin the time anew."""
    wrong = world.client.post("/f/steps", data=world.entry | {"hour": "25:00"}).text
    ticket = field(wrong, "ticket")["value"]
    answer = world.client.post("/f/steps", data=world.entry | {"ticket": ticket})
    assert "One more press" not in answer.text
    assert len(world.rows("sign_up")) == 1


def test_a_ticket_that_is_nobody_s_or_nearly_over_is_not_kept(world: World) -> None:
    shown = world.entry["ticket"]
    for given, later in (("x", 0), (shown, 13)):
        world.clock.now += timedelta(hours=later)
        page = world.client.post("/f/steps", data=world.entry | {"hour": "25:00", "ticket": given}).text
        assert field(page, "ticket")["value"] != given


def test_in_a_frame_what_came_of_a_press_stands_where_the_button_was(world: World) -> None:
    """The page around does not move, and a frame is taller than a screen."""
    set_up(world, origins=(SCHOOL,), frames=True)
    wrong = world.entry | {"hour": "25:00"}
    framed, whole = (world.client.post(path, data=wrong).text for path in ("/f/steps?frame=1", "/f/steps"))
    assert whole.index('role="alert"') < whole.index('name="address"')
    assert framed.index('name="agree"') < framed.index('role="alert"') < framed.index('type="submit"')
    assert '<li><a href="#hour">“25:00” is not a time' in framed
    kinds = [Page(world.client.post("/f/steps" + rest, data=world.entry).text).all("body")[0]["class"]
             for rest in ("?frame=1", "")]  # fmt: skip
    assert kinds == ["narrow framed answer", "narrow answer"]


def test_a_form_on_another_site_needs_one_more_press_on_ours(both: World) -> None:
    set_up(both, fields=FIELDS)
    pasted = {"address": "anne@example.net", "name": "Anne", "city": "Bad Ems", "utm_source": "blog", "agree": "yes"}
    answer = both.client.post("/f/steps", data=pasted, headers={"Referer": f"{SCHOOL}/post?x=1"})
    assert answer.status_code == 200
    assert "One more press" in answer.text
    assert not any("aria-invalid" in each for each in Page(answer.text).all("input"))
    inputs = {each["name"]: each.get("value", "") for each in Page(answer.text).all("input")}
    assert {name: inputs[name] for name in ("address", "name", "city", "utm_source", "referrer")} == {
        **{name: pasted[name] for name in ("address", "name", "city", "utm_source")},
        "referrer": f"{SCHOOL}/post",
    }
    assert both.rows("sign_up") == []
    both.clock.turn(seconds=30)
    pressed = inputs | OWN | {"zone": "Europe/Berlin", "hour": "07:00"}
    assert both.client.post("/f/steps", data=pressed).status_code == 202
    (data,) = [row[5] for row in both.rows("sign_up")]
    assert isinstance(data, dict)
    assert data["context"]["source"]["referrer"] == f"{SCHOOL}/post"
    assert data["context"]["source"]["utm_source"] == "blog"


def test_what_was_typed_wrongly_on_another_site_is_said_at_once(world: World) -> None:
    answer = world.client.post("/f/steps", data={"address": "anne@example.net", "hour": "25:00"})
    assert answer.status_code == 400
    assert "“25:00” is not a time" in answer.text


def test_everyone_goes_on_to_the_author_s_page_and_nobody_chooses_another(world: World) -> None:
    set_up(world, thank_you=f"{SCHOOL}/thanks")
    evil = {"thank_you": "https://evil.example", "next": "//evil.example"}
    assert directive(world.client.get("/f/steps"), "form-action") == f"'self' {SCHOOL}"
    for more in ({}, {"homepage": "x"}, {}):
        answer = world.client.post("/f/steps", params=evil, data=world.entry | evil | more)
        assert (answer.status_code, answer.headers["location"], answer.content) == (303, f"{SCHOOL}/thanks", b"")


def test_only_the_origins_may_frame_it_and_only_the_page_for_frames(world: World) -> None:
    set_up(world, origins=(SCHOOL, "https://other.example:8443"), frames=True, thank_you=f"{SCHOOL}/thanks")
    framed = world.client.get("/f/steps?frame=1")
    assert directive(framed, "frame-ancestors") == f"{SCHOOL} https://other.example:8443"
    assert directive(world.client.get("/f/steps"), "frame-ancestors") == "'none'"
    done = world.client.post("/f/steps?frame=1", data=world.entry)
    assert done.status_code == 202  # it stays in its frame, and the author's page opens beside it
    assert directive(done, "frame-ancestors") == directive(framed, "frame-ancestors")
    links = [each for page in (framed, done) for each in Page(page.text).all("a")]
    assert {each.get("target") for each in links if each["href"] != "/f/steps?frame=1"} == {"_blank"}
    set_up(world, origins=(SCHOOL,))
    assert directive(world.client.get("/f/steps?frame=1"), "frame-ancestors") == "'none'"


def test_a_form_that_takes_nobody_says_why_in_its_language(world: World) -> None:
    for settings, taken, status, said in (
        ({"closes_on": date(2026, 3, 1)}, 0, 410, "The last day was 1 March 2026"),
        ({"capacity": 2}, 2, 409, "All places are taken"),
    ):
        set_up(world, **settings)
        with world.db.writing() as tx:
            for _ in range(taken):
                forms.seat(tx, forms.find(tx, "steps").id, None)
        seen, pressed = world.client.get("/f/steps"), world.client.post("/f/steps", data=world.entry)
        for answer in (seen, pressed):
            assert answer.status_code == status
            assert said in answer.text
            assert '<p class="eyebrow"><bdi>Small steps at home</bdi></p>' in answer.text
            assert "The links in your emails still work." in answer.text
        assert ["Nothing was sent." in answer.text for answer in (seen, pressed)] == [False, True]
    assert world.rows("sign_up") == []
    assert "/f/steps" not in world.client.get("/").text


def test_a_held_form_says_when_to_come_back(world: World) -> None:
    with world.db.writing() as tx:
        forms.hold(tx, forms.find(tx, "steps").id, world.clock() + timedelta(minutes=30))
    answer = world.client.get("/f/steps")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1801")
    assert world.client.post("/f/steps", data=world.entry).status_code == 503


def test_a_busy_form_asks_for_work_and_keeps_what_was_typed(world: World) -> None:
    busy(world)
    answer = world.client.post("/f/steps", data=world.entry)
    assert answer.status_code == 429
    assert "retry-after" in answer.headers
    assert field(answer.text, "address")["value"] == "anne@example.net"
    (form,) = Page(answer.text).all("form")
    assert '"challenge"' in form["data-proof"]


def test_seats_are_never_taken_twice(both: World) -> None:
    with both.db.writing() as tx:
        form_id = forms.find(tx, "steps").id
        assert [forms.seat(tx, form_id, 2) for _ in range(3)] == [True, True, False]
        assert forms.find(tx, "steps").taken == 2


def test_only_what_people_read_makes_a_new_version(both: World) -> None:
    def version(**changes: Any) -> int:
        with both.db.writing() as tx:
            return forms.edit(tx, "steps", **changes).version

    asks = FormSettings(fields=FIELDS)
    assert version(settings=replace(asks, capacity=3, thank_you=SCHOOL, origins=(SCHOOL,))) == 2  # for the fields
    assert version(settings=replace(asks, closes_on=date(2030, 1, 1), tags=("x",))) == 2
    assert version(settings=replace(asks, opt_in="Why you get this")) == 3
    assert version(wording="Other words") == 4
    assert version(title="Other title") == 5
    assert version(title="Other title", open=False) == 5
