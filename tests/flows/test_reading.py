"""What readers do from their mails: tell how a lesson went, read it again, pause; and what it changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from dripcourse.addresses import parse_address
from dripcourse.domain.answers import Answer
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.plan import Plan
from dripcourse.domain.progress import Rule
from dripcourse.errors import NotFound
from dripcourse.flows import reader
from dripcourse.flows.explain import explain
from dripcourse.flows.notify import send_notices
from dripcourse.flows.publish import compile_course, publish
from dripcourse.mail import compile as compiling
from dripcourse.storage.courses import MailName
from tests.flows import made
from tests.flows.sky import course, got, texts
from tests.flows.stage import Stage, utc


def say(stage: Stage, one: Enrollment, key: str, answer: Answer) -> None:
    reader.say(stage.engine, one.public_id, key, answer, stage.clock())


def test_a_look_back_tells_each_reader_his_own_taps_and_blames_nobody(sky: Stage) -> None:
    anna, ben = sky.enroll("anna"), sky.enroll("ben")
    sky.enroll("carl")
    sky.at("2026-03-05 08:00")  # the days 1, 2 and 3 have gone
    say(sky, anna, "one", Answer.DONE)
    say(sky, anna, "two", Answer.NOT_TODAY)
    say(sky, anna, "three", Answer.NOT_TODAY)
    say(sky, anna, "three", Answer.DONE)  # the last tap counts
    say(sky, ben, "two", Answer.DONE)
    sky.at("2026-03-06 08:00")
    assert "Done: 1 and 3. Not today: 2." in got("anna")["Day 4: back"]
    assert "You tapped Done on day 2." in got("ben")["Day 4: back"]
    assert "You tapped" not in got("carl")["Day 4: back"]
    assert "what you tried counts without it" in got("carl")["Day 4: back"]
    sky.at("2026-03-07 08:00")  # the last mail counts what somebody did, and says nothing of the rest
    assert "You tapped Done on 2 days." in got("anna")["Day 5: bye"]
    assert "You tapped Done on one day." in got("ben")["Day 5: bye"]
    assert "what you tried counts without it" in got("carl")["Day 5: bye"]
    assert sky.broken_promises() == []


def test_a_tap_is_kept_once_and_told_by_explain(sky: Stage) -> None:
    anna = sky.enroll("anna")
    sky.at("2026-03-03 08:00")
    for _ in range(3):
        say(sky, anna, "one", Answer.DONE)
    assert [e.kind for e in sky.happened(anna) if e.kind in ("done", "not-today")] == ["done"]
    (account,) = explain(sky.db, sky.engine.shelf, parse_address("anna@example.com")).accounts
    assert "Tapped Done on one." in [line.text for line in account.lines]


@pytest.mark.parametrize("key", ["two", "bye", "nothing", ""])
def test_nothing_can_be_said_of_a_lesson_that_has_not_come(small_sky: Stage, key: str) -> None:
    anna = small_sky.enroll("anna")
    small_sky.at("2026-03-03 08:00")
    with pytest.raises(NotFound):
        say(small_sky, anna, key, Answer.DONE)


def test_a_lesson_is_read_again_as_it_was_sent_and_not_as_it_was_edited_since(small_sky: Stage) -> None:
    stage = small_sky
    anna = stage.enroll("anna")
    stage.at("2026-03-03 08:00")
    edited = tuple(replace(x, body=x.body.replace("This", "That")) for x in course().lessons)
    publish(stage.db, replace(course(), lessons=edited), stage.engine.brand, Rule.FOLLOW, stage.clock())
    with stage.db.reading() as tx:
        _, mail = reader.lesson(tx, stage.engine, anna.public_id, "one")
    assert "This is one." in mail.text


def test_a_pause_from_the_page_moves_the_plan_and_says_so_by_mail_at_most_thrice_a_day(small_sky: Stage) -> None:
    stage = small_sky
    anna = stage.enroll("anna")
    stage.at("2026-03-03 08:00")
    for _ in range(5):
        reader.pause(stage.engine, anna.public_id, None, stage.clock())
        reader.resume(stage.engine, anna.public_id, stage.clock())
    assert send_notices(stage.engine) == 6
    reader.pause(stage.engine, anna.public_id, utc("2026-03-09 00:00").date(), stage.clock())
    stage.at("2026-03-12 08:00")
    assert stage.sent(anna)["two"] == "2026-03-09"


def test_moving_to_the_same_plan_changes_nothing(small_sky: Stage) -> None:
    anna = small_sky.enroll("anna")
    desk = reader.move(small_sky.engine, anna.public_id, anna.plan, small_sky.clock())
    assert desk.run == anna
    later = reader.move(small_sky.engine, anna.public_id, Plan("UTC", time(21, 0)), small_sky.clock())
    assert later.run.plan.hour == time(21, 0)


def test_each_mail_is_compiled_once_for_each_language_and_passage_and_sending_compiles_none(
    small_sky: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, calls = small_sky, []
    made.forget()
    inlined = compiling.inlined
    monkeypatch.setattr(compiling, "inlined", lambda *given: calls.append(1) or inlined(*given))
    names = [name for name, _ in compile_course(course(), stage.engine.brand)]
    assert len(calls) == len(set(names)) == 2 * (6 + 1 + len(compiling.NOTICES))  # lessons, other passages, notices
    assert MailName("two", "de", instead=True) in names
    calls.clear()
    anna = stage.enroll("anna")
    reader.choose(stage.engine, anna.public_id, "de", "stars", stage.clock())
    stage.at("2026-03-04 08:00")
    reader.pause(stage.engine, anna.public_id, None, stage.clock())
    assert send_notices(stage.engine) == 1
    assert len(texts) == 4
    assert calls == []
