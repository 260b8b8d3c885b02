"""Random files of people, random databases to import them into, and the slow import they are compared with. No test."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import strategies as st
from sqlalchemy import select

from dripcourse.addresses import parse_address
from dripcourse.domain.plan import Plan, parse_hour, parse_zone
from dripcourse.domain.states import ENDED, EnrollmentState, SubscriberState
from dripcourse.errors import DripcourseError, Refused
from dripcourse.flows import imports
from dripcourse.flows.enroll import Wish, add_subscriber, enroll
from dripcourse.flows.imports import Imported, _check_cells, import_people
from dripcourse.storage import courses, enrollments, subscribers, suppressions
from dripcourse.storage.database import Transaction
from dripcourse.storage.tables import consent, enrollment, event, subscriber, suppression
from tests.flows.stage import Stage

Line = Mapping[str, str]
NAMES = ("anna", "ben", "chie", "dayo")
_ADDRESSES = [f"{name}@example.com" for name in NAMES]
_ODD = ["ANNA@Example.com", " ben@example.com ", "o'hara@example.com", "anna@bücher.example", "new@example.com"]
_NO_ADDRESS = ["", "nobody", "anna@", "an\0na@example.com", "jörg@example.com", "a@b@c.example", "\ud800@example.com"]
_SAID = ["", "Anna", "  Zoë   Ö. ", "back\\slash \\N", "half \ud800", "see www.spam.example", "x" * 65, "B\0en", "a\tb"]

#: What the cells of a line may hold: more right than wrong ones, so that much is taken.
cells = st.fixed_dictionaries(
    {"address": st.sampled_from(_ADDRESSES * 4 + _ODD * 2 + _NO_ADDRESS)},
    optional={
        "name": st.sampled_from(_SAID),
        "zone": st.sampled_from(
            ["", "UTC", "Europe/Berlin", "Pacific/Apia", "Asia/Tokyo", "berlin", "Mars", " ", "U\nTC"]
        ),
        "hour": st.sampled_from(["", "08:00", "7:05", "23:59", "25:00", "noon"]),
        "course": st.sampled_from(["", "steady", "steady", " other", "nope", "ste\0ady"]),
    },
)
lines = st.lists(cells | st.just({}), max_size=14)

#: A person who is there already: his state, the suppression, the states of his runs by course.
_runs = st.lists(st.sampled_from(list(EnrollmentState)), max_size=2)
standing = st.tuples(
    st.sampled_from([*SubscriberState]),
    st.sampled_from(["", "complaint"]),
    st.fixed_dictionaries({}, optional={"steady": _runs, "other": _runs}),
)
crowd = st.dictionaries(st.sampled_from([*NAMES, "new"]), standing, max_size=4)

#: One person of each kind, and a file that says of each, twice, all that may be said.
EVERY_KIND = {
    "anna": (SubscriberState.PENDING, "complaint", {}),
    "ben": (SubscriberState.CONFIRMED, "complaint", {"other": [EnrollmentState.ACTIVE]}),
    "chie": (SubscriberState.PENDING, "", {"steady": [EnrollmentState.LEFT]}),
    "dayo": (SubscriberState.CONFIRMED, "", {"steady": [EnrollmentState.RESTARTED, EnrollmentState.ACTIVE]}),
    "emil": (SubscriberState.CONFIRMED, "", {"steady": [EnrollmentState.PAUSED]}),
    "fred": (SubscriberState.PENDING, "", {}),
    "gina": (SubscriberState.CONFIRMED, "", {}),
}
EVERY_LINE = [
    {"address": f"{name}@example.com", "name": said, "course": slug}
    for slug in ("nope", "steady", "other", "")
    for name in (*EVERY_KIND, "new")
    for said in ("see www.spam.example", "Back\\slash")
]


def clear(tx: Transaction) -> None:
    """Nobody is there any more; the courses stay."""
    for table in (event, enrollment, consent, subscriber, suppression):
        tx.execute(table.delete())


def gather(stage: Stage, tx: Transaction, people: Mapping[str, Any]) -> None:
    """Put that crowd into the database."""
    for name, (state, why, courses_of) in people.items():
        address = parse_address(f"{name}@example.com")
        person = subscribers.add(tx, address, name=name.title(), state=state, at=stage.clock())
        if why:
            suppressions.add(tx, address.key, why, stage.clock())
        for slug, states in courses_of.items():
            for run, one in enumerate(states, 1):
                _put(stage, tx, person.id, slug, run, one)


def _put(stage: Stage, tx: Transaction, person_id: int, slug: str, run: int, state: EnrollmentState) -> None:
    course = courses.find(tx, slug)
    slot = (date(2026, 3, 3), stage.clock())
    added = enrollments.add(
        tx, subscriber_id=person_id, version=(course.id, course.version_id), run=run, plan=Plan(), step_key="one",
        slot=slot, source={}, at=stage.clock(),
    )  # fmt: skip
    enrollments.save(tx, [replace(added, state=state)], stage.clock())


@contextmanager
def batches_of(size: int) -> Iterator[None]:
    """An import commits after so many lines."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(imports, "_BATCH", size)
        yield


