"""The reader's own pages show where he stands and what he had, to nobody more than needed, and end in no dead end."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from fastapi.routing import APIRoute

from dripcourse.domain.consent import Inbound
from dripcourse.domain.states import EnrollmentState
from dripcourse.flows import inbound, pace, prune
from dripcourse.storage import courses, forms, suppressions
from dripcourse.storage.tables import answer, delivery, enrollment, event
from dripcourse.web import pace as pace_page
from dripcourse.web import reader, taps
from tests.mail.material import Page
from tests.web.reader.conftest import NEXT, Reading

PAGES = ("", "/lessons", "/lesson/one", "/done/one", "/not-today/one", "/pace")
READ, POSTED = {"GET", "HEAD"}, {"GET", "HEAD", "POST"}


METHODS = {
    "": READ,
    "/lessons": READ,
    "/lesson/one": READ,
    "/done/one": POSTED,
    "/not-today/one": POSTED,
    "/pace": POSTED,
    "/": set(),
    "/nowhere": set(),
}


def test_each_page_takes_its_methods_only(anne: Reading) -> None:
    before = anne.world.fingerprint()
    for rest, allowed in METHODS.items():
        for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"):
            answer = anne.world.client.request(method, anne.me + rest)
            taken = 400 if method == "POST" else 200  # no button was pressed
            assert answer.status_code == (taken if method in allowed else 405 if allowed else 404), (method, rest)
    assert anne.world.fingerprint() == before


def test_the_table_above_has_every_page() -> None:
    routes = [route for router in (reader.router, taps.router, pace_page.router) for route in router.routes]
    paths = {route.path.replace("{key}", "one") for route in routes if isinstance(route, APIRoute)}
    assert paths == {"/me/{token}" + rest for rest in PAGES}


def test_the_overview_says_where_i_am_and_when_the_next_lesson_comes(anne: Reading) -> None:
    text = anne.get().text
    assert "Day 1 of 2 · Let us talk" in text
    assert f"Your next lesson: {NEXT}" in text
    assert "A question &amp; an ear" in text
    anne.post("/done/one", "done")
    assert "Your answer: Done" in anne.get().text


def test_the_hour_is_that_of_his_own_clock_on_that_day(anne: Reading) -> None:
    """The clocks of Berlin go forward on 29 March 2026."""
    anne.post("/pace", "pause-until", until="2026-03-30")
    assert "Your next lesson: Monday 30 March, 08:00 in Berlin" in anne.get().text


def test_the_lessons_stand_newest_first_with_what_was_said(anne: Reading) -> None:
    anne.post("/not-today/one", "not-today")
    text = anne.get("/lessons").text
    assert [href for href in Page(text).links if "/lesson/" in href] == [
        f"{anne.me}/lesson/{k}" for k in ("one", "welcome")
    ]
    assert re.findall(r'class="said [a-z-]+">([^<]+)', text) == ["Not today"]
    assert "Day 1: <bdi>A question" in text


def test_a_lesson_is_the_mail_with_his_links_but_not_his_address(anne: Reading) -> None:
    answer = anne.get("/lesson/one")
    assert "The old text." in answer.text
    assert f'href="https://course.example.org{anne.me}/done/one"' in answer.text
    assert f'href="{anne.me}/lessons"' in answer.text
    assert "--DC." not in answer.text
    assert len(Page(answer.text).all("main")) == 1
    policy = answer.headers["content-security-policy"].split("; ")
    assert policy[0] == "default-src 'none'"
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert not any(part.startswith("script-src") for part in policy)


def test_a_lesson_is_read_again_in_the_language_and_with_the_passages_chosen_since(anne: Reading) -> None:
    anne.post("/pace", "option-out", option="faith")
    assert "The other text." in anne.get("/lesson/one").text
    anne.post("/pace", "language", language="de")
    text = anne.get("/lesson/one").text
    assert "Der andere Text." in text
    assert "Alle Lektionen" in text


def test_no_page_shows_the_address_and_no_title_what_it_is_about(anne: Reading) -> None:
    for rest in PAGES:
        text = anne.get(rest).text
        assert "anne@" not in text, rest
        assert "a…e@example.net" in text
        if "/lesson/" not in rest:
            assert "A question" not in re.findall(r"<title>([^<]*)", text)[0]


@pytest.mark.parametrize("language", ["en", "de"])
def test_each_page_says_which_language_it_is_in_and_labels_its_fields(anne: Reading, language: str) -> None:
    anne.post("/pace", "language", language=language)
    for rest in PAGES:
        page = Page(anne.get(rest).text)
        assert page.all("html") == [{"lang": language, "dir": "ltr"}], rest
        assert len(page.all("h1")) == 1
        fields = [x for x in page.all("input") + page.all("select") if x.get("type") not in ("hidden", "radio")]
        assert {field["id"] for field in fields} == {label["for"] for label in page.all("label") if "for" in label}


@pytest.mark.parametrize("what", ["lesson", "done", "not-today"])
def test_a_lesson_not_had_is_a_404_with_a_way_on(anne: Reading, what: str) -> None:
    before = anne.world.fingerprint()
    for key in ("two", "nope", "three", "a" * 5000, "%00", "..%2f..", "%F0%9F%92%A9"):
        answer = anne.get(f"/{what}/{key}")
        assert answer.status_code == 404, key
        assert what == "lesson" or anne.post(f"/{what}/{key}", what).status_code == 404
        assert "%2f" in key or f'href="{anne.me}/lessons"' in answer.text
    assert anne.world.fingerprint() == before


def test_a_welcome_is_neither_done_nor_put_off(anne: Reading) -> None:
    assert anne.post("/done/welcome", "done").status_code == 404


def end(anne: Reading, state: EnrollmentState) -> None:
    world, run = anne.world, anne.world.run()
    if state is EnrollmentState.LEFT:
        inbound.leave(world.engine, run.public_id, Inbound.LEFT, world.clock())
        return
    with world.db.writing() as tx:
        pace.end(tx, run.id, state, "over", world.clock(), how="cli")


@pytest.mark.parametrize(
    ("state", "said", "way"),
    [
        (EnrollmentState.FINISHED, "You have received the whole course.", "/lessons"),
        (EnrollmentState.LEFT, "You have left this course.", "/undo/"),
        (EnrollmentState.CANCELLED, "has been ended for you", "mailto:course@example.org"),
        (EnrollmentState.STOPPED, "Nothing is sent to your address", "mailto:course@example.org"),
        (EnrollmentState.RESTARTED, "You began this course anew.", "/lessons"),
    ],
)
def test_every_page_of_a_course_that_ended_says_so_and_leads_on(
    anne: Reading, state: EnrollmentState, said: str, way: str
) -> None:
    end(anne, state)
    for rest in PAGES:
        answer = anne.get(rest)
        assert answer.status_code == 200
        if "/lesson/" not in rest:
            assert said in answer.text, rest
            assert any(way in href for href in Page(answer.text).links), rest
    assert Page(anne.get("/pace").text).all("form") == []
    refused = anne.post("/pace", "pause-3")
    assert refused.status_code == 409
    assert said in refused.text


def test_who_left_and_cannot_come_back_is_not_offered_it(anne: Reading) -> None:
    world, before = anne.world, anne.world.run()
    end(anne, EnrollmentState.LEFT)
    with world.db.writing() as tx:
        pace.restart(tx, world.engine.shelf, before.id, world.clock(), how="cli", again=True)
    links = Page(world.client.get(world.path("me", before.public_id)).text).links
    assert not any("/undo/" in href for href in links)
    assert world.path("me", world.run().public_id) in links


def test_who_left_longer_than_a_day_ago_is_led_to_the_form_of_his_course(anne: Reading) -> None:
    world = anne.world
    end(anne, EnrollmentState.LEFT)
    with world.db.writing() as tx:
        course = courses.find(tx, "talk").id
        forms.add(tx, slug="talk", title="Talk", wording="Yes", course_id=course, at=world.clock())
    assert "/f/talk" not in anne.get().text  # there is still the undo
    world.clock.turn(hours=25)
    for rest in ("", "/pace", "/lessons"):
        text = anne.get(rest).text
        assert '<a class="lone" href="/f/talk">Sign up again; you can then go on where you stopped</a>' in text
    with world.db.writing() as tx:
        suppressions.add(tx, "anne@example.net", "declined", world.clock())
    text = anne.get().text  # a form would lead nowhere: no mail comes
    assert ("/f/talk" in text, "those we never write to" in text, "mailto:course@example.org" in text) == (
        False,
        True,
        True,
    )


def test_a_run_long_over_whose_days_were_pruned_still_has_pages(anne: Reading) -> None:
    anne.post("/done/one", "done")
    end(anne, EnrollmentState.LEFT)
    anne.world.clock.turn(days=500)
    assert prune.prune(anne.world.db, timedelta(days=400), anne.world.clock()).runs == 1
    for rest in PAGES:
        assert anne.get(rest).status_code == (404 if "/one" in rest else 200), rest
    assert "no longer kept" in anne.get("/lessons").text
    assert "/undo/" not in anne.get().text


def test_the_pages_of_an_erased_person_say_that_nothing_is_stored_and_a_garbled_link_that_it_is_not_valid(
    anne: Reading,
) -> None:
    me, garbled = anne.me, anne.world.client.get("/me/a.b")
    with anne.world.db.writing() as tx:
        for table in (answer, event, delivery, enrollment):
            tx.execute(table.delete())
    for rest in PAGES:
        gone = anne.world.client.get(me + rest)
        assert gone.status_code == 410
        assert "Nothing is stored about this address any more." in gone.text
    assert "this link is not valid" in garbled.text.lower()
