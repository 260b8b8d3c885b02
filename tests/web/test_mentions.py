"""A lesson that names its reader, from the database to his mail and his own pages."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Engine
from sqlalchemy.event import listen, remove

from dripcourse.domain.course import Lesson
from dripcourse.domain.progress import Rule
from dripcourse.flows import publish
from dripcourse.storage import subscribers
from tests.mail.material import header, part
from tests.web.conftest import COURSE, World, one_click_link

TOWN = "<b>Bern</b> {{7*7}} {name|x}"


def naming(lesson: Lesson) -> Lesson:
    return replace(lesson, subject=f"{lesson.subject} for {{name|you}}", body="Dear {name|friend} of {city|your town}.")


def read_a_lesson(world: World, name: str, city: str) -> tuple[bytes, str]:
    """Anne's first lesson as a mail, and as the page of it."""
    course = replace(COURSE, lessons=tuple(naming(lesson) for lesson in COURSE.lessons))
    publish.publish(world.db, course, world.engine.brand, Rule.FOLLOW, world.clock())
    run = world.enrolled()
    with world.db.writing() as tx:
        subscribers.keep(tx, run.subscriber_id, name=name, fields={"city": city})
    world.send()
    world.clock.turn(hours=19)
    ((_, raw),) = world.send()
    return raw, world.path("me", run.public_id)


def test_mail_and_pages_say_what_its_reader_gave(both: World) -> None:
    raw, me = read_a_lesson(both, "Anne O'Neil", TOWN)
    assert header(raw, "Subject") == "Day 1 for Anne O'Neil"
    assert f"Dear Anne O'Neil of {TOWN}." in " ".join(part(raw, "plain").split())
    assert "of &lt;b&gt;Bern&lt;/b&gt; {{7*7}} {name|x}." in part(raw, "html")
    page = both.client.get(f"{me}/lesson/one").text
    assert "of &lt;b&gt;Bern&lt;/b&gt; {{7*7}} {name|x}." in page
    assert "for Anne O&#39;Neil" in both.client.get(f"{me}/lessons").text
    assert one_click_link(raw).startswith("/one-click/")


def test_who_gave_nothing_is_a_friend_of_his_town(world: World) -> None:
    raw, me = read_a_lesson(world, "", "")
    assert header(raw, "Subject") == "Day 1 for you"
    assert "Dear friend of your town." in part(raw, "plain")
    assert "for you" in world.client.get(f"{me}/lessons").text


def test_fields_are_read_once_for_a_batch_and_only_where_a_lesson_mentions_any(world: World) -> None:
    asked: list[str] = []

    def note(*statement: object) -> None:
        asked.extend(text for text in statement if isinstance(text, str) and "subscriber.fields" in text)

    world.enrolled()
    world.send()
    world.clock.turn(hours=19)
    listen(Engine, "before_cursor_execute", note)
    try:
        world.send()
        assert asked == []
        course = replace(COURSE, lessons=tuple(naming(lesson) for lesson in COURSE.lessons))
        publish.publish(world.db, course, world.engine.brand, Rule.FOLLOW, world.clock())
        world.clock.turn(days=1)
        assert len(world.send()) == 1
        assert len(asked) == 1
    finally:
        remove(Engine, "before_cursor_execute", note)
