"""A worker that is too slow: what it may still do, and what the one that takes over does."""

from __future__ import annotations

import threading

import pytest

from dripcourse.flows import pace
from dripcourse.flows.dispatch import send_due
from tests.flows.stage import DAY, HOUR, LOST, MINUTE, TAKEN, Gate, Killed, Stage, refusal, utc


def in_background(stage: Stage) -> threading.Thread:
    """A second worker, in a thread."""
    thread = threading.Thread(target=send_due, args=(stage.engine,), daemon=True)
    thread.start()
    return thread


def held_at(stage: Stage, name: str) -> tuple[threading.Thread, Gate]:
    """A worker that has claimed what is due and stands still at that point of its first mail."""
    gate = stage.post.gates[name] = Gate()
    thread = in_background(stage)
    assert gate.reached.wait(20)
    del stage.post.gates[name]  # only this one is held
    return thread, gate


def let_go(thread: threading.Thread, gate: Gate) -> None:
    gate.open.set()
    thread.join(20)
    assert not thread.is_alive()


def test_a_late_acceptance_settles_the_doubt_it_left_and_no_second_copy_goes(stage_on_both: Stage) -> None:
    stage = stage_on_both
    anna = stage.enroll("anna")
    slow, gate = held_at(stage, "reply")
    stage.past_the_lease()
    assert send_due(stage.engine).claimed == 1
    assert stage.rows(anna)["welcome"].state == "unknown"
    let_go(slow, gate)
    assert stage.rows(anna)["welcome"].state == "sent"
    stage.at(stage.clock.now + HOUR)
    assert len(stage.post.accepted) == 1
    assert stage.again(anna).next_key == "one"


def test_a_worker_held_past_its_lease_before_the_dot_sends_nothing(stage_on_both: Stage) -> None:
    stage = stage_on_both
    anna = stage.enroll("anna")
    slow, gate = held_at(stage, "dot")
    stage.past_the_lease()
    stage.send()  # another worker takes over and sends it
    let_go(slow, gate)
    assert [mail.to for mail in stage.post.accepted] == ["anna@example.com"]
    assert stage.rows(anna)["welcome"].state == "sent"
    assert stage.doubts() == 0


def test_a_late_worker_does_not_overwrite_what_another_has_settled(stage_on_both: Stage) -> None:
    stage = stage_on_both
    anna = stage.enroll("anna")
    slow, gate = held_at(stage, "reply")
    stage.past_the_lease()
    stage.send()
    stage.jump(stage.clock.now + 31 * MINUTE)  # in doubt for half an hour, then sent once more
    stage.send()
    before, run = stage.rows(anna)["welcome"], stage.again(anna)
    assert before.state == "sent"
    stage.jump(stage.clock.now + 5 * MINUTE)
    let_go(slow, gate)
    assert stage.rows(anna)["welcome"] == before
    assert stage.again(anna) == run
    late = stage.happened(anna, "taken-over")
    assert [(e.data or {})["accepted"] for e in late] == [True]
    assert stage.doubts() == 1
    assert len({mail.message_id for mail in stage.post.accepted}) == 1


def test_a_late_refusal_does_not_undo_what_the_next_worker_sent(stage: Stage) -> None:
    anna = stage.enroll("anna")
    stage.post.answer = lambda _, number: refusal(451, "4.3.0 later") if number == 1 else TAKEN
    slow, gate = held_at(stage, "reply")
    stage.past_the_lease()
    stage.send()
    let_go(slow, gate)
    assert stage.rows(anna)["welcome"].state == "sent"
    assert stage.again(anna).next_key == "one"
    assert [(e.data or {})["accepted"] for e in stage.happened(anna, "taken-over")] == [False]


def test_a_worker_that_wakes_a_day_later_leaves_the_next_lessons_lease_alone(stage: Stage) -> None:
    anna = stage.enroll("anna")
    slow, gate = held_at(stage, "reply")
    stage.past_the_lease()
    stage.send()
    stage.jump(stage.clock.now + 31 * MINUTE)
    stage.send()
    stage.jump("2026-03-03 08:00")
    other, second = held_at(stage, "reply")
    before = stage.again(anna)
    let_go(slow, gate)
    assert stage.again(anna) == before
    let_go(other, second)
    assert stage.sent(anna) == {"welcome": "", "one": "2026-03-03"}


def test_near_the_end_of_its_lease_a_worker_begins_no_new_mail(stage: Stage) -> None:
    people = [stage.enroll(name) for name in ("anna", "ben", "chie")]

    def slow(_to: str, _number: int) -> object:
        stage.clock.now += 5 * MINUTE
        return TAKEN

    stage.post.answer = slow  # type: ignore[assignment]
    report = send_due(stage.engine)
    assert report.outcomes == {"sent": 2, "retry": 1}  # 5 + 5 minutes; the third would end after the lease
    left = stage.rows(people[2])["welcome"]
    assert (left.attempts, left.state) == (0, "retry")
    stage.post.answer = lambda *_: TAKEN
    stage.send()
    assert len(stage.post.accepted) == 3
    assert stage.doubts() == 0


@pytest.mark.parametrize("later", [0 * DAY, 12 * MINUTE, 2 * HOUR])
def test_two_workers_at_once_never_hold_the_same_person(stage_on_both: Stage, later: object) -> None:
    stage = stage_on_both
    for name in ("anna", "ben", "chie", "dayo"):
        stage.enroll(name)
    engine = stage.with_engine(batch_size=2).engine
    stage = stage.with_engine(batch_size=2)
    gate = stage.post.gates["mail"] = Gate()
    first, second = (threading.Thread(target=send_due, args=(engine,), daemon=True) for _ in range(2))
    first.start()
    second.start()
    assert gate.reached.wait(20)
    gate.open.set()
    first.join(20)
    second.join(20)
    stage.send()
    assert sorted(mail.to for mail in stage.post.accepted) == [
        f"{name}@example.com" for name in ("anna", "ben", "chie", "dayo")
    ]


def test_in_doubt_twice_is_enough(stage: Stage) -> None:
    anna = stage.enroll("anna")
    stage.at("2026-03-03 07:59")
    stage.post.answer = lambda *_: LOST
    stage.at("2026-03-03 07:59")
    stage.at("2026-03-03 20:00")
    row = stage.rows(anna)["one"]
    assert (row.state, row.doubts) == ("unknown", 2)
    assert sum(mail.message_id == row.message_id for mail in stage.post.accepted) == 2
    assert stage.again(anna).next_key == "two"
    assert stage.again(anna).due_at == utc("2026-03-04 08:00")


def test_a_lesson_whose_worker_died_and_whose_day_passed_is_no_longer_on_its_way(stage: Stage) -> None:
    anna = stage.enroll("anna")
    stage.send()
    stage.jump("2026-03-03 08:00")
    gate = stage.post.gates["mail"] = Gate()
    gate.pass_through = lambda: (_ for _ in ()).throw(Killed)  # type: ignore[assignment]
    with pytest.raises(Killed):
        send_due(stage.engine)
    stage.post.gates.clear()
    stage.outage_until("2026-03-03 20:00")
    stage.at("2026-03-03 21:00")
    row = stage.rows(anna)["one"]
    assert (row.state, row.attempts, stage.again(anna).due_at) == ("retry", 0, utc("2026-03-04 08:00"))
    stage.do(pace.skip, anna)  # not refused: nothing is being sent
    stage.at("2026-03-04 09:00")
    assert stage.sent(anna) == {"welcome": "", "two": "2026-03-04"}
