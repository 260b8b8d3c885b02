"""Verify finds each broken promise by its name, and nothing where all were kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.plan import Plan
from dripcourse.flows import pace
from dripcourse.flows.verify import check_run, verify
from dripcourse.storage import deliveries, events
from tests.flows.stage import LOST, TAKEN, Stage, refusal, utc

TWICE = "no lesson twice"
ORDER = "none out of order"
LEFT_OUT = "none left out"
CONSENT = "none after consent ended"
DAY = "never two in a local day"
HOUR = "at the chosen hour"
GAP = "every gap with a reason"
HANGS = "nothing hangs"


def spoil(stage: Stage, statement: str, **values: object) -> None:
    """One change to the ledger behind the engine's back; it must hit exactly one row."""
    with stage.db.writing() as tx:
        assert tx.execute(text(statement), values).rowcount == 1


def broken(stage: Stage) -> list[tuple[str, str]]:
    found = verify(stage.db, stage.engine.shelf, stage.clock()).findings
    return [(one.promise, one.what) for one in found]


def move(stage: Stage, key: str, day: str, hour: str = "08:00") -> None:
    """That lesson as if it had been planned for and sent at another time."""
    at = utc(f"{day} {hour}")
    with stage.db.writing() as tx:
        (row,) = [r for r in _all(tx) if r.lesson_key == key]
        deliveries.save(tx, [replace(row, local_date=at.date(), planned_at=at, sent_at=at)])


def _all(tx):  # type: ignore[no-untyped-def]
    return [row for rows in deliveries.of_enrollments(tx, [1]).values() for row in rows]


@pytest.fixture
def told(stage_on_both: Stage) -> Stage:
    """Anna has had welcome (2 March, noon) and the lessons one to four (3 to 6 March, 08:00)."""
    stage_on_both.enroll("anna")
    stage_on_both.at("2026-03-06 09:00")
    return stage_on_both


def test_a_healthy_ledger(told: Stage) -> None:
    proof = verify(told.db, told.engine.shelf, told.clock())
    assert (proof.runs, proof.sent, proof.late, proof.doubts, proof.findings) == (1, 5, 0, 0, [])
    told.at("2026-03-20 09:00")
    assert broken(told) == []


def test_out_of_order(told: Stage) -> None:
    move(told, "three", "2026-03-10")
    move(told, "two", "2026-03-05")
    move(told, "three", "2026-03-04")
    assert broken(told) == [(ORDER, "two went after three, at 2026-03-05 08:00:00+00:00")]


def test_left_out(told: Stage) -> None:
    spoil(told, "DELETE FROM delivery WHERE lesson_key = 'one'")
    assert (LEFT_OUT, "one neither went nor is there a reason why not") in broken(told)
    assert {promise for promise, _ in broken(told)} == {LEFT_OUT, GAP}


def test_the_last_one_left_out(told: Stage) -> None:
    told.at("2026-03-20 09:00")
    spoil(told, "DELETE FROM delivery WHERE lesson_key = 'completion'")
    assert broken(told) == [(LEFT_OUT, "completion neither went nor is there a reason why not")]


def test_sent_after_leaving(told: Stage) -> None:
    with told.db.writing() as tx:
        events.record(tx, [events.Event(utc("2026-03-06 07:00"), "left", "web", 1, 1, {"why": "one-click"})])
    ((promise, what),) = broken(told)
    assert promise == CONSENT
    assert what.startswith("four went at 2026-03-06 08:00")


def test_leaving_and_coming_back_is_no_broken_promise(told: Stage) -> None:
    with told.db.writing() as tx:
        events.record(tx, [events.Event(utc("2026-03-05 09:00"), "left", "web", 1, 1, {})])
        events.record(tx, [events.Event(utc("2026-03-05 10:00"), "returned", "web", 1, 1, {})])
    assert broken(told) == []


def test_an_ended_run_that_is_still_due(told: Stage) -> None:
    spoil(told, "UPDATE enrollment SET state = 'left' WHERE id = 1")
    ((promise, what),) = broken(told)
    assert promise == CONSENT
    assert "still due" in what


def test_two_on_a_local_day(told: Stage) -> None:
    spoil(told, "UPDATE delivery SET sent_at = :at WHERE lesson_key = 'four'", at=_moment(told, "2026-03-05 20:00"))
    found = dict(broken(told))
    assert found[DAY] == "three and four both went on 2026-03-05"
    assert HOUR in found  # twelve hours before its own


