"""An import does thousands of lines at once, and nobody can tell: not by the database, not by what it refuses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from dripcourse.flows.imports import import_people
from dripcourse.storage import enrollments, subscribers
from tests.flows.stage import Stage, raised
from tests.flows_read import roll
from tests.flows_read.roll import Line, batches_of, bring_in, people
from tests.services.asking import ROOT


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(roll.crowd, roll.lines, st.integers(1, 8))
@example(roll.EVERY_KIND, roll.EVERY_LINE, 5)
@example(roll.EVERY_KIND, roll.EVERY_LINE, 500)
def test_the_same_comes_of_a_file_as_line_by_line(
    stage_on_both: Stage, crowd: Mapping[str, Any], lines: list[Line], size: int
) -> None:
    stage, rows, found = stage_on_both, list(enumerate(lines, 2)), []
    with stage.db.reading() as tx:
        two_courses = tx.execute(text("SELECT count(*) FROM course")).scalar_one() == 2
    if not two_courses:
        stage.publish("one", "two", slug="other")
    for way in (roll.import_line_by_line, bring_in):
        with stage.db.writing() as tx:
            roll.clear(tx)
            roll.gather(stage, tx, crowd)
        with batches_of(size):
            done = way(stage, rows)
        with stage.db.reading() as tx:
            found.append((done, roll.content(tx)))
    assert found[0] == found[1]


def test_a_batch_is_read_only_when_the_one_before_is_written(stage: Stage) -> None:
    written = 0

    def count(lines: int) -> None:
        nonlocal written
        written += lines

    def rows() -> Iterator[tuple[int, Line]]:
        for number, row in people(*(f"reader-{n}" for n in range(50))):
            assert number - 2 - written <= 10, "the file piles up in memory"
            yield number, row

    with batches_of(10):
        done = import_people(stage.db, stage.engine.shelf, rows(), stage.clock(), count)
    assert (done.enrolled, written) == (50, 50)


#: An import that is killed when it comes to line 14 of its file.
DYING = """
import os, signal, sys
from datetime import datetime
from dripcourse.flows import imports
from dripcourse.flows.books import Shelf
from dripcourse.storage.database import open_database
def rows():
    for n in range(20):
        if n == 12:
            os.kill(os.getpid(), signal.SIGKILL)
        yield n + 2, {"address": f"reader-{n}@example.com", "course": "steady"}
imports._BATCH = 5
imports.import_people(open_database(sys.argv[1]), Shelf(), rows(), datetime.fromisoformat(sys.argv[2]))
"""


def test_after_a_kill_whole_batches_are_there_and_the_same_file_goes_on(database_url: str, tmp_path: Path) -> None:
    with raised(database_url, tmp_path, scratch=False) as stage:
        command = [sys.executable, "-c", DYING, database_url, stage.clock().isoformat()]
        died = subprocess.run(command, cwd=ROOT, check=False, timeout=60, capture_output=True, env=dict(os.environ))
        assert died.returncode == -signal.SIGKILL, died.stderr.decode()
        with stage.db.reading() as tx:
            assert (subscribers.count(tx), len(enrollments.after(tx, 0, 100))) == (10, 10)
        done = bring_in(stage, people(*(f"reader-{n}" for n in range(20))))
        assert (done.taken, done.enrolled) == (10, 10)
        assert [line for line, _ in done.refused] == list(range(2, 12))
        assert stage.broken_promises() == []
