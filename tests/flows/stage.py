"""A stage for the sending engine: a small course, people, a virtual clock and a way out that does as it is told."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import insert

import tests.flows.made  # noqa: F401  (mails are made once)
from dripcourse.addresses import parse_address
from dripcourse.config import Settings
from dripcourse.domain.course import Action, Course, Lesson, LessonKind
from dripcourse.domain.enrollment import Delivery, Enrollment
from dripcourse.domain.plan import Plan
from dripcourse.domain.progress import Rule
from dripcourse.flows.dispatch import send_due
from dripcourse.flows.engine import Engine, build_engine
from dripcourse.flows.enroll import Wish, add_subscriber, enroll
from dripcourse.flows.leftovers import settle_leftovers
from dripcourse.flows.publish import publish
from dripcourse.flows.tick import tick
from dripcourse.flows.verify import verify
from dripcourse.mail.brand import Brand
from dripcourse.mail.compile import compile_lesson
from dripcourse.mail.transports import NO_ANSWER, Queue, Reply, Session, Transport, one_by_one
from dripcourse.mail.transports.sink import Sink
from dripcourse.mail.transports.smtp import SmtpSettings, SmtpTransport
from dripcourse.storage import courses, deliveries, enrollments, events, heartbeats, subscribers
from dripcourse.storage.database import Database, open_database
from dripcourse.storage.events import Event
from dripcourse.storage.tables import mail, metadata

MONDAY_NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
UTC_8 = Plan("UTC", time(8, 0))
TAKEN = Reply(250, "2.0.0 kept", "dot", accepted=True)
LOST = Reply(NO_ANSWER, "connection lost", "dot", accepted=False, in_doubt=True)


def refusal(code: int, text: str, stage: str = "rcpt") -> Reply:
    """A server's "no" or "later"."""
    return Reply(code, text, stage, accepted=False)


def utc(text: str) -> datetime:
    """The moment "2026-03-03 08:00" in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day(text: str) -> date:
    """The date "2026-03-03"."""
    return date.fromisoformat(text)


def lesson(key: str, number: int = 1, kind: LessonKind = LessonKind.LESSON) -> Lesson:
    """A short lesson of that key."""
    return Lesson(key, kind, number, f"Subject of {key}", body=f"This is {key}.", action=Action("Do one thing."))


def small_course(*keys: str, slug: str = "steady", title: str = "Steady") -> Course:
    """A course of these keys in order; without keys: welcome, one … four, completion."""
    kinds = {"welcome": LessonKind.WELCOME, "completion": LessonKind.COMPLETION}
    order = keys or ("welcome", "one", "two", "three", "four", "completion")
    made = tuple(lesson(key, place, kinds.get(key, LessonKind.LESSON)) for place, key in enumerate(order))
    return Course(slug, title, "en", made)


@dataclass
class Clock:
    """A virtual clock; only tests move it."""

    now: datetime = MONDAY_NOON

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Mail:
    """One mail that was accepted: for whom, which Message-ID, and when."""

    to: str
    message_id: str
    at: datetime


def message_id(raw: bytes) -> str:
    """The Message-ID in a mail's bytes."""
    found = re.search(rb"^Message-ID:\s*(<[^>]+>)", raw, re.M | re.I)
    assert found is not None
    return found[1].decode()


class Killed(BaseException):
    """A worker dies at this point: nothing of it runs any more, not even what would tidy up."""


class Gate:
    """A place at which the sender can be held until the test lets it go."""

    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

    def pass_through(self) -> None:
        self.reached.set()
        assert self.open.wait(20), "nobody opened the gate"


