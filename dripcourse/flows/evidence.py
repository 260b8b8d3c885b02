"""Gathers what may be said for or against a run: its person, consents, other runs of the course. It judges nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dripcourse.domain.enrollment import Delivery, Enrollment
from dripcourse.domain.states import SubscriberState
from dripcourse.storage import consents, deliveries, enrollments, subscribers, suppressions
from dripcourse.storage.consents import Consent
from dripcourse.storage.database import Transaction
from dripcourse.storage.events import Event


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
    dead = suppressions.since(tx, [person.address_key for person in people.values()])
    ends = enrollments.ends(tx, [one.id for one in runs])
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


def _consents(tx: Transaction, people: Sequence[int]) -> dict[tuple[int, int], list[Consent]]:
    found: dict[tuple[int, int], list[Consent]] = defaultdict(list)
    for entry in consents.of_people(tx, people):
        found[entry.subscriber_id, entry.course_id].append(entry)
    return found


def _earlier(tx: Transaction, runs: Sequence[Enrollment]) -> dict[int, list[tuple[Enrollment, Sequence[Delivery]]]]:
    """By run, the runs of the same person and course with a smaller id, each with its rows."""
    beside: dict[tuple[int, int], list[Enrollment]] = defaultdict(list)
    for other in enrollments.of_people(tx, [one.subscriber_id for one in runs]):
        beside[other.subscriber_id, other.course_id].append(other)
    several = {one.id for group in beside.values() if len(group) > 1 for one in group}
    rows = deliveries.of_enrollments(tx, sorted(several))
    return {
        one.id: [(other, rows[other.id]) for other in beside[one.subscriber_id, one.course_id] if other.id < one.id]
        for one in runs
    }
