"""Simulate is the real engine on a virtual clock: its dates are those of the calendar on the wall."""

from __future__ import annotations

import hashlib
import resource
import time as stopwatch
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dripcourse.config import Settings
from dripcourse.domain.course import Action, Course, Lesson, LessonKind
from dripcourse.domain.enrollment import Delivery
from dripcourse.domain.plan import WEEKDAYS, Plan
from dripcourse.flows import pace
from dripcourse.flows.engine import Engine
from dripcourse.flows.simulate import (
    Outage,
    Pause,
    Progress,
    Scenario,
    VirtualClock,
    scratch,
    simulate_course,
    simulate_everybody,
    timetable,
)
from dripcourse.flows.verify import verify
from dripcourse.storage.tables import metadata
from tests.flows.stage import Stage, utc


def course_of(days: int) -> Course:
    """Welcome, that many days, completion."""
    lessons = [Lesson("welcome", LessonKind.WELCOME, 0, "Welcome", body="Hello.")]
    lessons += [
        Lesson(f"day-{n}", LessonKind.LESSON, n, f"Day {n}", body="Read.", action=Action("Do it."))
        for n in range(1, days + 1)
    ]
    return Course(
        "tiny", "Tiny", "en", (*lessons, Lesson("completion", LessonKind.COMPLETION, days + 1, "Done", body="Bye."))
    )


@contextmanager
def simulated(course: Course, scenario: Scenario) -> Iterator[tuple[Engine, VirtualClock, Progress]]:
    with scratch(Settings()) as (engine, clock):
        yield engine, clock, simulate_course(engine, clock, course, scenario, lambda _: None)


def lessons(engine: Engine) -> list[tuple[Delivery, str]]:
    """The scheduled lessons of the only person, with the reasons."""
    return [(row, why) for _, row, why in timetable(engine) if row.scheduled]


def begin(day: str, zone: str) -> datetime:
    """Midnight of that date there."""
    return datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def walls(engine: Engine) -> list[datetime]:
    """When each scheduled lesson went, on the wall clock, without a zone."""
    return [
        row.sent_at.astimezone(ZoneInfo(row.zone)).replace(tzinfo=None) for row, _ in lessons(engine) if row.sent_at
    ]


@pytest.mark.parametrize(
    ("zone", "start", "change"),
    [("Pacific/Auckland", "2026-09-20", "2026-09-27"), ("America/New_York", "2026-03-01", "2026-03-08"),
     ("Europe/Berlin", "2026-10-20", "2026-10-25"), ("Australia/Lord_Howe", "2026-09-30", "2026-10-04")],
)  # fmt: skip
def test_each_lesson_stays_at_eight_across_a_clock_change(zone: str, start: str, change: str) -> None:
    first = date.fromisoformat(start)
    with simulated(course_of(30), Scenario(Plan(zone), begin(start, zone))) as (engine, clock, _):
        assert walls(engine) == [datetime.combine(first + timedelta(days=n), time(8, 0)) for n in range(31)]
        offsets = {row.sent_at.astimezone(ZoneInfo(zone)).utcoffset() for row, _ in lessons(engine) if row.sent_at}
        assert len(offsets) == 2, f"the clocks change on {change}"
        assert verify(engine.db, engine.shelf, clock()).findings == []


def test_weekdays_only() -> None:
    with simulated(course_of(7), Scenario(Plan("UTC", weekdays=WEEKDAYS), begin("2026-03-06", "UTC"))) as (
        engine,
        _,
        _p,
    ):
        got = [str(day.date()) for day in walls(engine)]  # 6 March 2026 is a Friday
    assert got == ["2026-03-06", "2026-03-09", "2026-03-10", "2026-03-11", "2026-03-12", "2026-03-13", "2026-03-16",
                   "2026-03-17"]  # fmt: skip


def test_every_second_day() -> None:
    with simulated(course_of(3), Scenario(Plan("UTC", every=2), begin("2026-03-06", "UTC"))) as (engine, _, _p):
        assert [day.day for day in walls(engine)] == [6, 8, 10, 12]


