"""Takes people in from a table: every line is either done whole or refused with its reason."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from dripcourse.addresses import parse_address
from dripcourse.domain.plan import Plan, parse_hour, parse_zone
from dripcourse.domain.states import ENDED, SubscriberState
from dripcourse.errors import DripcourseError, InputError, Refused
from dripcourse.flows.books import Shelf
from dripcourse.flows.enroll import Wish, add_subscriber, enroll
from dripcourse.storage import courses, enrollments, subscribers
from dripcourse.storage.courses import CourseRow
from dripcourse.storage.database import Database, Transaction
from dripcourse.storage.subscribers import Subscriber

COLUMNS = ("address", "name", "zone", "hour", "course")
_BATCH = 200


@dataclass
class Imported:
    """How many came in, and the refused lines: (line number in the file, reason)."""

    taken: int = 0
    enrolled: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def read_rows(lines: Iterable[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """(line number, cells by column) of a CSV with a header. Raises InputError for a header that does not fit."""
    reader = csv.DictReader(lines, restkey="_more", restval="")
    try:
        header = [name.strip().lower() for name in reader.fieldnames or []]
        _check_header(header)
        reader.fieldnames = header
        for row in reader:
            yield reader.line_num, {k: v for k, v in row.items() if isinstance(v, str)} if "_more" not in row else {}
    except csv.Error as error:
        raise InputError(f"line {reader.line_num + 1}: not CSV: {error}") from None


def _check_header(header: Sequence[str]) -> None:
    unknown = [name for name in header if name not in COLUMNS]
    twice = sorted({name for name in header if header.count(name) > 1})
    wrong = [
        *(["no column «address»"] if "address" not in header else []),
        *([f"unknown: {', '.join(unknown)}"] if unknown else []),
        *([f"twice: {', '.join(twice)}"] if twice else []),
    ]
    if wrong:
        hint = "; separate the columns by commas" if any(mark in name for name in unknown for mark in ";\t|") else ""
        raise InputError(f"line 1: the header must be made of {', '.join(COLUMNS)} ({'; '.join(wrong)}){hint}")


def import_people(db: Database, shelf: Shelf, rows: Iterable[tuple[int, Mapping[str, str]]], now: datetime) -> Imported:
    """Add (and enroll, where a course is named) line by line, in transactions of 200 lines."""
    done = Imported()
    walk = iter(rows)
    while batch := list(islice(walk, _BATCH)):
        with db.writing() as tx:
            for line, cells in batch:
                try:
                    with tx.begin_nested():
                        enrolled = _take(tx, shelf, cells, now)
                except DripcourseError as error:
                    done.refused.append((line, str(error)))
                else:
                    done.taken += 1
                    done.enrolled += enrolled
    return done


def _take(tx: Transaction, shelf: Shelf, cells: Mapping[str, str], now: datetime) -> bool:
    """One line; whether it enrolled somebody. Somebody known already may be enrolled in another course."""
    _check_cells(cells)
    address = parse_address(cells.get("address", ""))
    plan = Plan(parse_zone(cells.get("zone") or "UTC"), parse_hour(cells.get("hour") or "08:00"))
    slug = (cells.get("course") or "").strip()
    known = subscribers.lookup(tx, address.key)
    if known is not None and known.state is SubscriberState.CONFIRMED and slug:
        person = known
    else:
        person = add_subscriber(tx, address, cells.get("name", ""), now)
    if slug:
        course = courses.find(tx, slug)
        _refuse_second_run(tx, person, course)
        enroll(tx, shelf, person, course, Wish(plan, source={"import": "csv"}), now, how="cli")
    return bool(slug)


def _check_cells(cells: Mapping[str, str]) -> None:
    if not cells:
        raise InputError("more cells than the header has columns")
    for name, text in cells.items():
        if any(unicodedata.category(letter) == "Cc" for letter in text.strip()):
            raise InputError(f"{name} has a line break or another invisible control character; type it anew")


def _refuse_second_run(tx: Transaction, person: Subscriber, course: CourseRow) -> None:
    """A file is imported again with new lines in it; nobody on an old line has asked for the course once more."""
    ended = [one for one in enrollments.of_subscriber(tx, person.id, course.id) if one.state in ENDED]
    if ended:
        raise Refused(
            f"{person.address} was in {course.slug} already ({ended[-1].state}); an import begins no second run"
        )
