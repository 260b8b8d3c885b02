"""A story that is long over, and the ways to ask what is left of it; for the tests of pruning. No test."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from dripcourse.addresses import parse_address
from dripcourse.domain.consent import Inbound
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.states import EnrollmentState
from dripcourse.flows import inbound, pace, prune
from dripcourse.flows.explain import explain
from dripcourse.flows.notify import send_notices
from dripcourse.flows.prune import Pruned
from dripcourse.flows.verify import Proof, verify
from dripcourse.storage import consents, enrollments, subscribers
from dripcourse.storage.consents import Consent
from dripcourse.storage.database import Transaction
from dripcourse.storage.tables import consent, delivery, enrollment, event, subscriber, suppression
from tests.flows.stage import Stage

YEAR = timedelta(days=365)
#: All that there is, in the order in which it may be read.
TABLES = (subscriber, consent, enrollment, delivery, event, suppression)
LATER = "2027-06-01 09:00"


def finished(stage: Stage) -> Stage:
    """Anna has finished the course (six mails, 2 to 7 March 2026); now it is June of the next year."""
    stage.enroll("anna")
    stage.at("2026-03-20 09:00")
    stage.jump(LATER)
    return stage


def done(stage: Stage, **more: Any) -> Pruned:
    return prune.prune(stage.db, YEAR, stage.clock(), **more)


def run_of(stage: Stage, name: str) -> Enrollment:
    """His newest run."""
    with stage.db.reading() as tx:
        person = subscribers.find(tx, parse_address(f"{name}@example.com"))
        return enrollments.of_subscriber(tx, person.id)[-1]


def content(stage: Stage) -> dict[str, list[tuple[Any, ...]]]:
    """All rows about people."""
    with stage.db.reading() as tx:
        return {t.name: [tuple(row) for row in tx.execute(select(t).order_by(*t.primary_key))] for t in TABLES}


def proof(stage: Stage) -> Proof:
    return verify(stage.db, stage.engine.shelf, stage.clock())


def lines(stage: Stage, name: str = "anna") -> list[str]:
    """What is told of his newest run."""
    found = explain(stage.db, stage.engine.shelf, parse_address(f"{name}@example.com"))
    return [line.text for line in found.accounts[-1].lines]


def end(stage: Stage, one: Enrollment, how: str) -> None:
    """The run ends in that way."""
    match how:
        case "left":
            inbound.leave(stage.engine, one.public_id, Inbound.ONE_CLICK, stage.clock())
            send_notices(stage.engine)
        case "stopped":
            stage.do(pace.end, one, EnrollmentState.STOPPED, "hard-bounce")
        case "cancelled":
            stage.do(pace.cancel, one)
        case "restarted":
            stage.do(pace.restart, one)
        case "finished":
            stage.at("2026-03-20 09:00")


def many(stage: Stage, number: int) -> Stage:
    """So many runs that had the welcome mail and were cancelled, long ago."""
    people = [stage.enroll(f"reader-{n}") for n in range(number)]
    stage.send()
    for one in people:
        stage.do(pace.cancel, one)
    stage.jump(LATER)
    return stage


def totals(stage: Stage, kind: str) -> int:
    with stage.db.reading() as tx:
        return tx.execute(select(func.count()).select_from(event).where(event.c.kind == kind)).scalar_one()


def back(stage: Stage, one: Enrollment) -> None:
    """He goes on with the run he left, as a confirmed sign-up lets him; the undo itself lasts a day only."""
    stage.engine.db.write(lambda tx: _back(tx, stage, one))


def _back(tx: Transaction, stage: Stage, one: Enrollment) -> None:
    pace.come_back(tx, stage.engine.shelf, one.id, stage.clock(), how="form")
    consents.record(tx, Consent(one.subscriber_id, one.course_id, "confirmed", stage.clock(), "form"))
