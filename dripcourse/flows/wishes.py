"""What a reader wants with single lessons and whole runs: the next one now, past it, one once more, the course anew.

Each in one transaction. A button names the lesson it was shown for, so that pressing it twice does it once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.states import ENDED, HANDLED, DeliveryState, EnrollmentState
from dripcourse.errors import Refused
from dripcourse.flows import pace, telling
from dripcourse.flows.engine import Engine
from dripcourse.flows.reader import Desk, at_work, desk, which_had
from dripcourse.storage import deliveries, enrollments, events, notices, subscribers, suppressions
from dripcourse.storage.database import Transaction
from dripcourse.storage.events import Event

#: Lessons sent once more that one person may have within a day.
REPEATS_A_DAY = 3
_DAY = timedelta(days=1)
_UNDER_WAY = (*HANDLED, DeliveryState.SENDING, DeliveryState.UNKNOWN)


def send_now(engine: Engine, public_id: str, lesson: str, now: datetime) -> Desk:
    """That lesson, his next one, at once. Raises Refused as `pace.ask`, and where another one is next by now."""
    return _with_next(engine, public_id, lesson, _UNDER_WAY, now, pace.ask)


def skip(engine: Engine, public_id: str, lesson: str, now: datetime) -> Desk:
    """Past that lesson, his next one. Raises Refused as `pace.skip`, and where another one is next by now."""
    return _with_next(engine, public_id, lesson, (DeliveryState.SKIPPED,), now, pace.skip)


def _with_next(
    engine: Engine, public_id: str, lesson: str, done: tuple[DeliveryState, ...], now: datetime,
    change: Callable[..., Enrollment],
) -> Desk:  # fmt: skip
    with engine.db.writing() as tx:
        before = at_work(tx, public_id, now)
        if before.next_key == lesson:
            after = change(tx, engine.shelf, before.id, now, how="web")
            if after != before:
                telling.heard_from(tx, engine.shelf.book(tx, after.version_id), after)
        elif not any(r.lesson_key == lesson and r.state in done for r in deliveries.of_enrollment(tx, before.id)):
            raise Refused("another lesson is next by now")
        return desk(tx, engine, public_id)


def may_repeat(one: Enrollment) -> bool:
    """Whether lessons may go to him once more: nothing is mailed for a run that was left or stopped."""
    return one.state not in ENDED or one.state is EnrollmentState.FINISHED


def repeat(engine: Engine, public_id: str, key: str, now: datetime) -> bool:
    """Queue a lesson he has had, as he had it, once more; False where he has had enough of that for a day.

    It is no progress and has no row among the lessons. Raises NotFound for a lesson not had, Refused where nothing is
    mailed to him.
    """
    with engine.db.writing() as tx:
        one = at_work(tx, public_id, now)
        book, name = which_had(tx, engine, one, key)
        address_key = subscribers.by_id(tx, one.subscriber_id).address_key
        if not may_repeat(one) or suppressions.reason(tx, address_key):
            raise Refused("nothing more is sent to this address")
        if notices.recent(tx, one.subscriber_id, "again", now - _DAY) >= REPEATS_A_DAY:
            return False
        context = {
            "course_id": one.course_id, "enrollment": one.public_id, "lesson": key, "version": book.version.id,
            "language": name.language, "instead": name.instead,
        }  # fmt: skip
        notices.add(tx, one.subscriber_id, "again", context, host=engine.brand.domain, at=now)
        events.record(tx, [Event(now, "repeated", "web", one.subscriber_id, one.id, {"lesson": key})])
        telling.heard_from(tx, book, one)
        return True


def newest(tx: Transaction, one: Enrollment) -> Enrollment:
    """The newest run of that person in that course."""
    return enrollments.of_subscriber(tx, one.subscriber_id, one.course_id)[-1]


def may_restart(tx: Transaction, one: Enrollment) -> bool:
    """Whether its reader may begin anew by himself: it is his newest run, under way or had to its end."""
    over = one.state in ENDED and one.state is not EnrollmentState.FINISHED
    return not over and newest(tx, one).id == one.id


def restart(engine: Engine, public_id: str, now: datetime) -> Desk:
    """A new run from the first lesson; the old one ends. Pressed twice, the run that the first press began.

    Raises Refused where he may not begin anew by himself.
    """
    with engine.db.writing() as tx:
        one = enrollments.by_public_id(tx, public_id)
        runs = enrollments.of_subscriber(tx, one.subscriber_id, one.course_id)
        enrollments.lock(tx, [run.id for run in runs])  # all of them in id order; a second press waits here
        one, latest = at_work(tx, public_id, now), newest(tx, one)
        if one.state is EnrollmentState.RESTARTED and latest.id != one.id:
            return desk(tx, engine, latest.public_id)
        if not may_restart(tx, one):
            raise Refused("this course cannot be begun anew from here")
        begun = pace.restart(tx, engine.shelf, one.id, now, how="web")
        return desk(tx, engine, begun.public_id)