def test_a_pause_shifts_the_rest_and_is_the_reason() -> None:
    """Day 5 would be 5 March; four days later is the 9th."""
    scenario = Scenario(Plan("UTC"), begin("2026-03-01", "UTC"), pauses=[Pause(5, 4)])
    with simulated(course_of(7), scenario) as (engine, clock, _):
        assert [day.day for day in walls(engine)] == [1, 2, 3, 4, 9, 10, 11, 12]
        assert [row.lesson_key for row, why in lessons(engine) if why] == ["day-5"]
        assert "until 2026-03-09" in lessons(engine)[4][1]
        assert verify(engine.db, engine.shelf, clock()).findings == []


@pytest.mark.parametrize(
    ("hours", "days"),
    [
        (1, [1, 2, 3, 4, 5, 6, 7, 8]),  # 07:59 to 08:59 on the 3rd: that day still, late
        (5.5, [1, 2, 3, 4, 5, 6, 7, 8]),
        (8, [1, 2, 4, 5, 6, 7, 8, 9]),  # too late for the 3rd: everything a day later
        (36, [1, 2, 5, 6, 7, 8, 9, 10]),  # back on the 4th at 19:59: the next hour is on the 5th
        (24 * 7 - 1, [1, 2, 10, 11, 12, 13, 14, 15]),  # back on the 10th at 06:59: its lesson goes at 08:00
    ],
)
def test_an_outage_shifts_everything_and_skips_nobody(hours: float, days: list[int]) -> None:
    scenario = Scenario(Plan("UTC"), begin("2026-03-01", "UTC"), outages=[Outage(3, hours)])
    with simulated(course_of(7), scenario) as (engine, clock, _):
        rows = lessons(engine)
        assert [row.lesson_key for row, _ in rows] == [*(f"day-{n}" for n in range(1, 8)), "completion"]
        assert [row.local_date.day for row, _ in rows if row.local_date] == days
        told = {row.lesson_key: why for row, why in rows if why}
        assert set(told) == {"day-3"}
        assert all("the service was down from 2026-03-03 07:59" in why for why in told.values())
        assert verify(engine.db, engine.shelf, clock()).findings == []


def oracle(plan: Plan, start: datetime, count: int, pauses: dict[int, int]) -> list[date]:
    """The dates by counting days on the wall calendar alone: no instants, no engine."""
    here = start.astimezone(ZoneInfo(plan.zone))
    day = here.date() if here.time() <= plan.hour else here.date() + timedelta(days=1)
    found: list[date] = []
    while len(found) < count:
        free = not found or (day - found[-1]).days >= plan.every
        if free and plan.weekdays >> day.weekday() & 1:
            if len(found) + 1 in pauses:
                day += timedelta(days=pauses.pop(len(found) + 1))
                continue
            found.append(day)
        day += timedelta(days=1)
    return found


ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland", "Asia/Kathmandu", "America/St_Johns",
         "Pacific/Apia", "Pacific/Kiritimati", "Australia/Lord_Howe", "Africa/Casablanca")  # fmt: skip
hours_ = st.integers(0, 24 * 60 - 1).map(lambda minute: time(minute // 60, minute % 60))
plans = st.builds(Plan, st.sampled_from(ZONES), hours_, st.integers(1, 127), st.integers(1, 3))
starts = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)).map(
    lambda at: at.replace(tzinfo=UTC, microsecond=0)
)


@given(plans, starts, st.dictionaries(st.integers(2, 2), st.integers(1, 20), max_size=1))
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
def test_the_dates_are_those_of_the_wall_calendar(plan: Plan, start: datetime, pauses: dict[int, int]) -> None:
    scenario = Scenario(plan, start, pauses=[Pause(day, days) for day, days in pauses.items()])
    with simulated(course_of(7), scenario) as (engine, clock, progress):
        rows = [row for row, _ in lessons(engine)]
        assert [row.local_date for row in rows] == oracle(plan, start, 8, dict(pauses))
        assert progress.sent == 9
        assert verify(engine.db, engine.shelf, clock()).findings == []


