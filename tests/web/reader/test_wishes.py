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
from dripcourse.storage import events
from dripcourse.storage.events import Event
from tests.mail.material import header, part
from tests.web.conftest import World
from tests.web.reader.conftest import COURSE, GERMAN, NEXT, Reading, start
from tests.web.reader.test_pace import told

AFTER = "The one after it comes on Thursday 5 March, 08:00 in Berlin."
LAST = "Your last email: Thursday 5 March, 08:00 in Berlin"


def promised(text: str) -> dict[str, str]:
    """What the page says beforehand, by the button it stands beside."""
    found = re.findall(
        r'value="([\w-]+)" aria-describedby="then-\1">[^<]*</button>\s*<span .*?id="then-\1">(.*?)<', text
    )
    return {button: unescape(line) for button, line in found}


def shown(text: str) -> list[str]:
    """What the page that asks once more says will come."""
    return [unescape(line) for line in re.findall(r"<p>([^<]+)</p>", text[text.index("<h1>Please check") :])]


def test_each_button_says_before_what_is_true_after(anne: Reading) -> None:
    """It is Wednesday 8:00, and lesson one has come."""
    assert promised(anne.get("/pace").text) == {
        "now": f"“Wait” comes within a few minutes. {AFTER}",
        "pause-3": "on again Sunday 8 March, 08:00",
        "pause-7": "on again Thursday 12 March, 08:00",
        "pause-14": "on again Thursday 19 March, 08:00",
        "pause-open": "no lesson comes before you press “Go on now”",
    }  # fmt: skip


@pytest.mark.parametrize("button", ["pause-3", "pause-14"])
def test_the_line_beside_a_button_is_what_the_next_page_says(anne: Reading, button: str) -> None:
    line = promised(anne.get("/pace").text)[button].removeprefix("on again ")
    assert line in " ".join(told(anne.post("/pace", button).text))


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
    look = anne.look(button, **fields)
    assert look.status_code == 200
    assert line in look.text
    assert anne.world.fingerprint() == before
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', look.text))
    assert hidden == fields
    assert told(anne.post("/pace", button, **hidden).text)[-1] == line


def test_a_look_at_nonsense_names_the_field(anne: Reading) -> None:
    answer = anne.look("hour", hour="25:00", zone="UTC")
    assert (answer.status_code, "“25:00” is not a time" in answer.text) == (400, True)
    assert '<a href="#hour">“25:00” is not a time' in answer.text  # the line at the top leads to the field
    assert '<p class="mistake" id="hour-mistake">“25:00” is not a time' in answer.text  # and stands beside it
    assert f'action="{anne.me}/pace#h-hour"' in anne.get("/pace").text  # where the answer opens


def test_a_look_that_is_none_of_ours_says_so(anne: Reading) -> None:
    for asked in ("explode", "", "pause-7", "now"):
        assert anne.look(asked).status_code == 400, asked


def test_every_change_ends_on_a_page_of_its_own_and_its_address_says_nothing_that_is_not_so(anne: Reading) -> None:
    """So going back asks for nothing to be sent again, and nobody can put words on the page."""
    pressed = anne.world.client.post(f"{anne.me}/pace", data={"do": "pause-7", "x": "<b>free"})
    assert (pressed.status_code, pressed.headers["location"]) == (303, f"{anne.me}/pace?told=pause-7")
    assert pressed.headers["cache-control"] == "no-store"
    anne.post("/pace", "resume")
    before = anne.world.fingerprint()
    assert told(anne.get("/pace?told=pause-7").text) == [f"Your next lesson: {NEXT}"]
    for asked in ("told=<b>free", "told=explode", "told=now&lesson=bye", "told=skip&lesson=<b>free", "told=option-in"):
        answer = anne.get(f"/pace?{asked}")
        assert (answer.status_code, 'role="status"' in answer.text, "free" in answer.text) == (200, False, False)
    assert anne.world.fingerprint() == before


