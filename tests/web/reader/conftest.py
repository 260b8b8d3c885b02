"""Anne in the middle of a course in two languages with a perspective she may opt out of. No tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from httpx2 import Response

import tests.flows.made  # noqa: F401  (mails are made once)
from dripcourse.addresses import parse_address
from dripcourse.domain.course import Action, Course, Lesson, LessonKind
from dripcourse.domain.plan import Plan
from dripcourse.domain.progress import Rule
from dripcourse.flows import publish
from dripcourse.flows.enroll import Wish, add_subscriber, enroll
from dripcourse.storage import courses
from tests.web.conftest import World, make_world

#: The moment at which lesson one has just gone out: Wednesday, 08:00 in Berlin.
MORNING = datetime(2026, 3, 4, 7, 0, tzinfo=UTC)
NEXT = "Thursday 5 March, 08:00 in Berlin"
DAYS = (
    Lesson("welcome", LessonKind.WELCOME, 0, "Hello there", "What comes", body="Good to have you."),
    Lesson(
        "one", LessonKind.LESSON, 1, "A question & an ear", "One question", "Faith", body="The old text.",
        action=Action("Ask one question."), instead="The other text.", instead_section="Another view",
    ),
    Lesson("two", LessonKind.LESSON, 2, "Day 2: wait", "A breath", body="Wait.", action=Action("Wait a breath.")),
    Lesson("bye", LessonKind.COMPLETION, 3, "All done", "The end", body="That was it."),
)  # fmt: skip
COURSE = Course("talk", "Let us talk", "en", DAYS, optional={"faith": "Faith"})
GERMAN = replace(
    COURSE,
    title="Reden wir",
    language="de",
    optional={"faith": "Glaube"},
    lessons=(replace(DAYS[0], subject="Guten Tag"), replace(DAYS[1], subject="Eine Frage", perspective="Glaube",
             body="Der alte Text.", instead="Der andere Text."), *DAYS[2:]),
)  # fmt: skip


@dataclass
class Reading:
    """Anne's pages."""

    world: World

    @property
    def me(self) -> str:
        return self.world.path("me", self.world.run().public_id)

    def get(self, rest: str = "") -> Response:
        return self.world.client.get(self.me + rest)

    def post(self, rest: str, do: str = "", **fields: str) -> Response:
        """What a browser shows after that press: it follows where the answer leads."""
        answer = self.world.client.post(self.me + rest, data={"do": do, **fields})
        return self.world.client.get(answer.headers["location"]) if answer.status_code == 303 else answer

    def look(self, button: str, **fields: str) -> Response:
        """What a button of the pace page is said to come to."""
        return self.world.client.get(f"{self.me}/pace", params={"look": button, **fields})

    def events(self, kind: str) -> int:
        """How often that stands in the ledger."""
        return sum(kind in row for row in self.world.rows("event"))

    def mails(self, template: str) -> int:
        """How many such mails were ever queued."""
        return sum(template in row for row in self.world.rows("notice"))


def plain(text: str) -> str:
    """A page without the marks that keep an address on one line."""
    return text.replace('<bdi class="whole">', "").replace("</bdi>", "")


def start(world: World) -> Reading:
    """Anne is taken in, and has had the welcome and lesson one."""
    engine, now = world.engine, world.clock()
    publish.publish(engine.db, replace(COURSE, translations=(GERMAN,)), engine.brand, Rule.FOLLOW, now)
    with engine.db.writing() as tx:
        anne = add_subscriber(tx, parse_address("anne@example.net"), "Anne", now)
        enroll(tx, engine.shelf, anne, courses.find(tx, "talk"), Wish(Plan("Europe/Berlin", time(8))), now, how="cli")
    world.send()
    world.clock.now = MORNING
    world.send()
    return Reading(world)


@pytest.fixture(scope="session")
def started(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with Anne in the middle of her course, made once; each test gets a copy."""
    folder = tmp_path_factory.mktemp("started")
    file = shutil.copy(filled, folder / "dripcourse.db")
    world = make_world(f"sqlite:///{file}", folder, ready=True)
    start(world)
    world.db.close()
    return Path(file)


@pytest.fixture
def anne(started: Path, tmp_path: Path) -> Iterator[Reading]:
    """Anne, on SQLite."""
    file = shutil.copy(started, tmp_path / "dripcourse.db")
    world = make_world(f"sqlite:///{file}", tmp_path, ready=True)
    world.clock.now = MORNING
    yield Reading(world)
    world.db.close()
