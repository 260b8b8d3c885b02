"""A reader's language and passages stand in his plan, in the ledger, and at each lesson he was sent with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dripcourse.addresses import parse_address
from dripcourse.flows import pace, reader
from dripcourse.flows.choices import Choice
from dripcourse.flows.enroll import Wish, add_subscriber, enroll
from dripcourse.flows.explain import Account, explain
from dripcourse.flows.imports import import_people, read_rows
from dripcourse.storage import courses, enrollments
from tests.flows import sky
from tests.flows.stage import UTC_8, Stage

ANNA = parse_address("anna@example.com")


@pytest.fixture
def stage(sqlite_url: str, tmp_path: Path) -> Iterator[Stage]:
    """The course in English and German; its second lesson has another passage for those who opted out of stars."""
    with sky.on(sqlite_url, tmp_path) as found:
        yield found


def enrolled(stage: Stage, language: str = "", without: str = "") -> str:
    with stage.db.writing() as tx:
        anna, row = add_subscriber(tx, ANNA, "Anna", stage.clock()), courses.find(tx, "sky")
        wish = Wish(UTC_8, language=language, without=without)
        return enroll(tx, stage.engine.shelf, anna, row, wish, stage.clock(), how="cli").public_id


def account(stage: Stage) -> Account:
    return explain(stage.db, stage.engine.shelf, ANNA).accounts[-1]


def lines(stage: Stage, word: str) -> list[str]:
    return [line.text for line in account(stage).lines if word in line.text]


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (Choice(), ""),
        (Choice("de"), "in de"),
        (Choice(without="stars"), "without stars"),
        (Choice("de", "stars,moon"), "in de, without stars, without moon"),
    ],
)
def test_a_choice_is_said_where_it_differs_from_the_course(choice: Choice, words: str) -> None:
    assert str(choice) == words


def test_plan_and_ledger_name_what_he_was_enrolled_with(stage: Stage) -> None:
    enrolled(stage, "de", "stars")
    assert account(stage).plan == "08:00 UTC, every day, in de, without stars"
    assert lines(stage, "Enrolled") == ["Enrolled by cli: 08:00 UTC, every day, in de, without stars."]


def test_the_courses_own_language_is_not_named(stage: Stage) -> None:
    enrolled(stage, "en")
    assert account(stage).plan == "08:00 UTC, every day"
    assert lines(stage, "Enrolled") == ["Enrolled by cli: 08:00 UTC, every day."]


def test_an_import_says_it_too(stage: Stage) -> None:
    rows = read_rows(["address,course,language,without\n", f"{ANNA.text},sky,de,stars\n"])
    import_people(stage.db, stage.engine.shelf, rows, stage.clock())
    assert lines(stage, "Enrolled") == ["Enrolled by cli: 08:00 UTC, every day, in de, without stars."]


def test_each_lesson_says_as_which_mail_it_went(stage: Stage) -> None:
    one = enrolled(stage)
    stage.at("2026-03-03 09:00")
    reader.choose(stage.engine, one, "de", "stars", stage.clock())
    stage.at("2026-03-04 09:00")
    reader.choose(stage.engine, one, "en", "", stage.clock())
    stage.at("2026-03-05 09:00")
    found = [text.partition(" was accepted")[0] for text in lines(stage, "was accepted")]
    assert found == [
        "hello («Day 0: hello»)",
        "one («Day 1: one»)",
        "two («Tag 2: two») in de, with the other passage",
        "three («Day 3: three»)",
    ]


def test_only_the_lessons_with_another_passage_say_so(stage: Stage) -> None:
    enrolled(stage, without="stars")
    stage.at("2026-03-05 09:00")
    told = [text.partition(" was accepted")[0] for text in lines(stage, "with the other passage")]
    assert told == ["two («Day 2: two») with the other passage"]


def test_a_restart_goes_on_with_the_choice(stage: Stage) -> None:
    enrolled(stage, "de", "stars")
    with stage.db.reading() as tx:
        (run,) = enrollments.after(tx, 0, 10)
    stage.do(pace.restart, run)
    assert account(stage).run == 2
    assert lines(stage, "Enrolled") == ["Enrolled by cli: 08:00 UTC, every day, in de, without stars."]


@pytest.mark.parametrize("typed", ["DE", "De", "de"])
def test_a_language_is_known_in_any_case(stage: Stage, typed: str) -> None:
    enrolled(stage, typed)
    assert account(stage).plan == "08:00 UTC, every day, in de"


def test_the_courses_own_language_is_known_in_any_case(stage: Stage) -> None:
    enrolled(stage, "EN")
    assert account(stage).plan == "08:00 UTC, every day"
