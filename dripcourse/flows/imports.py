"""Takes people in from a table: every line is either done whole or refused with its reason."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import islice

from dripcourse.addresses import parse_address
from dripcourse.domain.fingerprint import Fingerprints
from dripcourse.domain.plan import Plan, parse_hour, parse_zone
from dripcourse.errors import DripcourseError, InputError
from dripcourse.flows.books import Shelf
from dripcourse.flows.intake import Entry, take_in
from dripcourse.storage.bulk import Overtaken
from dripcourse.storage.database import Database

COLUMNS = ("address", "name", "zone", "hour", "course", "language", "without")
_BATCH = 5000
_INVISIBLE = re.compile("[\0-\x1f\x7f-\x9f]")  # Unicode's category Cc


@dataclass
class Imported:
    """How many came in, and the refused lines: (line number in the file, reason)."""

    taken: int = 0
    enrolled: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def read_rows(lines: Iterable[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """(line number, cells by column) of a CSV with a header; no cells where a line has more of them than the header.

    Raises InputError for a header that does not fit and for what is no CSV.
    """
    reader, last = csv.reader(lines), 0
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _check_header(header)
        last = reader.line_num
        for row in reader:
            last, missing = reader.line_num, len(header) - len(row)
            if row:
                yield last, dict(zip(header, row + [""] * missing, strict=True)) if missing >= 0 else {}
    except csv.Error as error:
        raise InputError(f"line {last + 1}: not CSV: {error}") from None


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


def import_people(
    db: Database,
    shelf: Shelf,
    rows: Iterable[tuple[int, Mapping[str, str]]],
    now: datetime,
    progress: Callable[[int], None] = lambda _lines: None,
    known: Fingerprints = Fingerprints(()),
) -> Imported:
    """Add (and enroll, where a course is named) in transactions of some thousand lines; each line as if it came alone.

    What was committed stays if the process dies; the same file again goes on with the rest. `progress` is told of
    each batch's number of lines. `known` recognises who was erased: nobody else may bring such a person back.
    """
    done = Imported()
    walk = iter(rows)
    while batch := list(islice(walk, _BATCH)):
        entries = [entry for line, cells in batch if (entry := _read(line, cells, done)) is not None]
        _write(db, shelf, entries, now, done, known)
        progress(len(batch))
    done.refused.sort()
    return done


def _read(line: int, cells: Mapping[str, str], done: Imported) -> Entry | None:
    """The line as it is understood; None where it is refused, noted with the reason."""
    try:
        _check_cells(cells)
        address = parse_address(cells.get("address", ""))
        plan = _plan(cells.get("zone") or "UTC", cells.get("hour") or "08:00")
    except DripcourseError as error:
        done.refused.append((line, str(error)))
        return None
    named = ((cells.get(column) or "").strip() for column in ("course", "language", "without"))
    return Entry(line, address, cells.get("name", ""), plan, *named)


def _check_cells(cells: Mapping[str, str]) -> None:
    if not cells:
        raise InputError("more cells than the header has columns")
    if "".join(cells.values()).isprintable():  # as nearly every line is
        return
    for name, text in cells.items():
        if _INVISIBLE.search(text.strip()):
            raise InputError(f"{name} has a line break or another invisible control character; type it anew")


@lru_cache(maxsize=4096)  # a file names few plans many times
def _plan(zone: str, hour: str) -> Plan:
    return Plan(parse_zone(zone), parse_hour(hour))


def _write(
    db: Database, shelf: Shelf, entries: Sequence[Entry], now: datetime, done: Imported, known: Fingerprints
) -> None:
    """Take these entries in, in one transaction; in two of half the size where somebody else was quicker with one.

    Each half looks anew at who is there, so it sees him. A single entry whose address or run is still taken at the
    moment of its writing is refused.
    """
    if not entries:
        return
    try:
        taken = db.write(lambda tx: take_in(tx, shelf, entries, now, known))
    except Overtaken as error:
        if len(entries) == 1:
            done.refused.append((entries[0].line, str(error)))
            return
        middle = len(entries) // 2
        for half in (entries[:middle], entries[middle:]):
            _write(db, shelf, half, now, done, known)
        return
    done.taken += taken.people
    done.enrolled += taken.enrolled
    done.refused += taken.refused