@dataclass
class Post:
    """A way out that keeps what it accepts. `answer` gives the reply to (recipient, its how manieth try, from 1).

    `gates` hold the sender: at "mail" (before MAIL FROM), "dot" (before the final dot), "reply" (after the dot).
    """

    clock: Callable[[], datetime]
    answer: Callable[[str, int], Reply] = lambda _to, _try: TAKEN
    gates: dict[str, Gate] = field(default_factory=dict)
    begun: list[tuple[str, datetime]] = field(default_factory=list)
    accepted: list[Mail] = field(default_factory=list)

    @contextmanager
    def session(self) -> Iterator[Session]:
        yield self

    def deliver(self, sender: str, recipient: str, build: Callable[[], bytes], before_dot: Callable[[], None]) -> Reply:
        self._gate("mail")
        self.begun.append((recipient, self.clock()))
        raw = build()
        reply = self.answer(recipient, sum(1 for to, _ in self.begun if to == recipient))
        self._gate("dot")
        if reply.stage == "dot":
            before_dot()
            if reply.accepted or reply.in_doubt:
                self.accepted.append(Mail(recipient, message_id(raw), self.clock()))
        self._gate("reply")
        return reply

    def deliver_all(self, sender: str, queue: Queue) -> None:
        one_by_one(self, sender, queue)

    def wake(self) -> None:
        """Nobody sleeps here."""

    def _gate(self, name: str) -> None:
        gate = self.gates.get(name)
        if gate is not None:
            gate.pass_through()


def to_sink(sink: Sink) -> SmtpTransport:
    """A real SMTP conversation with the sink."""
    return SmtpTransport(SmtpSettings("127.0.0.1", sink.port, "plain", timeout=10, deadline=30))


def make_tables(db: Database) -> None:
    """All tables at once; that the migrations come to the same is shown elsewhere."""
    with db.writing() as tx:
        metadata.create_all(tx)


def make_settings(folder: Path, **values: object) -> Settings:
    """An installation whose state lives in that folder."""
    shown = {"postal_address": "1 Main St", "state_dir": folder / "state", "consent_age": 0}
    return Settings.model_validate({**shown, **values})


@cache
def _one_mail(brand: Brand) -> dict[str, object]:
    course = small_course("one")
    return asdict(compile_lesson(course, course.lessons[0], brand))


