"""What a reader does from his own pages: says how a lesson went, chooses other passages or a language, pauses, moves.

What he does with single lessons and whole runs (send now, skip, once more, anew) is in `wishes`.

Each in one transaction, written to the ledger, and each a sign that he is there (`telling.heard_from`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from dripcourse.domain.answers import Answer
from dripcourse.domain.budgets import CHANGES_A_DAY, DAY
from dripcourse.domain.calendar import local_date
from dripcourse.domain.enrollment import Delivery, Enrollment
from dripcourse.domain.mentions import of_reader, replaced
from dripcourse.domain.plan import Plan
from dripcourse.domain.states import DeliveryState
from dripcourse.errors import Enough, NotFound
from dripcourse.flows import pace, telling
from dripcourse.flows.books import Book
from dripcourse.flows.choices import Choice, choice_at
from dripcourse.flows.engine import Engine
from dripcourse.mail.slots import CompiledMail
from dripcourse.storage import answers, deliveries, enrollments, events, subscribers
from dripcourse.storage.courses import MailName
from dripcourse.storage.database import Transaction
from dripcourse.storage.events import Event

#: What has gone out to him, or may have.
_HAD = (DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.SENDING)
_READ = (*_HAD, DeliveryState.SKIPPED)


@dataclass(frozen=True)
class Had:
    """A lesson its reader has had. `said` is "" where he has said nothing of it."""

    key: str
    day: int
    kind: str
    subject: str
    said: str
    sent_at: datetime | None


@dataclass(frozen=True)
class Desk:
    """All that a reader's own pages show: his run, the course in his language, the lessons he has had, oldest first.

    `left_out` are those that were skipped at his wish; `fields` are what his lessons may say of himself.
    """

    run: Enrollment
    book: Book
    lessons: tuple[Had, ...]
    fields: Mapping[str, object]
    left_out: tuple[Had, ...] = ()


def desk(tx: Transaction, engine: Engine, public_id: str) -> Desk:
    """Where that reader stands. Raises NotFound for a run that is no more."""
    one = enrollments.by_public_id(tx, public_id)
    book = engine.shelf.book(tx, one.version_id)
    said = answers.of_runs(tx, [one.id]).get(one.id, {})
    rows = deliveries.of_enrollment(tx, one.id)
    had = [_had(book, engine.shelf.book(tx, row.version_id), one.language, row, said) for row in rows if _shows(row)]
    person = subscribers.many(tx, [one.subscriber_id]).get(one.subscriber_id)  # None: erased at this moment
    fields = of_reader(person.name, person.fields) if person else {}
    lessons = sorted((_of_him(lesson, fields) for lesson in had if lesson), key=lambda lesson: lesson.day)
    skipped = {row.lesson_key for row in rows if row.state is DeliveryState.SKIPPED}
    received = tuple(lesson for lesson in lessons if lesson.key not in skipped)
    return Desk(one, book, received, fields, tuple(lesson for lesson in lessons if lesson.key in skipped))


def ahead(found: Desk, book: Book, key: str | None) -> Had | None:
    """A lesson that is still to come, as its mail will be called; None where the course has it no more."""
    place = next((place for place in book.lessons if place[0] == key), None)
    if place is None:
        return None
    subject = {**book.version.subjects, **book.edition(found.run.language).subjects}.get(place[0], "")
    return _of_him(Had(*place, subject, "", None), found.fields)


def _of_him(lesson: Had, fields: Mapping[str, object]) -> Had:
    """With what its subject says of him filled in."""
    return replace(lesson, subject=replaced(lesson.subject, lambda each: each.told(fields)))


def _shows(row: Delivery) -> bool:
    """Whether his pages have it: it went out, or he (or an admin for him) skipped it."""
    return row.state in _HAD or (row.state is DeliveryState.SKIPPED and row.reason.startswith("skipped by"))


def _had(book: Book, sent: Book, language: str, row: Delivery, said: Mapping[str, str]) -> Had | None:
    """The lesson as his course has it now; as the version it was sent from had it, where it was dropped since.

    None for one that had been dropped when it was skipped.
    """
    known = {key: (day, kind) for each in (sent, book) for key, day, kind in each.lessons}
    subjects: dict[str, str] = {}
    for each in (sent, book):
        subjects |= {**each.version.subjects, **each.edition(language).subjects}
    key = row.lesson_key
    if key not in known:
        return None
    return Had(key, *known[key], subjects[key], said.get(key, ""), row.sent_at)


def lesson(tx: Transaction, engine: Engine, public_id: str, key: str) -> tuple[Desk, CompiledMail]:
    """A lesson as he had it, or would have had it: its version, language and passage. Raises NotFound."""
    found = desk(tx, engine, public_id)
    book, name = which_had(tx, engine, found.run, key, among=_READ)
    return found, book.mail(tx, name)


def which_had(
    tx: Transaction, engine: Engine, one: Enrollment, key: str, among: Collection[DeliveryState] = _HAD
) -> tuple[Book, MailName]:
    """The version a lesson was sent from, and which of its mails that was: by what he had chosen when it went.

    Raises NotFound for a lesson he has not had.
    """
    row = _delivery(tx, one, key, among)
    book = engine.shelf.book(tx, row.version_id)
    ledger = events.of_enrollment(tx, one.id)
    chosen = choice_at(ledger, row.sent_at or row.created_at) if ledger else Choice(one.language, one.without)
    return book, book.which(key, chosen.language, chosen.without)


def say(engine: Engine, public_id: str, key: str, answer: Answer, now: datetime) -> Desk:
    """Done, or not today. The last tap counts; the same again changes nothing. Raises NotFound for a lesson not had."""
    with engine.db.writing() as tx:
        one = at_work(tx, public_id, now)
        _delivery(tx, one, key)
        before = answers.of_runs(tx, [one.id]).get(one.id, {}).get(key)
        if before != answer.value:
            answers.say(tx, one.id, key, answer.value, now)
            events.record(tx, [Event(now, answer.value, "web", one.subscriber_id, one.id, {"lesson": key})])
            telling.heard_from(tx, engine.shelf.book(tx, one.version_id), one)
        return desk(tx, engine, public_id)


def choose(engine: Engine, public_id: str, language: str, without: str, now: datetime) -> Desk:
    """Another language, or other passages in place of a perspective's, from the next lesson on.

    `without` holds option keys, by comma. Raises InputError for what the course does not offer.
    """
    with engine.db.writing() as tx:
        one = at_work(tx, public_id, now)
        choose_for(tx, engine.shelf.book(tx, one.version_id), one, language, without, now, how="web")
        return desk(tx, engine, public_id)


def choose_for(
    tx: Transaction, book: Book, one: Enrollment, language: str, without: str, now: datetime, *, how: str
) -> None:
    """The same for a run the caller has locked."""
    # Strict about what is asked for now; what was chosen once and is no longer offered is dropped without a word.
    before = one.without.split(",")
    offered_language, offered = book.offered(one.language, one.without)
    keys = [key for key in without.split(",") if key not in before or key in offered.split(",")]
    chosen = book.choice(offered_language if language == one.language else language, ",".join(keys))
    if chosen == (one.language, one.without):
        return
    enrollments.choose(tx, one.id, language=chosen[0], without=chosen[1])
    what = ", ".join([book.edition(chosen[0]).language, *(f"without {key}" for key in chosen[1].split(",") if key)])
    data = {"what": what, "language": chosen[0], "without": chosen[1]}
    events.record(tx, [Event(now, "chose", how, one.subscriber_id, one.id, data)])
    if how == "web":
        telling.heard_from(tx, book, one)


def pause(engine: Engine, public_id: str, until: date | None, now: datetime) -> Desk:
    """Stop lessons, until that date or until he resumes; a mail says so, once. Raises as `pace.pause`."""
    with engine.db.writing() as tx:
        before = at_work(tx, public_id, now)
        one = pace.pause(tx, engine.shelf, before.id, now, how="web", until=until)
        if one != before:
            telling.tell_paused(tx, engine.shelf, one, engine.brand.domain, now)
            telling.heard_from(tx, engine.shelf.book(tx, one.version_id), one)
        return desk(tx, engine, public_id)


def resume(engine: Engine, public_id: str, now: datetime) -> Desk:
    """End the pause; a mail says when the next lesson comes. Pressed twice, it does it once."""
    with engine.db.writing() as tx:
        one = at_work(tx, public_id, now)
        if one.is_paused(local_date(now, one.plan.zone)):
            one = pace.resume(tx, engine.shelf, one.id, now, how="web")
            telling.tell_resumed(tx, engine.shelf, one, engine.brand.domain, now)
            telling.heard_from(tx, engine.shelf.book(tx, one.version_id), one)
        return desk(tx, engine, public_id)


def move(engine: Engine, public_id: str, plan: Plan, now: datetime) -> Desk:
    """Another hour, zone, weekdays or pace. Raises Refused where the run has ended."""
    with engine.db.writing() as tx:
        one = at_work(tx, public_id, now)
        if plan != one.plan:
            one = pace.move(tx, engine.shelf, one.id, plan, now, how="web")
            telling.heard_from(tx, engine.shelf.book(tx, one.version_id), one)
        return desk(tx, engine, public_id)


def at_work(tx: Transaction, public_id: str, now: datetime) -> Enrollment:
    """As `held`, for what he changes himself. Raises Enough too; leaving and erasing are never counted."""
    one = held(tx, public_id)
    refuse_excess(tx, one, now)
    return one


def refuse_excess(tx: Transaction, one: Enrollment, now: datetime) -> None:
    """Raise Enough where a run was changed too often today: each change is a line in the ledger for good."""
    if events.count_since(tx, one.id, "web", now - DAY, CHANGES_A_DAY) >= CHANGES_A_DAY:
        raise Enough(f"that is enough for today: there were {CHANGES_A_DAY} changes within a day; go on tomorrow")


def held(tx: Transaction, public_id: str) -> Enrollment:
    """The run, locked: a second press waits for the first. Raises NotFound, also where it was erased meanwhile."""
    one = enrollments.lock(tx, [enrollments.by_public_id(tx, public_id).id])
    if not one:
        raise NotFound("this link is not valid (any more)")
    return next(iter(one.values()))


def _delivery(tx: Transaction, one: Enrollment, key: str, among: Collection[DeliveryState] = _HAD) -> Delivery:
    for row in deliveries.of_enrollment(tx, one.id):
        if row.lesson_key == key and row.state in among and _shows(row):
            return row
    raise NotFound("you have not had this lesson yet")
