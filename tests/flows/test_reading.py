"""What readers do from their mails: tell how a lesson went, choose passages and languages, pause; what that changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import time
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from dripcourse.addresses import parse_address
from dripcourse.domain.answers import Answer
from dripcourse.domain.course import Action, Course, Lesson, LessonKind
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.plan import Plan
from dripcourse.domain.progress import Rule
from dripcourse.errors import InputError, NotFound
from dripcourse.flows import pace, reader
from dripcourse.flows.explain import explain
from dripcourse.flows.notify import send_notices
from dripcourse.flows.publish import compile_course, publish
from dripcourse.mail import compile as compiling
from dripcourse.mail.transports import Reply
from dripcourse.storage.courses import MailName
from tests.flows.stage import Post, Stage, raised, utc


class Keeping(Post):
    """Keeps the text of what it accepts: (recipient, subject, text)."""

    def deliver(self, sender, recipient, build, before_dot) -> Reply:  # type: ignore[no-untyped-def]
        raw = build()
        message = BytesParser(policy=policy.default).parsebytes(raw)
        part = message.get_body(("plain",))
        assert part is not None
        texts.append((recipient.partition("@")[0], str(message["Subject"]), " ".join(str(part.get_content()).split())))
        return super().deliver(sender, recipient, lambda: raw, before_dot)


texts: list[tuple[str, str, str]] = []


def lesson(key: str, day: int, kind: LessonKind, **more: str) -> Lesson:
    texts = {"body": f"This is {key}.", "action": Action("Do one thing.", 5), **more}
    return Lesson(key, kind, day, f"Day {day}: {key}", f"The preheader of {key}.", **texts)  # type: ignore[arg-type]


def small(language: str = "en") -> Course:
    """Three lessons, one of them with another passage, a look back, a farewell."""
    other = {"perspective": "Stars", "instead": "This is plain.", "instead_section": "On the ground"}
    lessons = (
        lesson("hello", 0, LessonKind.WELCOME),
        lesson("one", 1, LessonKind.LESSON),
        lesson("two", 2, LessonKind.LESSON, **other),
        lesson("three", 3, LessonKind.LESSON),
        lesson("back", 4, LessonKind.RECAP),
        lesson("bye", 5, LessonKind.COMPLETION),
    )
    return Course("sky", "Sky", language, lessons, optional={"stars": "Stars"})


def course() -> Course:
    german = tuple(replace(each, subject=f"Tag {each.day}: {each.key}") for each in small().lessons)
    return replace(small(), translations=(replace(small("de"), title="Himmel", lessons=german),))


@contextmanager
def on(url: str, folder: Path) -> Iterator[Stage]:
    texts.clear()
    with raised(url, folder, transport=Keeping, course=False) as stage:
        publish(stage.db, course(), stage.engine.brand, Rule.FOLLOW, stage.clock())
        yield replace(stage, slug="sky")


@pytest.fixture
def sky(database_url: str, tmp_path: Path) -> Iterator[Stage]:
    with on(database_url, tmp_path) as stage:
        yield stage


@pytest.fixture
def small_sky(sqlite_url: str, tmp_path: Path) -> Iterator[Stage]:
    with on(sqlite_url, tmp_path) as stage:
        yield stage


def got(name: str) -> dict[str, str]:
    """The mails of that person: subject -> text."""
    return {subject: text for to, subject, text in texts if to == name}


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


def test_who_opts_out_gets_the_other_passage_and_the_same_action_on_that_day_only(sky: Stage) -> None:
    anna = sky.enroll("anna")
    sky.enroll("ben")
    desk = reader.choose(sky.engine, anna.public_id, "", "stars", sky.clock())
    assert desk.run.without == "stars"
    sky.at("2026-03-06 08:00")
    assert "This is plain." in got("anna")["Day 2: two"]
    assert "ON THE GROUND" in got("anna")["Day 2: two"].upper()
    assert "Stars" not in got("anna")["Day 2: two"]
    assert "Do one thing." in got("anna")["Day 2: two"]
    assert "This is two." in got("ben")["Day 2: two"]
    assert got("anna")["Day 1: one"].count("This is one.") == 1


def test_who_chooses_german_gets_mails_and_notices_in_german_from_then_on(sky: Stage) -> None:
    anna = sky.enroll("anna")
    sky.at("2026-03-03 08:00")
    reader.choose(sky.engine, anna.public_id, "de", "", sky.clock())
    sky.at("2026-03-04 08:00")
    reader.pause(sky.engine, anna.public_id, utc("2026-03-10 00:00").date(), sky.clock())
    send_notices(sky.engine)
    reader.resume(sky.engine, anna.public_id, sky.clock())
    send_notices(sky.engine)
    said = got("anna")
    assert "Day 1: one" in said
    assert "Tag 2 von 4" in said["Tag 2: two"]
    assert "angemeldet" in said["Tag 2: two"]
    paused, resumed = [text for to, subject, text in texts if "Himmel" in subject]
    assert "frühestens am Dienstag, 10. März 2026" in paused
    assert "Donnerstag, 5. März 2026, um 08:00 Uhr" in resumed


@pytest.mark.parametrize(("language", "without", "found"), [("fr", "", "'fr'"), ("", "moon", "'moon'")])
def test_a_choice_the_course_does_not_offer_is_refused(
    small_sky: Stage, language: str, without: str, found: str
) -> None:
    anna = small_sky.enroll("anna")
    with pytest.raises(InputError, match=found):
        reader.choose(small_sky.engine, anna.public_id, language, without, small_sky.clock())
    assert small_sky.again(anna) == anna


def test_a_choice_outlives_a_restart_and_a_version_without_it(small_sky: Stage) -> None:
    stage = small_sky
    anna = stage.enroll("anna")
    reader.choose(stage.engine, anna.public_id, "de", "stars", stage.clock())
    again = stage.do(pace.restart, stage.again(anna))
    assert (again.language, again.without) == ("de", "stars")
    plain = replace(small(), optional={}, lessons=tuple(replace(x, instead="") for x in small().lessons))
    publish(stage.db, plain, stage.engine.brand, Rule.FOLLOW, stage.clock())  # neither German nor other passages
    stage.at("2026-03-04 08:00")
    assert "This is two." in got("anna")["Day 2: two"]


def test_what_is_no_longer_offered_keeps_nobody_from_choosing_something_else(small_sky: Stage) -> None:
    stage = small_sky
    anna = stage.enroll("anna")
    reader.choose(stage.engine, anna.public_id, "de", "stars", stage.clock())
    other = {"optional": {"moon": "Stars"}}
    publish(stage.db, replace(small(), **other), stage.engine.brand, Rule.FOLLOW, stage.clock())  # type: ignore[arg-type]
    desk = reader.choose(stage.engine, anna.public_id, "de", "stars,moon", stage.clock())
    assert (desk.run.language, desk.run.without) == ("", "moon")
    again = stage.do(pace.restart, desk.run)
    assert (again.language, again.without) == ("", "moon")


def test_who_signs_up_once_more_need_not_opt_out_again(small_sky: Stage) -> None:
    stage = small_sky
    anna = stage.enroll("anna")
    reader.choose(stage.engine, anna.public_id, "", "stars", stage.clock())
    stage.do(pace.cancel, anna)
    assert stage.enroll("anna").without == "stars"


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
    inlined = compiling.inlined
    monkeypatch.setattr(compiling, "inlined", lambda *given: calls.append(1) or inlined(*given))
    names = [name for name, _ in compile_course(course(), stage.engine.brand)]
    assert len(calls) == len(set(names)) == 2 * (6 + 1 + 5)  # lessons, other passages, notices
    assert MailName("two", "de", instead=True) in names
    calls.clear()
    anna = stage.enroll("anna")
    reader.choose(stage.engine, anna.public_id, "de", "stars", stage.clock())
    stage.at("2026-03-04 08:00")
    reader.pause(stage.engine, anna.public_id, None, stage.clock())
    assert send_notices(stage.engine) == 1
    assert len(texts) == 4
    assert calls == []
