"""Ledgers that were spoilt so as to look healthy: each is found, with its promise and its row, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

import pytest
from sqlalchemy import text

from dripcourse.domain.consent import Inbound
from dripcourse.domain.plan import Plan
from dripcourse.flows import inbound, pace
from dripcourse.flows.planned import read_plan
from dripcourse.flows.verify import verify
from tests.flows.stage import UTC_8, Stage, utc

CONSENT = "none after consent ended"
NEVER = "none without consent"
HOUR = "at the chosen hour"
DAYS = "on the chosen days"
DAY = "never two in a local day"
LEFT_OUT = "none left out"
BESIDE = "one run at a time"


def broken(stage: Stage) -> list[tuple[str, str]]:
    found = verify(stage.db, stage.engine.shelf, stage.clock()).findings
    return [(one.promise, one.what) for one in found]


def moment(stage: Stage, at: str) -> object:
    """As the driver takes it in a raw statement."""
    return f"{at}:00.000000" if stage.db.is_sqlite else utc(at)


def spoil(stage: Stage, *statements: str, **values: object) -> None:
    """Changes behind the engine's back."""
    with stage.db.writing() as tx:
        for statement in statements:
            names = {name: value for name, value in values.items() if f":{name}" in statement}
            assert tx.execute(text(statement), names).rowcount > 0


@dataclass(frozen=True)
class Spoilt:
    """What is done to the ledger of Anna, who had welcome (2 March, noon) and one … four (3 to 6 March, 08:00)."""

    statements: Sequence[str]
    promise: str
    words: str
    at: str = "2026-03-03 09:00"


