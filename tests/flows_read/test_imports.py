"""An import takes nobody in a second time, and one bad cell refuses its line only."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dripcourse.domain.consent import Inbound
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.states import EnrollmentState
from dripcourse.flows import inbound, pace
from dripcourse.flows.imports import Imported, import_people, read_rows
from dripcourse.storage import enrollments, subscribers
from tests.flows.stage import Stage

HEAD = "address,name,zone,hour,course\n"
ANNA = "anna@example.com,Anna,UTC,08:00,steady\n"


def bring_in(stage: Stage, *lines: str) -> Imported:
    text = HEAD + "".join(lines)
    return import_people(stage.db, stage.engine.shelf, read_rows(text.splitlines(keepends=True)), stage.clock())


def runs(stage: Stage) -> list[Enrollment]:
    with stage.db.reading() as tx:
        return enrollments.after(tx, 0, 100)


ENDINGS: dict[str, Callable[[Stage, Enrollment], object]] = {
    "left": lambda stage, one: inbound.leave(stage.engine, one.public_id, Inbound.ONE_CLICK, stage.clock()),
    "cancelled": lambda stage, one: stage.do(pace.cancel, one),
    "stopped": lambda stage, one: stage.do(pace.end, one, EnrollmentState.STOPPED, "hard-bounce"),
    "finished": lambda stage, _one: stage.at("2026-03-20 09:00"),
}


@pytest.mark.parametrize("how", ENDINGS)
def test_the_same_file_again_enrolls_nobody_whose_run_has_ended(stage: Stage, how: str) -> None:
    assert bring_in(stage, ANNA).enrolled == 1
    stage.at("2026-03-03 09:00")
    ENDINGS[how](stage, runs(stage)[0])
    mails = len(stage.post.accepted)
    done = bring_in(stage, ANNA, "ben@example.com,Ben,UTC,08:00,steady\n")
    assert (done.taken, done.enrolled, [line for line, _ in done.refused]) == (1, 1, [2])
    assert f"was in steady already ({how})" in done.refused[0][1]
    stage.at("2026-04-20 09:00")
    assert not [mail for mail in stage.post.accepted[mails:] if mail.to == "anna@example.com"]


def test_a_run_under_way_is_refused_too(stage: Stage) -> None:
    bring_in(stage, ANNA)
    done = bring_in(stage, ANNA)
    assert (done.taken, len(done.refused), len(runs(stage))) == (0, 1, 1)


@pytest.mark.parametrize(
    "line",
    [
        "ben@example.com,B\0en,UTC,08:00,steady\n",
        "ben\0@example.com,Ben,UTC,08:00,steady\n",
        "ben@example.com,Ben,UTC,08:00,ste\0ady\n",
        "ben@example.com,Ben,U\0TC,08:00,steady\n",
        "ben@example.com,B\x1ben,UTC,08:00,steady\n",
        "ben@example.com,B\x85en,UTC,08:00,steady\n",
        'ben@example.com,"B\nen",UTC,08:00,steady\n',
    ],
)
def test_a_control_character_refuses_its_line_only(stage_on_both: Stage, line: str) -> None:
    done = import_people(
        stage_on_both.db, stage_on_both.engine.shelf,
        read_rows([HEAD, ANNA, *line.splitlines(keepends=True)] if '"' in line else [HEAD, ANNA, line,
                  "carl@example.com,Carl,UTC,08:00,steady\n"]),
        stage_on_both.clock(),
    )  # fmt: skip
    assert len(done.refused) == 1
    assert done.taken == (1 if '"' in line else 2)
    with stage_on_both.db.reading() as tx:
        assert subscribers.lookup(tx, "ben@example.com") is None
