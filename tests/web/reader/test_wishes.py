"""Send now, skip, once more, anew: each says beforehand what it comes to, does it once, and says what is then true."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from dripcourse.addresses import parse_address
from dripcourse.domain.consent import Inbound
from dripcourse.domain.fingerprint import Fingerprints
from dripcourse.domain.plan import Plan
from dripcourse.domain.progress import Rule
from dripcourse.domain.states import EnrollmentState
from dripcourse.flows import inbound, pace, privacy, publish
from tests.mail.material import header, part
from tests.web.conftest import World
from tests.web.reader.conftest import COURSE, GERMAN, NEXT, Reading, start
from tests.web.reader.test_pace import told

BYE = "Your last email: Friday 6 March, 08:00 in Berlin"
LAST = "Your last email: Thursday 5 March, 08:00 in Berlin"


def promised(text: str) -> dict[str, str]:
    """What the page says beforehand, by the button it stands beside."""
    forms = re.findall(r"<form(.*?)</form>", text, re.DOTALL)
    found = [
        (re.search(r'value="([^"]*)">[^<]*</button>', f), re.search(r'<p class="then">Then: (.*?)</p>', f))
        for f in forms
    ]
    return {button[1]: unescape(line[1]) for button, line in found if button and line}


def test_each_button_says_before_what_is_true_after(anne: Reading) -> None:
    """It is Wednesday 8:00, and lesson one has come."""
    assert promised(anne.get("/pace").text) == {
        "now": f"It comes within a few minutes. {LAST}",
        "skip": LAST,
        "pause-3": "Paused. Your next lesson: Sunday 8 March, 08:00 in Berlin",
        "pause-7": "Paused. Your next lesson: Thursday 12 March, 08:00 in Berlin",
        "pause-14": "Paused. Your next lesson: Thursday 19 March, 08:00 in Berlin",
        "pause-open": "Paused. No lesson comes until you go on.",
    }  # fmt: skip


@pytest.mark.parametrize("button", ["pause-3", "pause-14", "pause-open", "skip"])
def test_the_line_beside_a_button_is_what_the_next_page_says(anne: Reading, button: str) -> None:
    line = promised(anne.get("/pace").text)[button]
    assert " ".join(told(anne.post("/pace", button, lesson="two").text)) == line


def test_a_pause_that_ends_says_when_the_next_lesson_comes(anne: Reading) -> None:
    assert promised(anne.post("/pace", "pause-7").text)["resume"] == f"Your next lesson: {NEXT}"


LOOKS = [
    ("hour", {"hour": "07:30", "zone": "Asia/Tokyo"}, "Your next lesson: Thursday 5 March, 07:30 in Tokyo"),
    ("hour", {"hour": "21:15", "zone": "Europe/Berlin"}, f"Your next lesson: {NEXT}".replace("08:00", "21:15")),
    ("pace", {"pace": "every-2nd-day"}, "Your next lesson: Friday 6 March, 08:00 in Berlin"),
    ("pause-until", {"until": "2026-04-01"}, "Your next lesson: Wednesday 1 April, 08:00 in Berlin"),
]  # fmt: skip


@pytest.mark.parametrize(("button", "fields", "line"), LOOKS)
def test_a_change_with_a_field_is_shown_first_and_done_by_a_second_press(
    anne: Reading, button: str, fields: dict[str, str], line: str
) -> None:
    before = anne.world.fingerprint()
    look = anne.post("/pace", f"look-{button}", **fields)
    assert look.status_code == 200
    assert line in look.text
    assert anne.world.fingerprint() == before
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', look.text))
    assert hidden == fields
    assert told(anne.post("/pace", button, **hidden).text)[-1] == line


def test_a_look_at_nonsense_names_the_field(anne: Reading) -> None:
    answer = anne.post("/pace", "look-hour", hour="25:00", zone="UTC")
    assert (answer.status_code, "“25:00” is not a time" in answer.text) == (400, True)


def test_the_next_lesson_is_sent_now_once_and_the_one_after_it_keeps_its_day(anne: Reading) -> None:
    first = anne.post("/pace", "now", lesson="two")
    after = anne.world.fingerprint()
    assert told(anne.post("/pace", "now", lesson="two").text) == told(first.text)
    assert told(first.text) == ["Your next lesson is on its way.", LAST]
    assert anne.world.fingerprint() == after
    ((_, raw),) = anne.world.send()
    assert header(raw, "Subject") == "Day 2: wait"
    text = anne.get().text
    assert (LAST in text, "on its way" in text) == (True, False)
    assert told(anne.post("/pace", "now", lesson="two").text) == [LAST]  # a third press, when it has gone
    assert anne.world.send() == []


def test_skipping_twice_skips_one(anne: Reading) -> None:
    for _ in range(2):
        assert told(anne.post("/pace", "skip", lesson="two").text) == [LAST]
    assert (anne.events("skipped"), anne.world.run().next_key) == (1, "bye")


def test_skipping_the_last_one_ends_the_course(anne: Reading) -> None:
    anne.post("/pace", "skip", lesson="two")
    line = promised(anne.get("/pace").text)["skip"]
    answer = anne.post("/pace", "skip", lesson="bye")
    assert line == "No lesson is left; the course is complete."
    assert "You have received the whole course." in answer.text
    assert anne.world.run().state is EnrollmentState.FINISHED


@pytest.mark.parametrize("button", ["now", "skip"])
def test_where_another_lesson_is_next_by_now_nothing_happens(anne: Reading, button: str) -> None:
    before = anne.world.fingerprint()
    answer = anne.post("/pace", button, lesson="bye")
    assert (answer.status_code, "This is how it stands now" in answer.text) == (409, True)
    assert anne.world.fingerprint() == before


def test_three_lessons_a_day_are_sent_now_and_the_page_says_when_no_more_can_be(anne: Reading) -> None:
    for lesson in ("two", "bye"):
        anne.post("/pace", "now", lesson=lesson)
        anne.world.send()
    assert anne.world.run().state is EnrollmentState.FINISHED
    anne.post("/restart", "restart")
    anne.world.send()
    assert "now" in promised(anne.get("/pace").text)  # the new run has its own three
    anne.post("/pace", "pause-open")
    assert "It cannot be sent sooner at the moment." in anne.get("/pace").text


def test_a_lesson_once_more_is_the_mail_he_had_and_no_progress(anne: Reading) -> None:
    anne.world.clock.turn(minutes=1)
    anne.post("/pace", "language", language="de")
    anne.post("/pace", "option-out", option="faith")
    edited = replace(COURSE.lessons[1], body="The new text.")
    lessons = (COURSE.lessons[0], edited, *COURSE.lessons[2:])
    world = anne.world
    publish.publish(
        world.db,
        replace(COURSE, lessons=lessons, translations=(GERMAN,)),
        world.engine.brand,
        Rule.FOLLOW,
        world.clock(),
    )
    run, rows = world.run(), world.rows("delivery")
    assert "Noch einmal schicken" in anne.get("/lessons").text
    assert "„Eine Frage“ noch einmal" in anne.get("/again/one").text
    assert "unterwegs" in anne.post("/again/one", "again").text
    ((to, raw),) = world.send()
    assert (to, header(raw, "Subject")) == ("anne@example.net", "A question & an ear")
    assert "The old text." in part(raw, "plain")
    assert "List-Unsubscribe=One-Click" in header(raw, "List-Unsubscribe-Post")
    assert (world.run().next_key, world.rows("delivery")) == (run.next_key, rows)
    assert (anne.events("repeated"), "The old text." in anne.get("/lesson/one").text) == (1, True)


def test_three_lessons_a_day_once_more(anne: Reading) -> None:
    answers = [anne.post("/again/one", "again").text for _ in range(4)]
    assert ["It is on its way" in text for text in answers] == [True, True, True, False]
    assert "At most 3 lessons a day" in answers[3]
    assert len(anne.world.send()) == anne.events("repeated") == 3


def test_who_has_left_gets_no_lesson_once_more_not_even_one_asked_for_before(anne: Reading) -> None:
    anne.post("/again/one", "again")
    inbound.leave(anne.world.engine, anne.world.run().public_id, Inbound.LEFT, anne.world.clock())
    assert [header(raw, "Subject") for _, raw in anne.world.send()] == ["You have left Let us talk"]
    assert anne.post("/again/one", "again").status_code == 409
    assert "again/one" not in anne.get("/lessons").text


@pytest.mark.parametrize("rest", ["/again/two", "/again/nope"])
def test_a_lesson_not_had_cannot_come_once_more(anne: Reading, rest: str) -> None:
    assert anne.get(rest).status_code == anne.post(rest, "again").status_code == 404


def test_a_course_begun_anew_says_when_and_the_old_pages_lead_to_the_new(both: World) -> None:
    anne = start(both)
    old, me = anne.world.run(), anne.me
    first = f"Your next lesson: {NEXT}"
    assert first in anne.get("/restart").text
    assert anne.world.run() == old
    for _ in range(2):  # pressed twice it is done once
        assert first in both.client.post(f"{me}/restart", data={"do": "restart"}).text
    assert [run.state for run in both.runs()] == ["restarted", "active"]
    new = both.run()
    assert f'href="{both.path("me", new.public_id)}"' in both.client.get(me).text
    assert both.client.post(f"{me}/pace", data={"do": "pause-7"}).status_code == 409
    assert [header(raw, "Subject") for _, raw in both.send()] == ["Hello there"]
    both.clock.turn(days=1)
    assert [header(raw, "Subject") for _, raw in both.send()] == ["A question & an ear"]


@pytest.mark.parametrize("state", [EnrollmentState.FINISHED, EnrollmentState.CANCELLED])
def test_the_finished_may_begin_anew_and_the_cancelled_not(anne: Reading, state: EnrollmentState) -> None:
    with anne.world.db.writing() as tx:
        pace.end(tx, anne.world.run().id, state, "over", anne.world.clock(), how="cli")
    offered, answer = "/restart" in anne.get().text, anne.post("/restart", "restart")
    wanted = state is EnrollmentState.FINISHED
    assert (offered, answer.status_code) == (wanted, 200 if wanted else 409)
    assert len(anne.world.runs()) == 1 + wanted


def test_what_is_no_longer_offered_is_said_in_words(anne: Reading) -> None:
    anne.post("/pace", "option-out", option="faith")
    world, plain = anne.world, replace(COURSE.lessons[1], instead="", perspective="", instead_section="")
    lessons = (COURSE.lessons[0], plain, *COURSE.lessons[2:])
    publish.publish(
        world.db, replace(COURSE, lessons=lessons, optional={}), world.engine.brand, Rule.FOLLOW, world.clock()
    )
    assert "is no longer offered, because the course was edited" in anne.get("/pace").text
    answer = anne.post("/pace", "option-in", option="faith")
    assert (answer.status_code, "That is no longer offered." in answer.text) == (400, True)


@pytest.mark.parametrize("rest", ["/pace", "/done/one", "/again/one", "/restart", "/data"])
def test_who_was_erased_at_that_moment_is_told_that_the_link_is_no_longer_valid(anne: Reading, rest: str) -> None:
    engine = anne.world.engine
    me = anne.me
    privacy.erase(
        engine.db, Fingerprints(engine.links.keys), parse_address("anne@example.net"), engine.clock(), how="cli"
    )
    answer = anne.world.client.post(me + rest, data={"do": "pause-3"})
    assert (answer.status_code, "This link is not valid" in answer.text) == (404, True)


def test_a_plan_of_every_second_day_is_kept_by_what_follows(anne: Reading) -> None:
    with anne.world.db.writing() as tx:
        plan = Plan("Europe/Berlin", anne.world.run().plan.hour, every=2)
        pace.move(tx, anne.world.engine.shelf, anne.world.run().id, plan, anne.world.clock(), how="cli")
    assert promised(anne.get("/pace").text)["now"] == f"It comes within a few minutes. {BYE}"
