"""Hands a claimed batch to the mail server and notes each answer in the journal. No transaction is open meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime

from dripcourse.domain.enrollment import Delivery, Enrollment
from dripcourse.errors import DripcourseError
from dripcourse.faults import reached
from dripcourse.flows.books import Book
from dripcourse.flows.engine import Engine
from dripcourse.flows.letters import lesson_letter
from dripcourse.mail.journal import Journal, State
from dripcourse.mail.transports import NO_ANSWER, Reply, Session
from dripcourse.storage import enrollments
from dripcourse.storage.subscribers import Subscriber


class UnfitLetter(DripcourseError):
    """One mail cannot be made. It is tried again later, and parked in the end; the batch goes on."""


class LeaseEnded(Exception):
    """The final dot would come after the lease: somebody else may be sending this mail already."""


@dataclass(frozen=True)
class Job:
    """One lesson to hand over. `delivery` is the row as it stands in the database, state "sending"."""

    enrollment: Enrollment
    delivery: Delivery
    person: Subscriber
    book: Book


@dataclass(frozen=True)
class Outcome:
    """What became of a job: the server's reply, or None where it was never begun; and when."""

    job: Job
    reply: Reply | None
    at: datetime


def heard(reply: Reply) -> tuple[int, str]:
    """(code, text) as domain.retry wants them: what a server says before MAIL FROM is about us, whatever its code."""
    if reply.stage in ("connect", "tls", "ehlo", "auth"):
        return NO_ANSWER, f"at {reply.stage}: {reply.code if reply.code > 0 else ''} {reply.text}".replace(":  ", ": ")
    return reply.code, reply.text


def transmit(engine: Engine, jobs: Sequence[Job], journal: Journal | None, lease_until: datetime) -> Iterator[Outcome]:
    """Send one after another over one session. A job whose person has left meanwhile is not begun."""
    session_of: AbstractContextManager[Session] = engine.transport.session() if jobs else nullcontext()  # type: ignore[assignment]
    with session_of as session:
        for job in jobs:
            now = engine.clock()
            if now + engine.margin >= lease_until or not _still_wanted(engine, job):
                yield Outcome(job, None, now)
                continue
            reply = _hand_over(engine, session, job, journal, lease_until)
            yield Outcome(job, reply, engine.clock())


def _still_wanted(engine: Engine, job: Job) -> bool:
    """Read consent once more just before MAIL FROM: who leaves while a batch is under way gets nothing more."""
    if engine.journals is None:
        return True
    with engine.db.reading() as tx:
        return enrollments.still_held(tx, job.enrollment.id, job.delivery.fence, job.person.address_key)


def _hand_over(
    engine: Engine, session: Session, job: Job, journal: Journal | None, lease_until: datetime
) -> Reply | None:
    """The reply, or None where the lease ended before the dot: then nothing was sent."""
    slot = job.delivery.slot

    def before_dot() -> None:
        if engine.clock() >= lease_until:
            raise LeaseEnded
        if journal is not None:
            journal.mark(slot, State.IN_DOUBT, engine.clock())

    try:
        reply = session.deliver(engine.envelope_sender, job.person.address, _letter(engine, job), before_dot)
    except LeaseEnded:
        return None
    except DripcourseError as error:  # an unfit letter, an impossible sender: known here, and final for nobody
        reply = Reply(NO_ANSWER, str(error), "build", accepted=False)
    reached("before_journal")
    if journal is not None and not reply.in_doubt:
        journal.mark(slot, State.ACCEPTED if reply.accepted else State.REFUSED, engine.clock())
    reached("after_journal")
    return reply


def _letter(engine: Engine, job: Job) -> Callable[[], bytes]:
    def build() -> bytes:
        try:
            with engine.db.reading() as tx:
                mail = job.book.mail(tx, job.delivery.lesson_key)
            return lesson_letter(engine, job.book, mail, job.person, job.enrollment, job.delivery, engine.clock())
        except Exception as error:  # one broken lesson or row must not stop the others, whatever is wrong with it
            raise UnfitLetter(f"this mail could not be made: {type(error).__name__}: {error}") from error

    return build
