"""What is said beforehand is what is true afterwards: turns decides, pace writes, and both come to the same run."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import time, timedelta
from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.plan import EVERY_DAY, WEEKDAYS, Plan
from dripcourse.errors import DripcourseError
from dripcourse.flows import pace, turns
from dripcourse.storage.database import Transaction
from tests.flows.stage import Stage, day, raised

PLANS = st.builds(
    Plan,
    st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/Los_Angeles"]),
    st.sampled_from([time(0, 0), time(8, 0), time(23, 50)]),
    st.sampled_from([EVERY_DAY, WEEKDAYS, 0b0010100]),
    st.integers(1, 3),
)
BUTTONS = ("pause", "pause-until", "resume", "move", "skip", "now", "anew")
NUMBERS = count()


def foreseen(stage: Stage, tx: Transaction, one: Enrollment, button: str, plan: Plan) -> Enrollment:
    shelf, now = stage.engine.shelf, stage.clock()
    match button:
        case "pause" | "pause-until":
            until = day(str((now + timedelta(days=9)).date())) if button == "pause-until" else None
            return turns.paused(tx, shelf, one, now, until)
        case "resume":
            return turns.resumed(tx, shelf, one, now)
        case "move":
            return turns.moved(tx, shelf, one, plan, now)
        case "skip":
            return turns.skipped(tx, shelf, one, now).run
        case "now":
            return turns.after_sending(tx, shelf, turns.asked(tx, shelf, one, now), now)
    return turns.anew(tx, shelf, one, now)


def press(stage: Stage, one: Enrollment, button: str, plan: Plan) -> Enrollment:
    match button:
        case "pause-until":
            return stage.do(pace.pause, one, until=day(str((stage.clock() + timedelta(days=9)).date())))
        case "move":
            return stage.do(pace.move, one, plan)
        case "now":
            stage.do(pace.ask, one)
            stage.send()
            return stage.again(one)
        case "anew":
            return stage.do(pace.restart, one)
    return stage.do(getattr(pace, button), one)


def seen(one: Enrollment) -> Enrollment:
    """What a page says of a run: all but its number, its fence and when it began."""
    return replace(one, id=0, public_id="", run=0, fence=0, created_at=one.created_at.min, lease_until=None)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=PLANS, other=PLANS, waits=st.lists(st.integers(0, 60), min_size=4, max_size=4), data=st.data())
def test_what_a_button_is_said_to_come_to_is_what_it_comes_to(
    tmp_path: Path, plan: Plan, other: Plan, waits: list[int], data: st.DataObject
) -> None:
    folder = tmp_path / str(next(NUMBERS))
    folder.mkdir()
    with raised(f"sqlite:///{folder / 'd.db'}", folder) as stage:
        group = data.draw(st.sampled_from([None, "2026-03-02", "2026-03-06"]))
        one = stage.enroll("anna", plan, start=day(group) if group else None)
        for hours in waits:
            stage.at(stage.clock() + timedelta(hours=hours))
            button = data.draw(st.sampled_from(BUTTONS))
            held = stage.again(one)
            said: Enrollment | None = None
            with suppress(DripcourseError), stage.db.reading() as tx:
                said = foreseen(stage, tx, held, button, other)
            if said is None:  # it is not offered
                continue
            with suppress(DripcourseError):
                one = press(stage, held, button, other)
                assert seen(one) == seen(said), button
            assert stage.broken_promises() == []