@given(plans, starts, st.lists(st.tuples(st.integers(1, 8), st.integers(1, 90)), min_size=1, max_size=2),
       st.lists(st.tuples(st.integers(1, 8), st.integers(1, 30)), max_size=2))  # fmt: skip
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@example(Plan("UTC", time(0, 0), 4), datetime(2025, 1, 1, tzinfo=UTC), [(2, 1)], [(1, 1)])  # a pause at the start
def test_whatever_happens_nobody_is_skipped_and_no_promise_is_broken(
    plan: Plan, start: datetime, outages: list[tuple[int, int]], pauses: list[tuple[int, int]]
) -> None:
    scenario = Scenario(plan, start, pauses=[Pause(*p) for p in pauses], outages=[Outage(*o) for o in outages])
    with simulated(course_of(7), scenario) as (engine, clock, progress):
        rows = [row for row, _ in lessons(engine)]
        assert [row.lesson_key for row in rows] == [*(f"day-{n}" for n in range(1, 8)), "completion"]
        assert progress.sent == 9
        days = [row.local_date for row in rows]
        assert days == sorted(set(days))
        assert verify(engine.db, engine.shelf, clock()).findings == []


def fingerprint(stage: Stage) -> str:
    seen = hashlib.sha256()
    with stage.db.reading() as tx:
        for table in metadata.sorted_tables:
            seen.update(repr(sorted(map(str, tx.execute(table.select())))).encode())
    return seen.hexdigest()


def test_everybody_foretells_what_then_really_happens_and_changes_nothing(stage_on_both: Stage) -> None:
    stage = stage_on_both
    anna, ben = stage.enroll("anna"), stage.enroll("ben", Plan("Asia/Tokyo", time(22, 30), WEEKDAYS))
    carla, dora = stage.enroll("carla", Plan("America/New_York", every=2)), stage.enroll("dora")
    stage.at("2026-03-04 09:00")
    stage.do(pace.pause, ben, until=date(2026, 3, 12))
    stage.do(pace.pause, dora)
    before = fingerprint(stage)
    with scratch(Settings()) as (engine, clock):
        runs, _ = simulate_everybody(engine, clock, stage.db, stage.clock(), 60, lambda _: None)
        foretold = {
            (run, row.lesson_key, str(row.local_date), row.sent_at) for run, row, _ in timetable(engine) if row.sent_at
        }
        with engine.db.reading() as tx:
            copied = [row.address for row in tx.execute(metadata.tables["subscriber"].select())]
    assert runs == 4
    assert fingerprint(stage) == before
    assert [address for address in copied if "example.com" in address] == []
    stage.at(utc("2026-05-04 09:00"))
    happened = {
        (one.id, row.lesson_key, str(row.local_date), row.sent_at)
        for one in (anna, ben, carla, dora) for row in stage.rows(one).values() if row.sent_at
    }  # fmt: skip
    assert foretold == happened
    assert len([1 for run, *_ in foretold if run == ben.id]) == 6


def peak() -> float:
    """The most memory this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.parametrize("people", [200, pytest.param(10_000, marks=pytest.mark.slow)])
def test_many_people_in_flat_memory(people: int, capsys: pytest.CaptureFixture[str]) -> None:
    with simulated(course_of(30), Scenario(Plan("UTC"), begin("2026-03-01", "UTC"), subscribers=10)):
        pass
    before, began = peak(), stopwatch.monotonic()
    scenario = Scenario(Plan("UTC"), begin("2026-03-01", "UTC"), subscribers=people)
    with simulated(course_of(30), scenario) as (engine, clock, progress):
        took = stopwatch.monotonic() - began
        assert progress.sent == people * 32
        proof = verify(engine.db, engine.shelf, clock())
        assert (proof.runs, proof.findings) == (people, [])
        assert sum(1 for _ in timetable(engine)) == people * 32
    grown = peak() - before
    with capsys.disabled():
        print(f"\n{people} people x 30 days: {took:.1f} s, {grown:.0f} MB more than ten people took")
    assert grown < 120
