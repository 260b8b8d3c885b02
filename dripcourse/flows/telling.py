"""Queues the mails that tell a reader what became of his run: paused, resumed, pick up here. `notify` sends them."""

from __future__ import annotations

from datetime import datetime, timedelta

from dripcourse.domain.calendar import local_date
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.silence import HALF_WAY, good_hour
from dripcourse.domain.states import HANDLED, EnrollmentState
from dripcourse.flows.books import Book, Shelf
from dripcourse.flows.sentences import already_sentence, next_sentence, pause_sentence
from dripcourse.storage import deliveries, enrollments, events, notices
from dripcourse.storage.database import Database, Transaction
from dripcourse.storage.events import Event
from dripcourse.storage.notices import Notice

#: Mails of one kind a day to one person: pausing and resuming in turns must not fill a mailbox.
A_DAY = 3
#: Runs a transaction that are found quiet.
_BATCH = 200


def tell_paused(tx: Transaction, shelf: Shelf, one: Enrollment, host: str, now: datetime) -> None:
    """Queue the mail that says until when no lesson comes, with the link that ends the pause."""
    until = one.plan.paused_until if one.state is EnrollmentState.ACTIVE else None
    _tell(tx, one, "paused", pause_sentence(shelf.book(tx, one.version_id), one, until), host, now)


def tell_resumed(tx: Transaction, shelf: Shelf, one: Enrollment, host: str, now: datetime) -> None:
    """Queue the mail that says when the next lesson comes."""
    _tell(tx, one, "resumed", next_sentence(shelf.book(tx, one.version_id), one, now), host, now)


def tell_already(tx: Transaction, shelf: Shelf, one: Enrollment, host: str, now: datetime) -> None:
    """Queue the mail that says where its reader is: his address was entered in a sign-up form of this course again."""
    book = shelf.book(tx, one.version_id)
    day, _ = _reached(tx, book, one)
    _tell(tx, one, "already", already_sentence(book, one, day, now), host, now)


def queue_pick_ups(db: Database, shelf: Shelf, host: str, now: datetime, *, wanted: bool = True) -> int:
    """Queue "pick up here" for whoever has tapped nothing for so long (domain.silence); how many runs there were.

    The mail goes at a good hour of its reader's day, and not at all where he taps something before (`still_quiet`).
    """
    with db.reading() as tx:
        if not enrollments.any_quiet(tx):
            return 0
    return db.write(lambda tx: _queue_pick_ups(tx, shelf, host, now, wanted))


def _queue_pick_ups(tx: Transaction, shelf: Shelf, host: str, now: datetime, wanted: bool) -> int:
    found = enrollments.quiet(tx, _BATCH)
    for one in found:
        book, told = shelf.book(tx, one.version_id), events.count(tx, one.id, "pick-up")
        day, _ = _reached(tx, book, one)
        if told == 1 and day < HALF_WAY:  # an edit of the course, or a skipped lesson, has moved its days
            enrollments.set_pick_up(tx, one.id, HALF_WAY - day)
            continue
        enrollments.set_pick_up(tx, one.id, book.may_be_quiet(told + 1, day, welcomed=True))
        sent = max((row.sent_at for row in deliveries.of_enrollment(tx, one.id) if row.sent_at), default=now)
        if wanted and not _tell(tx, one, "pick-up", "", host, now, due_at=max(now, good_hour(one.plan, sent))):
            enrollments.set_pick_up(tx, one.id, 1)
    return len(found)


def still_quiet(tx: Transaction, one: Notice, now: datetime) -> bool:
    """Whether the reader that a "pick up here" mail is for has done nothing by himself since it was queued."""
    run = enrollments.by_public_id(tx, one.context["enrollment"])
    paused = run.plan.paused_until is not None and run.plan.paused_until > local_date(now, run.plan.zone)
    return run.state is EnrollmentState.ACTIVE and not paused and not events.any_of(tx, run.id, "web", one.created_at)


def note_picked_up(tx: Transaction, one: Notice, now: datetime) -> None:
    """A "pick up here" mail has gone: only now it counts as one of the two."""
    run = enrollments.by_public_id(tx, one.context["enrollment"])
    events.record(tx, [Event(now, "pick-up", "engine", run.subscriber_id, run.id)])


def heard_from(tx: Transaction, book: Book, one: Enrollment) -> None:
    """Its reader did something by himself: the quiet lessons are counted anew."""
    day, welcomed = _reached(tx, book, one)
    told = events.count(tx, one.id, "pick-up")
    enrollments.set_pick_up(tx, one.id, book.may_be_quiet(told, day, welcomed=welcomed))


def _reached(tx: Transaction, book: Book, one: Enrollment) -> tuple[int, bool]:
    """The last day this run has had or passed over, and whether its first mail is behind it."""
    days = {key: day for key, day, kind in book.lessons if kind != "completion"}
    had = [row.lesson_key for row in deliveries.of_enrollment(tx, one.id) if row.state in HANDLED]
    return max((days.get(key, 0) for key in had), default=0), bool(had)


def _tell(
    tx: Transaction, one: Enrollment, template: str, sentence: str, host: str, now: datetime,
    due_at: datetime | None = None,
) -> bool:  # fmt: skip
    """Queue it; False where this person has been told enough today."""
    if notices.recent(tx, one.subscriber_id, template, now - timedelta(days=1)) >= A_DAY:
        return False
    context = {"course_id": one.course_id, "enrollment": one.public_id, "language": one.language, "sentence": sentence}
    notices.add(tx, one.subscriber_id, template, context, host=host, at=now, due_at=due_at)
    return True
