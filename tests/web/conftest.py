"""A site to click through: a published course and a form, a clock to turn, a way out that keeps mails."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy import text
from starlette.testclient import TestClient

import tests.flows.made  # noqa: F401  (mails are made once)
from dripcourse.addresses import parse_address
from dripcourse.config import Settings
from dripcourse.domain.course import Action, Course, Lesson, LessonKind
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.progress import Rule
from dripcourse.flows import dispatch, gate, notify, publish
from dripcourse.flows.engine import Engine, build_engine
from dripcourse.mail.transports import Queue, Reply, Session, one_by_one
from dripcourse.storage import courses, enrollments, forms, schema, subscribers
from dripcourse.storage.database import Database, open_database
from dripcourse.storage.tables import metadata
from dripcourse.web.app import create_app
from tests.mail.material import header, part

WORDING = "Yes, send me “Small steps” by e-mail, one lesson a day. I can stop any day."
COURSE = Course(
    slug="small-steps",
    title="Small steps at home",
    language="en",
    lessons=(
        Lesson("welcome", LessonKind.WELCOME, 0, "Welcome", "What is to come", body="Good to have you."),
        Lesson("one", LessonKind.LESSON, 1, "Day 1", "A question", body="Listen.", action=Action("Ask one question.")),
        Lesson("two", LessonKind.LESSON, 2, "Day 2", "Another", body="Wait.", action=Action("Wait a breath.")),
    ),
)


class Post:
    """A way out that accepts everything and keeps it: (recipient, bytes)."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, bytes]] = []

    @contextmanager
    def session(self) -> Iterator[Session]:
        yield self

    def deliver(self, sender: str, recipient: str, build: Callable[[], bytes], before_dot: Callable[[], None]) -> Reply:
        raw = build()
        before_dot()
        self.mails.append((recipient, raw))
        return Reply(250, "2.0.0 kept", "dot", accepted=True)

    def deliver_all(self, sender: str, queue: Queue) -> None:
        one_by_one(self, sender, queue)

    def wake(self) -> None:
        """Nobody sleeps here."""


@dataclass
class Clock:
    """Stands still until it is turned."""

    now: datetime = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class World:
    """One installation with its only subscriber-to-be, Anne."""

    engine: Engine
    settings: Settings
    clock: Clock
    post: Post
    client: TestClient

    @property
    def entry(self) -> dict[str, str]:
        """What Anne posts, who looked at the form for a minute."""
        with self.db.reading() as tx:
            form = forms.find(tx, "steps")
        ticket = gate.ticket(self.engine, form, self.clock() - timedelta(minutes=1))
        agreed = {"agree": "yes", "ticket": ticket}
        return {"address": "anne@example.net", "hour": "08:00", "zone": "Europe/Berlin", **agreed}

    @property
    def db(self) -> Database:
        return self.engine.db

    def sign_up(self, **other: str) -> bytes:
        """Fill in the form as Anne, or with other values; the page that comes back."""
        answer = self.client.post("/f/steps", data=self.entry | other)
        assert answer.status_code == 202, answer.text
        return answer.content

    def send(self) -> list[tuple[str, bytes]]:
        """Send all that is due now; what went out."""
        before = len(self.post.mails)
        while notify.send_notices(self.engine):
            pass
        dispatch.send_due(self.engine)
        return self.post.mails[before:]

    def confirm_link(self) -> str:
        """Anne signs up and looks into her mail."""
        self.sign_up()
        ((_, raw),) = self.send()
        return link(raw, "confirm")

    def enrolled(self) -> Enrollment:
        """Anne signs up and confirms."""
        assert self.client.post(self.confirm_link(), data={"do": "confirm"}).status_code == 200
        return self.run()

    def run(self) -> Enrollment:
        """Anne's newest run."""
        return self.runs()[-1]

    def runs(self) -> list[Enrollment]:
        with self.db.reading() as tx:
            person = subscribers.lookup(tx, parse_address("anne@example.net").key)
            return enrollments.of_subscriber(tx, person.id) if person else []

    def path(self, purpose: str, public_id: str) -> str:
        return f"/{purpose}/{self.engine.links.token(purpose, public_id)}"

    def rows(self, table: str) -> list[tuple[object, ...]]:
        """All rows of a table."""
        with self.db.reading() as tx:
            return [tuple(row) for row in tx.execute(metadata.tables[table].select())]

    def fingerprint(self) -> str:
        """A hash over every row of every table there is, ours or not."""
        seen = hashlib.sha256()
        with self.db.reading() as tx:
            for name in sorted(metadata.tables):
                rows = sorted(str(tuple(row)) for row in tx.execute(text(f'SELECT * FROM "{name}"')))
                seen.update(f"{name}{rows}".encode())
        return seen.hexdigest()


def link(raw: bytes, purpose: str) -> str:
    """The path of the one link for that purpose in a mail's plain text, as it came over the wire."""
    (found,) = set(re.findall(rf"https://course\.example\.org(/{purpose}/\S+)", part(raw, "plain")))
    return str(found)


def one_click_link(raw: bytes) -> str:
    """The path of the https address in List-Unsubscribe."""
    (found,) = re.findall(r"<https://course\.example\.org(/[^>]+)>", header(raw, "List-Unsubscribe"))
    return str(found)


def make_world(url: str, folder: Path, *, ready: bool = False, **settings: Any) -> World:
    """The installation; its database is empty, or `ready`, a copy of one that this function has filled before."""
    values: dict[str, Any] = {
        "base_url": "https://course.example.org",
        "secret_keys": ("a-key-that-only-this-test-knows",),
        "from_address": "course@example.org",
        "postal_address": "12 Mill Lane, Springfield, VT 05156",
        "state_dir": folder,
    }
    made, clock, post = Settings(**{**values, **settings}), Clock(), Post()
    engine = replace(build_engine(made, open_database(url, scratch=True), clock, post), journals=None)
    if not ready:
        _fill(engine)
    return World(engine, made, clock, post, browser(create_app(engine, made)))


def _fill(engine: Engine) -> None:
    """The tables, the course and its form."""
    now = engine.clock()
    with engine.db.writing() as tx:
        schema.upgrade(tx)
    publish.publish(engine.db, COURSE, engine.brand, Rule.FOLLOW, now)
    with engine.db.writing() as tx:
        course_id = courses.find(tx, COURSE.slug).id
        forms.add(tx, slug="steps", title="Small steps, by mail", wording=WORDING, course_id=course_id, at=now)


def browser(app: FastAPI, **options: Any) -> TestClient:
    """A client that follows nothing, and to which no answer may ever bring a cookie."""
    client = TestClient(app, base_url="https://course.example.org", follow_redirects=False, **options)
    client.event_hooks = {"response": [_no_cookie]}
    return client


def _no_cookie(answer: Response) -> None:
    assert "set-cookie" not in answer.headers


@pytest.fixture
def both(database_url: str, tmp_path: Path) -> Iterator[World]:
    """The world on SQLite and on PostgreSQL."""
    world = make_world(database_url, tmp_path)
    yield world
    world.db.close()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the course in it, made once; each test gets a copy."""
    folder = tmp_path_factory.mktemp("filled")
    make_world(f"sqlite:///{folder / 'dripcourse.db'}", folder).db.close()
    return folder / "dripcourse.db"


@pytest.fixture
def world(filled: Path, tmp_path: Path) -> Iterator[World]:
    """The world on SQLite, for what does not depend on the database."""
    file = shutil.copy(filled, tmp_path / "dripcourse.db")
    made = make_world(f"sqlite:///{file}", tmp_path, ready=True)
    yield made
    made.db.close()
