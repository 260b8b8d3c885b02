"""The pace page: each button does one thing, says what is then true, and a bad field costs nothing."""

from __future__ import annotations

import re

import pytest

from dripcourse.domain.plan import EVERY_DAY, WEEKDAYS, Plan
from dripcourse.flows import pace
from tests.mail.material import Page
from tests.web.reader.conftest import NEXT, Reading


def _next(when: str) -> str:
    return f"Your next lesson: {when}"


def _paused(day: str) -> list[str]:
    return ["Paused.", _next(f"{day}, 08:00 in Berlin")]


#: It is Wednesday 4 March, and today's lesson has come.
PRESSED = [
    ("hour", {"hour": "07:30", "zone": "Europe/Berlin"}, [_next("Thursday 5 March, 07:30 in Berlin")]),
    ("hour", {"hour": "7:05", "zone": "America/New_York"}, [_next("Thursday 5 March, 07:05 in New York")]),
    ("pace", {"pace": "daily"}, [_next(NEXT)]),
    ("pace", {"pace": "weekdays"}, [_next(NEXT)]),
    ("pace", {"pace": "every-2nd-day"}, [_next("Friday 6 March, 08:00 in Berlin")]),
    ("pause-3", {}, _paused("Sunday 8 March")),
    ("pause-7", {}, _paused("Thursday 12 March")),
    ("pause-14", {}, _paused("Thursday 19 March")),
    ("pause-until", {"until": "2026-12-03"}, _paused("Thursday, 3 December 2026")),
    ("pause-open", {}, ["Paused. No lesson comes until you go on."]),
    ("resume", {}, [_next(NEXT)]),
    ("option-out", {"option": "faith"}, ["On the days of “Faith” you get another passage."]),
    ("option-in", {"option": "faith"}, ["You get the passages of “Faith”."]),
    ("language", {"language": "de"}, ["Ihre Mails und Seiten sind in dieser Sprache: Deutsch"]),
    ("language", {"language": "en"}, ["Your emails and pages are in this language: English"]),
]


def told(text: str) -> list[str]:
    """What the page says has come true."""
    (box,) = re.findall(r'<div class="told" role="status">(.*?)</div>', text, re.DOTALL)
    return re.findall(r"<p>([^<]+)</p>", box)


@pytest.mark.parametrize(("button", "fields", "said"), PRESSED)
def test_each_button_says_what_is_now_true_and_twice_is_once(
    anne: Reading, button: str, fields: dict[str, str], said: list[str]
) -> None:
    first = anne.post("/pace", button, **fields)
    after = anne.world.fingerprint()
    second = anne.post("/pace", button, **fields)
    assert first.status_code == second.status_code == 200
    assert told(first.text) == told(second.text) == said
    assert "<title>" + {"de": "Geändert"}.get(fields.get("language", ""), "Changed") in first.text
    assert anne.world.fingerprint() == after


def test_a_pause_before_todays_lesson_begins_today(anne: Reading) -> None:
    anne.world.clock.turn(hours=20)  # 4 o'clock on Thursday
    assert told(anne.post("/pace", "pause-3").text) == _paused("Sunday 8 March")


@pytest.mark.parametrize("pause", ["pause-7", "pause-open"])
def test_a_pause_is_ended_by_one_button_and_each_is_confirmed_by_one_mail(anne: Reading, pause: str) -> None:
    assert 'value="resume"' not in anne.get("/pace").text
    for _ in range(2):
        assert 'value="resume"' in anne.post("/pace", pause).text
    for _ in range(2):
        assert told(anne.post("/pace", "resume").text) == [_next(NEXT)]
    assert (anne.mails("paused"), anne.mails("resumed")) == (1, 1)


BUTTONS = "please press one of the buttons"
BAD = [
    ("hour", {"hour": "25:00", "zone": "Asia/Tokyo"}, "hour", "“25:00” is not a time; write it from 00:00 to 23:59"),
    ("hour", {"zone": "Asia/Tokyo"}, "hour", "Please choose an hour, such as 07:30."),
    ("hour", {"hour": "07:00", "zone": "Mars/Base"}, "zone", "“Mars/Base” is not a time zone we know"),
    ("hour", {"hour": "07:00", "zone": "../../etc/passwd"}, "zone", "is not a time zone we know"),
    ("hour", {"hour": "9" * 900, "zone": "UTC"}, "hour", f"“{'9' * 40}…” is not a time"),
    ("pace", {"pace": "hourly"}, "pace", "Please choose how often lessons should come."),
    ("pace", {}, "pace", "Please choose how often lessons should come."),
    ("pause-until", {}, "until", "Please choose a day from 5 March 2026 to 5 March 2027."),
    ("pause-until", {"until": "2026-03-04"}, "until", "choose one from 5 March 2026 to 5 March 2027."),
    ("pause-until", {"until": "2031-01-01"}, "until", "“2031-01-01” is not a date you can pause until"),
    ("pause-until", {"until": "<b>"}, "until", "“&lt;b&gt;” is not a date you can pause until"),
    ("option-out", {"option": "hope"}, "", BUTTONS),
    ("language", {"language": "fr"}, "", BUTTONS),
    ("language", {}, "", BUTTONS),
    ("explode", {}, "", BUTTONS),
    ("", {}, "", BUTTONS),
]


def test_a_bad_field_gets_one_clear_line_and_the_form_as_it_was(anne: Reading) -> None:
    before = anne.world.fingerprint()
    for button, fields, field, said in BAD:
        answer = anne.post("/pace", button, **fields)
        page = Page(answer.text)
        assert answer.status_code == 400, fields
        (mistake,) = re.findall(r'role="alert" id="mistake">(?:<a href="#\w+">)?([^<]+)<', answer.text)
        assert said in mistake
        marked = [tag for name in ("input", "select", "fieldset") for tag in page.all(name) if "aria-invalid" in tag]
        assert [tag.get("name", "pace") for tag in marked] == ([field] if field else [])
        assert re.findall(r'<p class="mistake" id="(\w+)-mistake">', answer.text) == ([field] if field else [])
        if field == "until":
            assert marked[0]["value"] == fields.get("until", "")
        if fields.get("zone") == "Asia/Tokyo":
            assert [tag["value"] for tag in page.all("option") if "selected" in tag] == ["Asia/Tokyo"]
    assert anne.world.fingerprint() == before


ODD = {
    "Lessons come Monday to Friday at 08:00 in Berlin.": Plan("Europe/Berlin", weekdays=WEEKDAYS),
    "Lessons come every 3 days at 08:00 in Berlin.": Plan("Europe/Berlin", weekdays=EVERY_DAY, every=3),
    "Lessons come on Monday and Wednesday at 08:00 in Los Angeles.": Plan("US/Pacific", weekdays=0b101),
    "Lessons come on Monday and Tuesday, at least 2 days apart at 08:00 UTC.": Plan("UTC", weekdays=0b11, every=2),
}


def test_a_plan_that_the_form_does_not_offer_is_still_told_and_kept(anne: Reading) -> None:
    for said, plan in ODD.items():
        with anne.world.db.writing() as tx:
            pace.move(tx, anne.world.engine.shelf, anne.world.run().id, plan, anne.world.clock(), how="cli")
        text = anne.get("/pace").text
        assert said in text
        assert [tag["value"] for tag in Page(text).all("option") if "selected" in tag] == [plan.zone]
        anne.post("/pace", "hour", hour="09:00", zone=plan.zone)
        assert (anne.world.run().plan.weekdays, anne.world.run().plan.every) == (plan.weekdays, plan.every)