def test_the_next_lesson_is_sent_now_once_and_the_one_after_it_keeps_its_day(anne: Reading) -> None:
    first = anne.post("/pace", "now", lesson="two")
    after = anne.world.fingerprint()
    assert told(anne.post("/pace", "now", lesson="two").text) == told(first.text)
    assert told(first.text) == ["“Wait” is on its way.", AFTER]
    assert anne.world.fingerprint() == after
    ((_, raw),) = anne.world.send()
    assert header(raw, "Subject") == "Day 2: wait"
    text = anne.get().text
    assert (LAST in text, "on its way" in text) == (True, False)
    assert told(anne.post("/pace", "now", lesson="two").text) == ["“Wait” is on its way.", LAST]  # when it has gone
    assert anne.world.send() == []


def test_skipping_names_both_lessons_before_and_after(anne: Reading) -> None:
    then = "On Thursday 5 March, 08:00 in Berlin comes “All done”."
    assert shown(anne.look("skip", lesson="two").text)[:2] == ["“Wait” is left out and will not come.", then]
    assert told(anne.post("/pace", "skip", lesson="two").text) == ["Left out: “Wait”.", then]


def test_skipping_twice_skips_one_and_so_does_going_back(anne: Reading) -> None:
    first = told(anne.post("/pace", "skip", lesson="two").text)
    assert told(anne.post("/pace", "skip", lesson="two").text) == first
    back = anne.look("skip", lesson="two")
    assert (told(back.text), 'name="do" value="skip"' in back.text) == (first, False)
    assert anne.look("skip", lesson="nope").status_code == 409
    assert (anne.events("skipped"), anne.world.run().next_key) == (1, "bye")


def test_a_pause_hides_no_lesson_from_who_skips(anne: Reading) -> None:
    anne.post("/pace", "pause-open")
    assert shown(anne.look("skip", lesson="two").text)[1] == "Once you go on, “All done” comes."


def test_what_was_left_out_can_be_read_all_the_same_and_is_none_of_those_received(anne: Reading) -> None:
    anne.post("/pace", "skip", lesson="two")
    text = anne.get("/lessons").text
    assert text.index("Left out") < text.index(f'href="{anne.me}/lesson/two"')
    assert "Wait." in anne.get("/lesson/two").text
    assert anne.get("/again/two").status_code == 404
    assert "Day 1 of 2" in text


def test_skipping_the_last_one_ends_the_course(anne: Reading) -> None:
    anne.post("/pace", "skip", lesson="two")
    line = shown(anne.look("skip", lesson="bye").text)[1]
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
    assert "Nothing is sent while you pause." in anne.get("/pace").text


def test_who_asks_for_a_fourth_lesson_reads_why_it_does_not_come_at_once(anne: Reading) -> None:
    run, now = anne.world.run(), anne.world.clock()
    with anne.world.db.writing() as tx:
        events.record(tx, [Event(now, "asked-now", "web", run.subscriber_id, run.id, {"lesson": "x"})] * 3)
    text = anne.get("/pace").text
    assert ("now" in promised(text), "At most 3 lessons a day can be sent sooner." in text) == (False, True)


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
    assert ["ear” is on its way to" in text for text in answers] == [True, True, True, False]
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
    asked = anne.get("/restart").text
    assert (first in asked, "You will get a welcome email." in asked) == (True, True)
    assert anne.world.run() == old
    for _ in range(2):  # pressed twice it is done once
        assert first in both.client.post(f"{me}/restart", data={"do": "restart"}).text
    assert [run.state for run in both.runs()] == ["restarted", "active"]
    new = both.run()
    assert f'href="{both.path("me", new.public_id)}"' in both.client.get(me).text
    assert both.client.post(f"{me}/pace", data={"do": "pause-7"}).status_code == 409
    lessons = anne.get("/lessons").text  # of the new run
    assert "From your earlier time through" in lessons
    assert f'href="{me}/lesson/one"' in lessons
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
    assert (answer.status_code, "Nothing is stored about this address any more." in answer.text) == (410, True)


def test_a_plan_of_every_second_day_is_kept_by_what_follows(anne: Reading) -> None:
    with anne.world.db.writing() as tx:
        plan = Plan("Europe/Berlin", anne.world.run().plan.hour, every=2)
        pace.move(tx, anne.world.engine.shelf, anne.world.run().id, plan, anne.world.clock(), how="cli")
    assert promised(anne.get("/pace").text)["now"].endswith(
        "The one after it comes on Friday 6 March, 08:00 in Berlin."
    )
