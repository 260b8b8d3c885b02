"""Measures a bulk import against bare COPY of the same rows into the same tables; empties the database it is given.

    python -m bench.bulk_import postgresql+psycopg://user:password@host/name 100000 [rounds]

On SQLite there is no COPY: it prints the import's rate alone.
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text as sql

from dripcourse.domain.course import Action, Course, Lesson, LessonKind
from dripcourse.domain.progress import Rule
from dripcourse.flows.books import Shelf
from dripcourse.flows.imports import import_people, read_rows
from dripcourse.storage import courses
from dripcourse.storage.database import Database, open_database
from dripcourse.storage.tables import consent, enrollment, event, metadata, subscriber

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TABLES = (subscriber, consent, enrollment, event)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Pacific/Auckland", "UTC", "America/Sao_Paulo")


def people(count: int) -> Iterator[str]:
    """The lines of a file of that many people, each in the course."""
    yield "address,name,zone,hour,course\n"
    for number in range(count):
        zone, hour = ZONES[number % len(ZONES)], f"{6 + number % 15:02}:{number % 4 * 15:02}"
        yield f"reader.{number * 7919 % count}@mail-{number % 997}.example.com,Reader {number},{zone},{hour},steady\n"


def prepare(db: Database) -> None:
    """All tables anew, and one course."""
    with db.writing() as tx:
        metadata.drop_all(tx)
        metadata.create_all(tx)
        lesson = Lesson("one", LessonKind.LESSON, 1, "One", body="Text.", action=Action("Do one thing."))
        course = Course("steady", "Steady", "en", (lesson,))
        courses.add_version(tx, course, content_hash="0", rule=Rule.FOLLOW, mails={}, data={}, at=NOW)


def imported(db: Database, file: Path, count: int) -> None:
    """One import of the whole file as the command does it, which reads it to its end first. Nobody may be refused."""
    with file.open(encoding="utf-8", newline="") as text:
        assert sum(1 for _ in read_rows(text)) == count
        text.seek(0)
        done = import_people(db, Shelf(), read_rows(text), NOW)
    assert (done.taken, done.enrolled, done.refused) == (count, count, [])


def empty(db: Database) -> None:
    """The four tables without a row, and the server at rest."""
    with db.writing() as tx:
        tx.execute(sql(f"TRUNCATE {', '.join(table.name for table in TABLES)} CASCADE"))
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as door:
        door.execute(sql("CHECKPOINT"))


def copy_out(db: Database, folder: Path) -> None:
    """The rows of the four tables, as COPY gives them, into a file each."""
    with db.reading() as tx:
        driver: Any = tx.connection.dbapi_connection
        for table in TABLES:
            with driver.cursor().copy(f"COPY {table.name} TO STDOUT") as copy, (folder / table.name).open("wb") as file:
                for block in copy:
                    file.write(block)


def bare_copy(db: Database, folder: Path) -> None:
    """The same rows, ready made, by one COPY a table in one transaction."""
    with db.writing() as tx:
        driver: Any = tx.connection.dbapi_connection
        for table in TABLES:
            with (
                (folder / table.name).open("rb") as file,
                driver.cursor().copy(f"COPY {table.name} FROM STDIN") as copy,
            ):
                while block := file.read(65536):
                    copy.write(block)


def seconds(work: Callable[[], object]) -> float:
    """How long it took."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def rounds_of(db: Database, folder: Path, count: int, rounds: int) -> tuple[float, float]:
    """The median seconds of an import and of a bare COPY, in turns."""
    ours, bare = [], []
    for _ in range(rounds):
        ours.append(seconds(lambda: imported(db, folder / "people.csv", count)))
        copy_out(db, folder)
        empty(db)
        bare.append(seconds(lambda: bare_copy(db, folder)))
        empty(db)
        print(f"  import {ours[-1]:.2f} s, bare COPY {bare[-1]:.2f} s, ratio {bare[-1] / ours[-1]:.2f}", flush=True)
    return statistics.median(ours), statistics.median(bare)


def main(url: str, count: int = 100_000, rounds: int = 3) -> None:
    """Interleaved rounds; prints the rates at the medians, their ratio, and the most memory this process took."""
    db = open_database(url)
    prepare(db)
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "people.csv")
        with file.open("w", encoding="utf-8") as text:
            text.writelines(people(count))
        if db.is_sqlite:
            took = seconds(lambda: imported(db, file, count))
            print(f"SQLite: {count} people with enrollments: {count / took:,.0f}/s")
        else:
            ours, bare = rounds_of(db, Path(name), count, rounds)
            print(
                f"PostgreSQL: {count} people with enrollments: import {count / ours:,.0f}/s, "
                f"bare COPY {count / bare:,.0f}/s, ratio {bare / ours:.2f} (goal 0.5)"
            )
    db.close()
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main(sys.argv[1], *(int(word) for word in sys.argv[2:]))