@dataclass
class Stage:
    """The engine with everything around it. Each method is what a test would say in one line."""

    engine: Engine
    clock: Clock
    slug: str = "steady"

    @property
    def db(self) -> Database:
        return self.engine.db

    @property
    def post(self) -> Post:
        assert isinstance(self.engine.transport, Post)
        return self.engine.transport

    def with_engine(self, **changes: object) -> Stage:
        return replace(self, engine=replace(self.engine, **changes))  # type: ignore[arg-type]

    def publish(self, *keys: str, rule: Rule = Rule.FOLLOW, slug: str = "") -> courses.Version:
        course = small_course(*keys, slug=slug or self.slug)
        return publish(self.db, course, self.engine.brand, rule, self.clock())

    def publish_quickly(self, *keys: str, rule: Rule = Rule.FOLLOW) -> courses.Version:
        """The same with the first lesson's mail for all lessons: for courses of many, where the keys are proof."""
        course = small_course(*keys, slug=self.slug)
        version = publish(self.db, course, self.engine.brand, rule, self.clock(), compiled=False)
        content = _one_mail(self.engine.brand)
        with self.db.writing() as tx:
            rows = [{"version_id": version.id, **courses.MailName(key)._asdict(), "content": content} for key in keys]
            tx.execute(insert(mail), rows)
        return version

    def enroll(
        self, name: str, plan: Plan = UTC_8, slug: str = "", domain: str = "example.com", start: date | None = None
    ) -> Enrollment:
        with self.db.writing() as tx:
            address = parse_address(f"{name}@{domain}")
            person = subscribers.lookup(tx, address.key) or add_subscriber(tx, address, name.title(), self.clock())
            course = courses.find(tx, slug or self.slug)
            return enroll(tx, self.engine.shelf, person, course, Wish(plan, start), self.clock(), how="cli")

    def do(self, change: Callable[..., Enrollment], one: Enrollment, *args: object, **more: object) -> Enrollment:
        """A function of flows.pace, in a transaction of its own: `stage.do(pace.pause, anna)`."""
        before = () if change.__name__ in ("cancel", "end") else (self.engine.shelf,)
        with self.db.writing() as tx:
            return change(tx, *before, one.id, *args, self.clock(), **{"how": "cli", **more})

    def send(self) -> dict[str, int]:
        """Batches until nothing is due; how many of each outcome."""
        total: dict[str, int] = {}
        batches = 0
        while (report := send_due(self.engine)).claimed:
            batches += 1
            assert batches < 1000, f"it spins at {self.clock.now}: {report}"
            for kind, number in report.outcomes.items():
                total[kind] = total.get(kind, 0) + number
        return total

    def at(self, moment: str | datetime) -> dict[str, int]:
        """Time passes without an outage until that moment, each lesson at its minute; the outcomes on the way."""
        end = utc(moment) if isinstance(moment, str) else moment
        total: dict[str, int] = {}
        steps = 0
        while (due := self.next_due()) is not None and due <= end:
            steps += 1
            assert steps < 5000, f"it spins at {self.clock.now}"
            self.jump(max(due, self.clock.now))
            outcomes = self.send()
            if not outcomes and self.next_due() == due:  # a dead worker still holds it
                self.jump(self.clock.now + MINUTE)
            for kind, number in outcomes.items():
                total[kind] = total.get(kind, 0) + number
        self.jump(end)
        return total

    def jump(self, moment: str | datetime) -> None:
        """The clock moves, the scheduler ticked all the while, and no worker did anything."""
        self.clock.now = utc(moment) if isinstance(moment, str) else moment
        with self.db.writing() as tx:
            heartbeats.beat(tx, "tick", self.clock.now)
            settle_leftovers(self.engine, tx, self.clock.now)

    def past_the_lease(self) -> None:
        """So much later that whoever holds a batch now holds it no longer."""
        self.jump(self.clock.now + self.engine.lease + MINUTE)

    def outage_until(self, moment: str) -> None:
        """Nothing runs until then; then the scheduler comes back and ticks."""
        self.clock.now = utc(moment)
        tick(self.engine)

    def next_due(self) -> datetime | None:
        with self.db.reading() as tx:
            return enrollments.next_due(tx)

    def again(self, one: Enrollment) -> Enrollment:
        """That run as it is now."""
        with self.db.reading() as tx:
            return enrollments.by_public_id(tx, one.public_id)

    def rows(self, one: Enrollment) -> dict[str, Delivery]:
        """Its deliveries by lesson."""
        with self.db.reading() as tx:
            return {row.lesson_key: row for row in deliveries.of_enrollment(tx, one.id)}

    def happened(self, one: Enrollment, kind: str = "") -> list[Event]:
        """What the ledger of events says of it, oldest first; of one kind if given."""
        with self.db.reading() as tx:
            return [e for e in events.of_enrollment(tx, one.id) if kind in ("", e.kind)]

    def sent(self, one: Enrollment) -> dict[str, str]:
        """Each lesson that went and its local date: {"one": "2026-03-03", …}; the welcome mail has none."""
        rows = self.rows(one).values()
        return {row.lesson_key: str(row.local_date or "") for row in rows if row.state == "sent"}

    def ledger(self) -> set[tuple[str, str, str]]:
        """(person, lesson, local date) of everything that went, of everybody."""
        found = set()
        with self.db.reading() as tx:
            runs = enrollments.after(tx, 0, 1000)
            people = subscribers.many(tx, [one.subscriber_id for one in runs])
            rows = deliveries.of_enrollments(tx, [one.id for one in runs])
        for one in runs:
            name = people[one.subscriber_id].address.partition("@")[0]
            found |= {(name, r.lesson_key, str(r.local_date or "")) for r in rows[one.id] if r.state == "sent"}
        return found

    def doubts(self) -> int:
        with self.db.reading() as tx:
            return deliveries.counts(tx)["doubts"]

    def broken_promises(self) -> list[str]:
        """What `dripcourse verify` would find."""
        found = verify(self.db, self.engine.shelf, self.clock()).findings
        return [f"{one.promise}: {one.what}" for one in found]


@contextmanager
def raised(
    url: str,
    folder: Path,
    *,
    transport: Callable[[Clock], Transport] = Post,
    course: bool = True,
    scratch: bool = True,
    **values: object,
) -> Iterator[Stage]:
    """A stage on an empty database, with the small course published."""
    clock = Clock()
    db = open_database(url, scratch=scratch)
    make_tables(db)
    stage = Stage(build_engine(make_settings(folder, database_url=url, **values), db, clock, transport(clock)), clock)
    try:
        if course:
            stage.publish()
        stage.jump(clock.now)
        yield stage
    finally:
        db.close()
