"""Queues the mails that tell a reader what became of his run: paused, resumed, pick up here. `notify` sends them."""

from __future__ import annotations

from datetime import datetime, timedelta

from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.silence import good_hour, lessons_left
from dripcourse.domain.states import EnrollmentState
from dripcourse.flows.books import Book, Shelf
from dripcourse.flows.sentences import next_sentence, pause_sentence
from dripcourse.storage import answers, deliveries, enrollments, events, notices
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
        book = shelf.book(tx, one.version_id)
        told = events.count(tx, one.id, "pick-up") + 1
        enrollments.set_pick_up(tx, one.id, lessons_left(book.day_before(one.next_key), book.days, told))
        sent = max((row.sent_at for row in deliveries.of_enrollment(tx, one.id) if row.sent_at), default=now)
        if wanted:
            due = max(now, good_hour(one.plan, sent))
            _tell(tx, one, "pick-up", "", host, now, due_at=due)
            events.record(tx, [Event(now, "pick-up", "engine", one.subscriber_id, one.id, {"at": due.isoformat()})])
    return len(found)


def still_quiet(tx: Transaction, one: Notice, now: datetime) -> bool:
    """Whether the reader that a "pick up here" mail is for has not tapped, paused or left since it was queued."""
    run = enrollments.by_public_id(tx, one.context["enrollment"])
    tapped = answers.last(tx, run.id)
    paused = run.plan.paused_until is not None and run.due_at is not None and run.due_at > now + timedelta(days=2)
    return run.state is EnrollmentState.ACTIVE and not paused and (tapped is None or tapped < one.created_at)


def heard_from(tx: Transaction, book: Book, one: Enrollment) -> None:
    """Its reader tapped something: the quiet lessons are counted anew."""
    told = events.count(tx, one.id, "pick-up")
    enrollments.set_pick_up(tx, one.id, lessons_left(book.day_before(one.next_key), book.days, told))


def _tell(
    tx: Transaction, one: Enrollment, template: str, sentence: str, host: str, now: datetime,
    due_at: datetime | None = None,
) -> None:  # fmt: skip
    if notices.recent(tx, one.subscriber_id, template, now - timedelta(days=1)) >= A_DAY:
        return
    context = {"course_id": one.course_id, "enrollment": one.public_id, "language": one.language, "sentence": sentence}
    notices.add(tx, one.subscriber_id, template, context, host=host, at=now, due_at=due_at)