def people(*names: str, course: str = "steady") -> list[tuple[int, Line]]:
    """Lines for these people, from line 2."""
    return [(n, {"address": f"{name}@example.com", "course": course}) for n, name in enumerate(names, 2)]


def bring_in(stage: Stage, rows: list[tuple[int, Line]]) -> Imported:
    """The import itself."""
    return import_people(stage.db, stage.engine.shelf, rows, stage.clock())


def import_line_by_line(stage: Stage, rows: Iterable[tuple[int, Line]]) -> Imported:
    """As it is meant: each line in a transaction of its own, by what the admin's own commands call."""
    done = Imported()
    for line, row in rows:
        try:
            with stage.db.writing() as tx:
                enrolled = _take(stage, tx, row)
        except DripcourseError as error:
            done.refused.append((line, str(error)))
        else:
            done.taken += 1
            done.enrolled += enrolled
    return done


def _take(stage: Stage, tx: Transaction, row: Line) -> bool:
    _check_cells(row)
    address, now = parse_address(row.get("address", "")), stage.clock()
    plan = Plan(parse_zone(row.get("zone") or "UTC"), parse_hour(row.get("hour") or "08:00"))
    slug = row.get("course", "").strip()
    person = subscribers.lookup(tx, address.key)
    if person is None or person.state is not SubscriberState.CONFIRMED or not slug:
        person = add_subscriber(tx, address, row.get("name", ""), now)
    if slug:
        course = courses.find(tx, slug)
        ended = [one for one in enrollments.of_subscriber(tx, person.id, course.id) if one.state in ENDED]
        if ended:
            why = f"{person.address} was in {course.slug} already ({ended[-1].state}); an import begins no second run"
            raise Refused(why)
        enroll(tx, stage.engine.shelf, person, course, Wish(plan, source={"import": "csv"}), now, how="cli")
    return bool(slug)


def content(tx: Transaction) -> dict[str, list[str]]:
    """Everything there is about people, ids and public ids aside: each person's rows in the order of their writing."""
    keys = {row.id: row.address_key for row in tx.execute(select(subscriber))}
    runs = {r.id: (keys[r.subscriber_id], r.course_id, r.run) for r in tx.execute(select(enrollment))}
    found: dict[str, list[str]] = defaultdict(list)
    for table in (subscriber, consent, enrollment, event, suppression):
        order = list(table.primary_key)
        for row in tx.execute(select(table).order_by(*order)).mappings():
            shown = {name: value for name, value in row.items() if name not in ("id", "public_id")}
            shown["subscriber_id"] = keys.get(row.get("subscriber_id") or 0)
            shown["enrollment_id"] = runs.get(row.get("enrollment_id") or 0)
            found[f"{table.name} {row.get('address_key') or shown['subscriber_id']}"].append(str(shown))
    return dict(found)
