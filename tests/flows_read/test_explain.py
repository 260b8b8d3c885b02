"""Explain tells a person's story in the wall time of his own zone, and says why."""

from __future__ import annotations

from datetime import date, time

from dripcourse.addresses import parse_address
from dripcourse.domain.consent import Inbound
from dripcourse.domain.plan import WEEKDAYS, Plan
from dripcourse.flows import inbound, pace
from dripcourse.flows.explain import Explanation, explain, reasons
from dripcourse.storage import deliveries, events
from tests.flows.stage import LOST, TAKEN, Stage, refusal

ANNA = parse_address("anna@example.com")
TOKYO = Plan("Asia/Tokyo", time(8, 0))


def story(stage: Stage) -> Explanation:
    return explain(stage.db, stage.engine.shelf, ANNA)


def sentence(found: Explanation, *words: str) -> str:
    """The one line with all these words."""
    lines = [f"{x.wall} {x.text}" for x in found.accounts[-1].lines if all(w in f"{x.wall} {x.text}" for w in words)]
    assert len(lines) == 1, [x.text for x in found.accounts[-1].lines]
    return lines[0]


def test_the_whole_story(stage_on_both: Stage) -> None:
    """Tokyo is nine hours ahead of UTC: 08:00 there is 23:00 UTC of the day before."""
    stage = stage_on_both
    anna = stage.enroll("anna", TOKYO)  # Monday 2 March, 21:00 in Tokyo
    stage.at("2026-03-03 00:00")  # lesson one: Tuesday 08:00
    answers = iter([refusal(451, "4.7.1 greylisted")] * 3)
    stage.post.answer = lambda *_: next(answers, TAKEN)
    stage.at("2026-03-04 10:00")  # lesson two: Wednesday, put off once
    stage.do(pace.pause, anna, until=date(2026, 3, 10))
    stage.do(pace.skip, anna)  # lesson three
    stage.do(pace.move, anna, Plan("Europe/Berlin", time(9, 30)))
    stage.post.answer = lambda *_: LOST
    stage.at("2026-03-10 08:40")  # lesson four: Tuesday 10 March 09:30 in Berlin
    found = story(stage)
    assert "451" in sentence(found, "two (", "accepted", "late")
    assert sum("two was put off: " in line.text and "greylisted" in line.text for line in found.accounts[0].lines) == 3
    assert "2026-03-10" in sentence(found, "Paused by cli")
    assert "skipped by cli" in sentence(found, "three (", "did not go")
    assert "09:30 Europe/Berlin" in sentence(found, "Plan changed by cli")
    assert "may have arrived" in sentence(found, "four (")
    assert "at once after enrolling" in sentence(found, "welcome (", "Mon 2026-03-02 21:00 Asia/Tokyo")
    assert "its hour on that day" in sentence(found, "one (", "Tue 2026-03-03 08:00 Asia/Tokyo")
    assert "four («Subject of four») goes Tue 2026-03-10" in found.accounts[0].next
    inbound.leave(stage.engine, anna.public_id, Inbound.ONE_CLICK, stage.clock())
    gone = story(stage)
    assert "one-click" in sentence(gone, "Left the course")
    assert gone.accounts[0].state.startswith("left")
    assert gone.accounts[0].next == "Nothing more: this run is left."
    moments = [line.at for line in gone.accounts[0].lines]
    assert moments == sorted(moments)


def test_an_outage_is_the_reason_that_a_day_passed(stage: Stage) -> None:
    anna = stage.enroll("anna")
    stage.at("2026-03-03 09:00")
    stage.outage_until("2026-03-05 21:00")
    stage.at("2026-03-06 09:00")
    assert "the service was down from 2026-03-03 09:00 to 2026-03-05 21:00" in sentence(
        story(stage), "two moved to 2026-03-06"
    )
    with stage.db.reading() as tx:
        told = {row.lesson_key: why for row, why in reasons(
            deliveries.of_enrollment(tx, anna.id), events.of_enrollment(tx, anna.id))}  # fmt: skip
    assert told["one"] == ""
    assert "the service was down" in told["two"]


def test_a_suppressed_address_gets_nothing_more_and_it_is_said(stage: Stage) -> None:
    stage.enroll("anna")
    stage.post.answer = lambda *_: refusal(550, "5.1.1 no such user")
    for moment in ("2026-03-03 09:00", "2026-03-04 09:00", "2026-03-05 09:00"):
        stage.at(moment)
    found = story(stage)
    assert found.suppressed == "hard-bounce"
    assert "suppressed (hard-bounce)" in found.accounts[0].next


def test_no_sentence_has_a_hole(stage: Stage) -> None:
    anna = stage.enroll("anna")
    stage.at("2026-03-03 09:00")
    stage.do(pace.pause, anna)
    stage.do(pace.resume, anna)
    stage.publish("welcome", "one", "new", "three")
    stage.do(pace.restart, anna)
    stage.do(pace.cancel, stage.enroll("ben"), why="asked")
    for account in story(stage).accounts:
        assert [line.text for line in account.lines if "?" in line.text or "{" in line.text] == []


def test_a_pause_that_ends_on_a_weekend_explains_the_monday_after_it(stage: Stage) -> None:
    anna = stage.enroll("anna", Plan("UTC", time(8, 0), WEEKDAYS))
    stage.send()
    stage.do(pace.pause, anna, until=date(2026, 3, 7))  # a Saturday
    assert explain(stage.db, stage.engine.shelf, ANNA).accounts[-1].next == (
        "one («Subject of one») goes Mon 2026-03-09 08:00 UTC, "
        "because the plan is 08:00 UTC, Mon-Fri, paused until 2026-03-07."
    )
