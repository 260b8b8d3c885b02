"""Done and Not today: one sentence, one button, a kind line; a tap is kept once, and the other is one tap away."""

from __future__ import annotations

import re

import pytest

from dripcourse.domain.budgets import CHANGES_A_DAY
from dripcourse.storage import events
from dripcourse.storage.events import Event
from dripcourse.web.guard import LARGEST_BODY
from tests.mail.material import Page, part
from tests.web.conftest import World
from tests.web.reader.conftest import Reading, start

OTHER = {"done": "not-today", "not-today": "done"}


@pytest.mark.parametrize("what", OTHER)
def test_the_page_names_the_lesson_and_has_one_button(anne: Reading, what: str) -> None:
    text = anne.get(f"/{what}/one").text
    page = Page(text)
    assert "“A question &amp; an ear”" in text
    assert [(b["name"], b["value"]) for b in page.all("button")] == [("do", what)]
    assert page.all("form") == [{"method": "post", "action": f"{anne.me}/{what}/one"}]
    assert (f"{anne.me}/pace" in page.links[3:]) == (what == "not-today")  # beside the menu: go slower


@pytest.mark.parametrize("what", OTHER)
def test_a_tap_twice_is_a_tap_once_and_the_other_is_one_tap_away(anne: Reading, what: str) -> None:
    first, second = anne.post(f"/{what}/one", what), anne.post(f"/{what}/one", what)
    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    assert anne.events(what) == 1
    page = Page(first.text)
    assert page.all("form") == [{"method": "post", "action": f"{anne.me}/{OTHER[what]}/one"}]
    assert f"{anne.me}/pace" in page.links
    anne.world.client.post(page.all("form")[0]["action"], data={"do": page.all("button")[0]["value"]})
    assert [row[1:3] for row in anne.world.rows("answer")] == [("one", OTHER[what])]


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_answer_blames(anne: Reading, language: str) -> None:
    anne.post("/pace", "language", language=language)
    for what in OTHER:
        text = anne.post(f"/{what}/one", what).text.lower()
        for word in ("missed", "should", "must", "failed", "only", "behind", "sorry", "verpasst", "leider", "müssten"):
            assert f" {word}" not in text
    assert {"en": "nothing to catch up on", "de": "nachholen müssen sie nichts"}[language] in text


def test_what_comes_without_its_button_changes_nothing(anne: Reading) -> None:
    before = anne.world.fingerprint()
    for body in (b"", b"do=", b"do=leave", b"do=leave&do=done", b"\xff\xfe", b"do=done+x"):
        answer = anne.world.client.post(f"{anne.me}/done/one", content=body)
        assert answer.status_code == 400, body
        assert "Nothing was changed: please press one of the buttons on this page." in answer.text
    assert anne.world.fingerprint() == before


def test_what_is_too_large_or_too_much_changes_nothing(anne: Reading) -> None:
    before = anne.world.fingerprint()
    for rest in ("/done/one", "/pace"):
        assert anne.post(rest, "x" * LARGEST_BODY).status_code == 413
        assert anne.world.client.post(anne.me + rest, content=b"do=done&" + b"a=b&" * 50).status_code == 400
    assert anne.world.fingerprint() == before


def test_a_reader_taps_slows_down_pauses_and_goes_on(both: World) -> None:
    """Everything the pages can do, on both databases."""
    anne = start(both)
    links = set(re.findall(r"https://course\.example\.org(/me/\S+)", part(both.post.mails[-1][1], "plain")))
    assert links == {anne.me + rest for rest in ("/done/one", "/not-today/one", "/lessons", "/pace")}
    assert {both.client.get(link).status_code for link in links} == {200}
    steps = [
        ("/done/one", {"do": "done"}, "is marked as done"),
        ("/not-today/one", {"do": "not-today"}, "There is nothing to catch up on."),
        ("/pace", {"do": "pace", "pace": "every-2nd-day"}, "Friday 6 March, 08:00 in Berlin"),
        ("/pace", {"do": "hour", "hour": "21:15", "zone": "Asia/Tokyo"}, "6 March, 21:15 in Tokyo"),
        ("/pace", {"do": "pause-open"}, "Paused. No lesson comes until you go on."),
        ("/pace", {"do": "resume"}, "6 March, 21:15 in Tokyo"),
        ("/pace", {"do": "option-out", "option": "faith"}, "On the days of “Faith” you get another passage."),
        ("/pace", {"do": "language", "language": "de"}, "Ihre Mails und Seiten sind in dieser Sprache: Deutsch"),
    ]
    for rest, fields, said in steps:
        answer = anne.post(rest, **fields)
        assert answer.status_code == 200
        assert said in answer.text
    run = both.run()
    assert (run.state, run.plan.zone, run.plan.every, run.language, run.without) == (
        "active",
        "Asia/Tokyo",
        2,
        "de",
        "faith",
    )
    assert (anne.mails("paused"), anne.mails("resumed")) == (1, 1)


def test_a_hundred_changes_a_day_are_enough_and_leaving_is_never_one_too_many(anne: Reading) -> None:
    run = anne.world.run()
    with anne.world.db.writing() as tx:
        tap = Event(anne.world.clock(), "done", "web", run.subscriber_id, run.id, {"lesson": "one"})
        events.record(tx, [tap] * CHANGES_A_DAY)
    before = anne.world.fingerprint()
    for page, button in (("/done/one", "done"), ("/pace", "pause-open"), ("/pace", "resume")):
        answer = anne.post(page, button)
        assert answer.status_code == 429, page
        assert "That is enough for today" in answer.text
    assert anne.world.fingerprint() == before
    anne.world.clock.turn(days=1)
    assert anne.post("/not-today/one", "not-today").status_code == 200
    anne.world.clock.turn(days=-1)
    left = anne.world.client.post(anne.world.path("one-click", run.public_id), data={"List-Unsubscribe": "One-Click"})
    assert left.status_code == 200
    assert anne.world.run().state == "left"
