"""What comes in: people who leave or return, declined sign-ups, dead addresses, complaints. Each counts once."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from dripcourse.domain.consent import CONSEQUENCES, UNDO_FOR, Inbound, Scope
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.states import ENDED, EnrollmentState
from dripcourse.errors import Nobody, Refused
from dripcourse.flows import forgotten, gate, pace
from dripcourse.flows.books import Shelf
from dripcourse.flows.engine import Engine
from dripcourse.flows.reader import refuse_excess
from dripcourse.flows.telling import A_DAY, heard_from
from dripcourse.storage import consents, enrollments, events, notices, subscribers, suppressions
from dripcourse.storage.consents import Consent
from dripcourse.storage.database import Transaction
from dripcourse.storage.events import Event
from dripcourse.storage.subscribers import Subscriber


def leave(engine: Engine, public_id: str, what: Inbound, now: datetime, *, how: str = "web") -> Enrollment:
    """Somebody leaves a course (page, one-click or mail). Again and again is the same as once. Raises NotFound.

    A link of an earlier run ends the run under way: who presses it wants no more of this course, whichever mail it
    stands in. Returns the run that was ended, or the link's own where nothing was under way.

    When it returns, nothing more is sent: the claim re-reads the state, and a batch under way asks before each mail.
    """
    with engine.db.writing() as tx:
        asked = enrollments.by_public_id(tx, public_id)
        going = _going(tx, asked)
        if not going:
            return enrollments.by_public_id(tx, public_id)
        one = going[-1]
        _apply(tx, subscribers.by_id(tx, one.subscriber_id), what, now, one, how)
        _tell(engine, tx, one, now)
        return enrollments.by_public_id(tx, one.public_id)


def _tell(engine: Engine, tx: Transaction, one: Enrollment, now: datetime) -> None:
    """Queue the mail with the undo link; a few a day, or leaving and undoing in turns would fill a mailbox."""
    if notices.recent(tx, one.subscriber_id, "left", now - timedelta(days=1)) >= A_DAY:
        return
    context = {"course_id": one.course_id, "enrollment": one.public_id, "language": one.language}
    notices.add(tx, one.subscriber_id, "left", context, host=engine.brand.domain, at=now)


def come_back(engine: Engine, shelf: Shelf, public_id: str, now: datetime) -> Enrollment:
    """The undo link of the "left" mail. Raises NotFound, or Refused where there is nothing to undo, or no longer.

    Raises Enough, too: leaving is free however often, but to leave and undo in turns would fill the ledger.
    """
    with engine.db.writing() as tx:
        one = enrollments.by_public_id(tx, public_id)
        going = _going(tx, one)  # pressed twice, or signed up again meanwhile: never two runs at once
        if going:
            return going[-1]
        if one.state is EnrollmentState.LEFT and not is_open(tx, one, now):
            raise Refused("you left more than a day ago, which can no longer be undone; begin anew, or sign up again")
        refuse_excess(tx, one, now)
        back = pace.come_back(tx, shelf, one.id, now, how="web")
        consents.record(tx, Consent(one.subscriber_id, one.course_id, "restored", now, "undo-link"))
        heard_from(tx, shelf.book(tx, back.version_id), back)
        return back


def is_open(tx: Transaction, one: Enrollment, now: datetime) -> bool:
    """Whether leaving that run can still be undone: for a day. After that going on needs a new yes, not an old mail."""
    left_at = enrollments.ends(tx, [one.id]).get(one.id)
    return left_at is not None and now - left_at <= UNDO_FOR


def is_going(tx: Transaction, one: Enrollment) -> bool:
    """Whether a run of that person in that course is under way."""
    return any(run.state not in ENDED for run in enrollments.of_subscriber(tx, one.subscriber_id, one.course_id))


def decline(engine: Engine, public_id: str, now: datetime) -> None:
    """ "This was not me" on a confirm mail: never write to this address again.

    It counts, too, where its person is kept no more. Raises Nobody where even the mail is not.
    """
    engine.db.write(lambda tx: _decline(engine, tx, public_id, now))


def _decline(engine: Engine, tx: Transaction, public_id: str, now: datetime) -> None:
    person = _invited(tx, public_id)
    if person is not None:
        enrollments.lock(tx, [run.id for run in enrollments.of_subscriber(tx, person.id)])  # runs first, as everywhere
        subscribers.lock(tx, person.id)
        person = _invited(tx, public_id)  # he may have been erased while we waited
    if person is not None:
        _apply(tx, person, Inbound.DECLINED, now)
        notice = notices.by_public_id(tx, public_id)
        gate.declined(tx, engine, person.address, now, str(notice.context.get("form", "")) if notice else "")
    elif not forgotten.declined(tx, public_id, now):
        raise Nobody("nothing is stored about this address any more")


def _invited(tx: Transaction, public_id: str) -> Subscriber | None:
    """Whom that confirm mail was for; links of old mails stand for the person himself. None where he is no more."""
    notice = notices.by_public_id(tx, public_id)
    with suppress(Nobody):
        return subscribers.by_id(tx, notice.subscriber_id) if notice else subscribers.by_public_id(tx, public_id)
    return None


def _going(tx: Transaction, one: Enrollment) -> list[Enrollment]:
    """The runs of that person in that course that are under way, locked: a second press waits for the first."""
    runs = enrollments.of_subscriber(tx, one.subscriber_id, one.course_id)
    return [run for run in enrollments.lock(tx, [run.id for run in runs]).values() if run.state not in ENDED]


def _apply(
    tx: Transaction, person: Subscriber, what: Inbound, now: datetime, one: Enrollment | None = None, how: str = "web"
) -> None:
    """The consequences by the table of domain.consent."""
    follows = CONSEQUENCES[what]
    ending = [one] if follows.ends is Scope.COURSE and one else []
    if follows.ends is Scope.EVERYTHING:
        ids = [run.id for run in enrollments.of_subscriber(tx, person.id)]
        # Runs are locked first and in id order, as everywhere: two of these at once must not wait for each other.
        ending = [run for run in enrollments.lock(tx, ids).values() if run.state not in ENDED]
    known = suppressions.reason(tx, person.address_key)
    if follows.suppress:
        suppressions.add(tx, person.address_key, follows.suppress, now)
    state = EnrollmentState.LEFT if follows.withdraws else EnrollmentState.STOPPED
    for run in ending:
        pace.end(tx, run.id, state, what.value, now, how=how)
        if follows.withdraws:
            consents.record(tx, Consent(person.id, run.course_id, "withdrawn", now, what.value))
    if not ending and not known:  # pressed again and again, it is one line in the ledger
        events.record(tx, [Event(now, what.value, how, person.id)])