def test_two_on_a_local_day_across_a_zone_change(stage_on_both: Stage) -> None:
    """Lesson one on 3 March 23:00 in Auckland is 3 March 11:00 in Berlin; two at 12:00 there reads the same date."""
    anna = stage_on_both.enroll("anna", Plan("Pacific/Auckland", utc("2026-03-03 23:00").time()))
    stage_on_both.at("2026-03-05 13:00")
    assert broken(stage_on_both) == []
    spoil(
        stage_on_both,
        "UPDATE delivery SET zone = 'Europe/Berlin', planned_at = :at, sent_at = :at WHERE lesson_key = 'three'",
        at=_moment(stage_on_both, "2026-03-04 11:00"),
    )
    assert stage_on_both.rows(anna)["two"].sent_at == utc("2026-03-04 10:00")
    assert (DAY, "two and three both went on 2026-03-04") in broken(stage_on_both)


def _moment(stage: Stage, moment: str) -> object:
    """As the driver takes it in a raw statement."""
    return f"{moment}:00.000000" if stage.db.is_sqlite else utc(moment)


@pytest.mark.parametrize(("minutes", "reason", "found"), [(10, "", []), (16, "", [HOUR]), (300, "tried twice", [])])
def test_late_needs_a_reason(told: Stage, minutes: int, reason: str, found: list[str]) -> None:
    at = utc("2026-03-06 08:00") + timedelta(minutes=minutes)
    told.jump(at)
    with told.db.writing() as tx:
        (row,) = [r for r in _all(tx) if r.lesson_key == "four"]
        deliveries.save(tx, [replace(row, sent_at=at, reason=reason)])
    assert [promise for promise, _ in broken(told)] == found
    if found:
        assert broken(told)[0][1] == "four went 0:16:00 late and no reason is recorded"


def test_before_its_hour(told: Stage) -> None:
    spoil(told, "UPDATE delivery SET sent_at = :at WHERE lesson_key = 'four'", at=_moment(told, "2026-03-06 07:00"))
    assert broken(told) == [(HOUR, "four went 1:00:00 before its hour, at 2026-03-06 07:00:00+00:00")]


def test_a_gap_without_a_reason(told: Stage) -> None:
    told.jump("2026-03-09 09:00")
    spoil(told, "UPDATE enrollment SET next_date = :day, due_at = :at WHERE id = 1", day=_date(told, "2026-03-10"),
          at=_moment(told, "2026-03-10 08:00"))  # fmt: skip
    move(told, "four", "2026-03-09")
    assert broken(told) == [(GAP, "four is the lesson of 2026-03-09; 2026-03-06 was free")]


def test_a_wait_ahead_without_a_reason(told: Stage) -> None:
    spoil(told, "UPDATE enrollment SET next_date = :day, due_at = :at WHERE id = 1", day=_date(told, "2026-04-10"),
          at=_moment(told, "2026-04-10 08:00"))  # fmt: skip
    assert broken(told) == [(GAP, "completion is the lesson of 2026-04-10; 2026-03-07 was free")]


def _date(stage: Stage, day: str) -> object:
    return day if stage.db.is_sqlite else date.fromisoformat(day)


def test_a_first_lesson_that_let_days_pass(stage_on_both: Stage) -> None:
    stage_on_both.enroll("anna")
    stage_on_both.at("2026-03-03 09:00")
    stage_on_both.jump("2026-03-08 09:00")
    move(stage_on_both, "one", "2026-03-08")
    spoil(stage_on_both, "UPDATE enrollment SET next_date = :day, due_at = :at WHERE id = 1",
          day=_date(stage_on_both, "2026-03-09"), at=_moment(stage_on_both, "2026-03-09 08:00"))  # fmt: skip
    assert broken(stage_on_both) == [(GAP, "one is the lesson of 2026-03-08; 2026-03-03 was free")]


def test_a_gap_with_a_pause(stage: Stage) -> None:
    anna = stage.enroll("anna")
    stage.at("2026-03-04 09:00")
    stage.do(pace.pause, anna, until=date(2026, 3, 20))
    stage.at("2026-03-22 09:00")
    assert stage.sent(anna)["three"] == "2026-03-20"
    assert broken(stage) == []


@pytest.mark.parametrize(
    "plan", [Plan("UTC", weekdays=0b0011111), Plan("UTC", every=2), Plan("UTC", weekdays=0b1000000)]
)
def test_a_plan_with_free_days_has_no_gaps(stage: Stage, plan: Plan) -> None:
    stage.enroll("anna", plan)
    stage.at("2026-04-30 09:00")
    assert broken(stage) == []