_PAUSED = (
    "INSERT INTO event (at, source, kind, subscriber_id, enrollment_id, data)"
    " VALUES (:at, 'cli', 'paused', 1, 1, '{{\"until\"\\: \"{}\"}}')"
)
_CONSENT = (
    "INSERT INTO consent (subscriber_id, course_id, kind, at, how, details) VALUES (1, 1, {}, :at, 'web', '{{}}')"
)
CASES = {
    "suppressed since": Spoilt(
        ["INSERT INTO suppression VALUES ('anna@example.com', 'complaint', :at)"], CONSENT, "two went at 2026-03-04"
    ),
    "a pending person": Spoilt(["UPDATE subscriber SET state = 'pending'"], NEVER, "welcome went at 2026-03-02"),
    "no consent on record": Spoilt(["DELETE FROM consent"], NEVER, "no consent is recorded before it"),
    "consent given too late": Spoilt(["UPDATE consent SET at = :at"], NEVER, "no consent is recorded before it"),
    "consent withdrawn": Spoilt([_CONSENT.format("'withdrawn'")], CONSENT, "consent was withdrawn at 2026-03-03 09:00"),
    "ended without an event": Spoilt(
        ["UPDATE enrollment SET state = 'left', due_at = NULL, ended_at = :at"], CONSENT, "two went at 2026-03-04"
    ),
    "planned for another hour": Spoilt(
        ["UPDATE delivery SET planned_at = :at, sent_at = :at WHERE lesson_key = 'two'"],
        HOUR, "two was planned for 2026-03-04 03:17", at="2026-03-04 03:17",
    ),
    "another plan that nothing tells of": Spoilt(["UPDATE enrollment SET weekdays = 96"], DAYS, "08:00 UTC, Sat, Sun"),
    "another pace that nothing tells of": Spoilt(["UPDATE enrollment SET every = 7"], DAYS, "every 7 days"),
    "an open pause": Spoilt(
        [_PAUSED.format("resume"), "UPDATE enrollment SET state = 'paused', due_at = NULL"],
        DAYS, "two went at 2026-03-04 08:00:00+00:00, in the pause",
    ),
    "a dated pause": Spoilt(
        [_PAUSED.format("2026-03-06")], DAYS, "two went at 2026-03-04 08:00:00+00:00, in the pause"
    ),
    "taken as a lesson without a day": Spoilt(
        ["UPDATE delivery SET scheduled = false, local_date = NULL WHERE lesson_key = 'two'"], DAY, "two went at"
    ),
    "skipped without a reason": Spoilt(
        ["UPDATE delivery SET state = 'skipped', sent_at = NULL, local_date = NULL WHERE lesson_key = 'two'"],
        LEFT_OUT, "two is skipped, and no reason",
    ),
    "put off and left behind": Spoilt(
        ["UPDATE delivery SET state = 'retry', sent_at = NULL WHERE lesson_key = 'two'"],
        LEFT_OUT, "two is retry, and the run went on",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_spoilt_ledger_is_found(stage_on_both: Stage, name: str) -> None:
    stage_on_both.enroll("anna")
    stage_on_both.at("2026-03-06 09:00")
    assert broken(stage_on_both) == []
    case = CASES[name]
    spoil(stage_on_both, *case.statements, at=moment(stage_on_both, case.at))
    assert any(promise == case.promise and case.words in what for promise, what in broken(stage_on_both))


def test_all_of_a_ledger_at_another_hour(stage: Stage) -> None:
    stage.enroll("anna")
    stage.at("2026-03-06 09:00")
    for day in (3, 4, 5, 6):
        spoil(stage, f"UPDATE delivery SET planned_at = :at, sent_at = :at WHERE local_date = '2026-03-0{day}'",
              at=moment(stage, f"2026-03-0{day} 03:17"))  # fmt: skip
    assert [promise for promise, _ in broken(stage)] == [HOUR] * 4


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (Plan("UTC", time(8, 0), weekdays=0b1100000), "one is the lesson of Tuesday 2026-03-03"),
        (Plan("UTC", time(8, 0), every=7), "two went 1 days after one; the plan said 7"),
        (Plan("Asia/Tokyo", time(8, 0)), "one was planned for 2026-03-03 08:00"),
    ],
)
def test_lessons_against_the_plan_that_the_ledger_tells_of(stage_on_both: Stage, plan: Plan, words: str) -> None:
    """The plan was this one from the beginning: the row and the event agree, and the lessons do not."""
    stage_on_both.enroll("anna")
    stage_on_both.at("2026-03-06 09:00")
    spoil(stage_on_both, "UPDATE enrollment SET weekdays = :days, every = :every, zone = :zone",
          days=plan.weekdays, every=plan.every, zone=plan.zone)  # fmt: skip
    spoil(stage_on_both, "UPDATE event SET data = :data WHERE kind = 'enrolled'", data=f'{{"plan": "{plan}"}}')
    assert any(words in what for _promise, what in broken(stage_on_both))


def test_a_next_lesson_that_jumped_ahead(stage_on_both: Stage) -> None:
    stage_on_both.enroll("anna")
    stage_on_both.at("2026-03-03 09:00")
    spoil(stage_on_both, "UPDATE enrollment SET next_key = 'four'")
    missing = [what for promise, what in broken(stage_on_both) if promise == LEFT_OUT]
    assert [what.split()[0] for what in missing] == ["two", "three"]


def test_two_runs_of_one_course_at_once_with_the_same_lessons(stage_on_both: Stage) -> None:
    stage_on_both.enroll("anna")
    stage_on_both.at("2026-03-06 09:00")
    columns = "subscriber_id, course_id, version_id, state, reason, source, zone, hour, weekdays, every, next_key,"
    columns += " next_date, last_date, due_at, fence, created_at"
    rows = "lesson_key, version_id, scheduled, local_date, planned_at, zone, state, attempts, fence, claim_id, slot,"
    rows += " message_id, created_at, sent_at"
    spoil(
        stage_on_both,
        f"INSERT INTO enrollment (id, public_id, run, {columns}) SELECT 77, 'second', 9, {columns} FROM enrollment",
        f"INSERT INTO delivery (enrollment_id, {rows}) SELECT 77, {rows} FROM delivery",
    )
    found = verify(stage_on_both.db, stage_on_both.engine.shelf, stage_on_both.clock()).findings
    assert {one.enrollment for one in found} == {"second"}
    promises = [one.promise for one in found]
    assert promises.count(BESIDE) == 1
    assert promises.count(DAY) == 4


