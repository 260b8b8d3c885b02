"""Gathers what may be said for or against a run: its person, consents, other runs of the course. It judges nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dripcourse.domain.enrollment import Delivery, Enrollment
from dripcourse.domain.states import SubscriberState
from dripcourse.storage import deliveries, enrollments, subscribers
from dripcourse.storage.consents import Consent
from dripcourse.storage.database import Transaction
from dripcourse.storage.events import Event
from dripcourse.storage.subscribers import Subscriber
from dripcourse.storage.tables import consent, enrollment, suppression


@dataclass(frozen=True)
class Case:
    """One run with its rows and everything around it that bears on a promise."""

    run: Enrollment
    rows: Sequence[Delivery]
    ledger: Sequence[Event]  # oldest first
    confirmed: bool = True  # the person
    ended_at: datetime | None = None
    suppressed: tuple[datetime, str] | None = None  # since when, and why
    consents: Sequence[Consent] = ()  # of this person for this course, in the order of their writing
    earlier: Sequence[tuple[Enrollment, Sequence[Delivery]]] = ()  # runs of the same person in the same course

    @property
    def sent(self) -> list[Delivery]:
        """What went, in the order of sending."""
        return sorted((row for row in self.rows if row.sent_at is not None), key=sent_at)


def sent_at(row: Delivery) -> datetime:
    """When it went; of a row that did not, when it was first tried."""
    return row.sent_at or row.created_at


def gather(
    tx: Transaction,
    runs: Sequence[Enrollment],
    rows: Mapping[int, Sequence[Delivery]],
    ledgers: Mapping[int, Sequence[Event]],
) -> list[Case]:
    """The case of each run, by a few queries for all of them."""
    people = subscribers.many(tx, [one.subscriber_id for one in runs])
    said, earlier = _consents(tx, list(people)), _earlier(tx, runs)
    dead, ends = _suppressed(tx, people), _ends(tx, runs)
    return [
        Case(
            run=one,
            rows=rows[one.id],
            ledger=ledgers[one.id],
            confirmed=people[one.subscriber_id].state is SubscriberState.CONFIRMED,
            ended_at=ends[one.id],
            suppressed=dead.get(people[one.subscriber_id].address_key),
            consents=said[one.subscriber_id, one.course_id],
            earlier=earlier[one.id],
        )
        for one in runs
    ]


def _suppressed(tx: Transaction, people: Mapping[int, Subscriber]) -> dict[str, tuple[datetime, str]]:
    keys = [person.address_key for person in people.values()]
    found = tx.execute(suppression.select().where(suppression.c.address_key.in_(keys)))
    return {row.address_key: (row.at, row.reason) for row in found}


def _consents(tx: Transaction, people: Sequence[int]) -> dict[tuple[int, int], list[Consent]]:
    found: dict[tuple[int, int], list[Consent]] = defaultdict(list)
    for row in tx.execute(consent.select().where(consent.c.subscriber_id.in_(people)).order_by(consent.c.id)):
        found[row.subscriber_id, row.course_id].append(
            Consent(row.subscriber_id, row.course_id, row.kind, row.at, row.how)
        )
    return found


def _ends(tx: Transaction, runs: Sequence[Enrollment]) -> dict[int, datetime | None]:
    ids = [one.id for one in runs]
    return {row.id: row.ended_at for row in tx.execute(enrollment.select().where(enrollment.c.id.in_(ids)))}


def _earlier(tx: Transaction, runs: Sequence[Enrollment]) -> dict[int, list[tuple[Enrollment, Sequence[Delivery]]]]:
    """By run, the runs of the same person and course with a smaller id, each with its rows."""
    people = [one.subscriber_id for one in runs]
    beside: dict[tuple[int, int], list[Enrollment]] = defaultdict(list)
    for row in tx.execute(enrollment.select().where(enrollment.c.subscriber_id.in_(people))):
        beside[row.subscriber_id, row.course_id].append(enrollments.value(row))
    several = {one.id for group in beside.values() if len(group) > 1 for one in group}
    rows = deliveries.of_enrollments(tx, sorted(several))
    return {
        one.id: [(other, rows[other.id]) for other in beside[one.subscriber_id, one.course_id] if other.id < one.id]
        for one in runs
    }