def test_what_hangs(told: Stage) -> None:
    told.jump("2026-03-08 07:00")  # the completion mail is due since the 7th, 08:00: not yet a day
    assert broken(told) == []
    told.jump("2026-03-08 08:01")
    assert broken(told) == [(HANGS, "completion is due since 2026-03-07 08:00:00+00:00: is a worker running?")]


def test_a_row_that_never_came_back(told: Stage) -> None:
    spoil(told, "UPDATE delivery SET state = 'sending', sent_at = NULL WHERE lesson_key = 'three'")
    assert (HANGS, "three is on its way since 2026-03-05 08:00:00+00:00") in broken(told)
    told.at("2026-03-20 09:00")  # the course is over, and that row still is where it was
    assert (HANGS, "three is on its way since 2026-03-05 08:00:00+00:00") in broken(told)


def test_sent_without_a_moment(told: Stage) -> None:
    spoil(told, "UPDATE delivery SET sent_at = NULL WHERE lesson_key = 'four'")
    assert HANGS in dict(broken(told))


def test_a_confirm_mail_that_hangs(told: Stage) -> None:
    with told.db.writing() as tx:
        tx.execute(text(
            "INSERT INTO notice (public_id, subscriber_id, template, context, state, due_at, attempts, fence,"
            " message_id, created_at) VALUES ('n', 1, 'confirm', '{}', 'queued', :at, 0, 0, '<n@b>', :at)"
        ), {"at": _moment(told, "2026-03-05 08:00")})  # fmt: skip
    assert [promise for promise, _ in broken(told)] == [HANGS]


def test_twice_which_the_database_itself_refuses(stage: Stage) -> None:
    """The unique key makes this row impossible; verify would see it all the same."""
    anna = stage.enroll("anna")
    stage.at("2026-03-04 09:00")
    rows = list(stage.rows(anna).values())
    again = replace(rows[1], sent_at=utc("2026-03-05 08:00"), planned_at=utc("2026-03-05 08:00"))
    orders = {rows[0].version_id: {"welcome": 0, "one": 1, "two": 2, "three": 3, "four": 4, "completion": 5}}
    found = check_run(stage.again(anna), [*rows, again], [], orders, stage.clock())
    assert (TWICE, "one went again at 2026-03-05 08:00:00+00:00") in list(found)


def test_an_outage_a_late_mail_a_doubt_a_skip_and_an_edit_are_no_broken_promises(stage: Stage) -> None:
    anna, ben = stage.enroll("anna"), stage.enroll("ben", Plan("Asia/Tokyo"))
    stage.at("2026-03-03 09:00")
    later = refusal(451, "4.7.1 later")
    stage.post.answer = lambda to, _: LOST if to.startswith("anna") else later
    stage.at("2026-03-04 08:10")
    stage.post.answer = lambda _to, _try: TAKEN
    stage.at("2026-03-05 09:00")
    stage.do(pace.skip, anna)
    stage.publish("welcome", "one", "new", "two", "four", "completion")
    stage.outage_until("2026-03-07 20:00")
    stage.at("2026-03-20 09:00")
    assert {one.state for one in (stage.again(anna), stage.again(ben))} == {"finished"}
    proof = verify(stage.db, stage.engine.shelf, stage.clock())
    assert (proof.findings, proof.doubts) == ([], 1)
    assert proof.late >= 1


def test_a_second_copy_by_a_worker_that_was_too_slow_is_counted_as_a_doubt(told: Stage) -> None:
    with told.db.writing() as tx:
        data = {"lesson": "four", "accepted": True}
        events.record(tx, [events.Event(utc("2026-03-06 08:30"), "taken-over", "engine", 1, 1, data)])
    assert verify(told.db, told.engine.shelf, told.clock()).doubts == 1


def test_every_run_is_looked_at_however_many_there_are(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dripcourse.flows.verify._BATCH", 7)
    people: list[Enrollment] = [stage.enroll(f"reader-{n}") for n in range(20)]
    stage.send()
    spoil(stage, "UPDATE delivery SET sent_at = NULL WHERE enrollment_id = :id", id=people[-1].id)
    proof = verify(stage.db, stage.engine.shelf, stage.clock())
    assert (proof.runs, [finding.enrollment for finding in proof.findings]) == (20, [people[-1].public_id])