def test_a_zone_that_is_no_more_hides_nobody_else(stage: Stage) -> None:
    anna, ben = stage.enroll("anna"), stage.enroll("ben")
    stage.at("2026-03-04 09:00")
    spoil(stage, f"UPDATE enrollment SET zone = 'Europe/Atlantis' WHERE id = {anna.id}")
    spoil(stage, f"UPDATE delivery SET reason = '', state = 'failed', sent_at = NULL WHERE enrollment_id = {ben.id}")
    found = verify(stage.db, stage.engine.shelf, stage.clock()).findings
    assert {one.enrollment for one in found} == {anna.public_id, ben.public_id}


def test_a_lesson_that_crossed_midnight_is_no_gap(stage: Stage) -> None:
    anna = stage.enroll("anna", Plan("UTC", time(23, 55)))
    stage.at("2026-03-03 23:50")
    stage.jump("2026-03-04 00:05")
    stage.send()
    stage.at("2026-03-07 00:30")
    assert (stage.sent(anna)["two"], stage.sent(anna)["three"]) == ("2026-03-04", "2026-03-05")
    assert broken(stage) == []


def test_plans_that_changed_by_the_book(stage: Stage) -> None:
    anna = stage.enroll("anna")
    stage.at("2026-03-03 09:00")
    stage.do(pace.move, anna, Plan("Pacific/Auckland", time(20, 30), weekdays=0b0101010))
    stage.at("2026-03-08 09:00")
    stage.do(pace.pause, anna)
    stage.at("2026-03-10 09:00")
    stage.do(pace.move, anna, Plan("America/Los_Angeles", time(6, 0), every=3))
    stage.do(pace.resume, anna)
    stage.at("2026-03-11 20:00")
    stage.do(pace.pause, anna, until=date(2026, 3, 28))
    stage.at("2026-04-20 09:00")
    assert stage.again(anna).state == "finished"
    assert broken(stage) == []


def test_who_leaves_returns_at_once_and_begins_again(stage: Stage) -> None:
    anna = stage.enroll("anna", UTC_8)
    stage.at("2026-03-03 09:00")
    inbound.leave(stage.engine, anna.public_id, Inbound.ONE_CLICK, stage.clock())
    inbound.come_back(stage.engine, stage.engine.shelf, anna.public_id, stage.clock())
    stage.at("2026-03-05 09:00")
    stage.do(pace.restart, anna)
    stage.at("2026-03-20 09:00")
    assert [what for what in broken(stage) if "outside a course" not in what[1]] == []


@pytest.mark.parametrize(
    "plan",
    [
        Plan(),
        Plan("America/Argentina/ComodRivadavia", time(23, 59), weekdays=0b0010101, every=3),
        Plan("Etc/GMT+5", time(0, 0), weekdays=0b0011111, every=2),
        Plan("Asia/Tokyo", weekdays=0b1000000, every=31),
        Plan(every=2),
        Plan(every=3),
        Plan(weekdays=0b0011111),
    ],
)
def test_a_plan_is_read_as_it_was_spelt(plan: Plan) -> None:
    assert read_plan(str(plan)) == plan


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("08:00 UTC, every day, daily", "every day"),
        ("08:00 UTC, every day, every 2nd day", "every other day"),
        ("08:00 UTC, Mon, Wed, every 3 days", "Mon, Wed, at least 3 days apart"),
        ("08:00 UTC, Mon-Fri, daily", "Mon-Fri"),
    ],
)
def test_a_plan_is_read_as_older_ledgers_spell_it(words: str, days: str) -> None:
    assert str(read_plan(words)) == f"08:00 UTC, {days}"


@pytest.mark.parametrize("words", ["", "now and then", "25:00 UTC, every day, daily", "08:00 UTC, Foo, daily"])
def test_other_words_are_no_plan(words: str) -> None:
    assert read_plan(words) is None
