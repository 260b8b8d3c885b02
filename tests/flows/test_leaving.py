"""Somebody leaves, pauses, moves or is cancelled while a worker holds his batch; and every order of leave and undo."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import time
from itertools import pairwise, permutations

import pytest

from dripcourse.domain.consent import Inbound
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.plan import Plan
from dripcourse.domain.states import EnrollmentState
from dripcourse.errors import Refused
from dripcourse.flows import inbound, pace
from dripcourse.flows.dispatch import send_due
from dripcourse.flows.notify import send_notices
from dripcourse.flows.tick import tick
from dripcourse.storage import consents, suppressions
from tests.flows.stage import LOST, MINUTE, TAKEN, Gate, Killed, Stage, day, refusal, utc
from tests.flows.test_fencing import held_at, let_go

MORNING = "2026-03-03 08:00"
LATER = refusal(451, "4.3.0 later")
Act = Callable[[Stage, Enrollment], object]


def leaves(stage: Stage, one: Enrollment) -> None:
    inbound.leave(stage.engine, one.public_id, Inbound.LEFT, stage.clock())


def one_click(stage: Stage, one: Enrollment) -> None:
    inbound.leave(stage.engine, one.public_id, Inbound.ONE_CLICK, stage.clock())


def undo(stage: Stage, one: Enrollment) -> None:
    inbound.come_back(stage.engine, stage.engine.shelf, one.public_id, stage.clock())


def is_suppressed(stage: Stage, one: Enrollment) -> None:
    with stage.db.writing() as tx:
        suppressions.add(tx, "ben@example.com", "complaint", stage.clock())


def pauses(stage: Stage, one: Enrollment) -> None:
    stage.do(pace.pause, one)


def pauses_until(stage: Stage, one: Enrollment) -> None:
    stage.do(pace.pause, one, until=day("2026-03-10"))


def moves(stage: Stage, one: Enrollment) -> None:
    stage.do(pace.move, one, Plan("UTC", time(20, 0)))


def is_cancelled(stage: Stage, one: Enrollment) -> None:
    stage.do(pace.cancel, one)


def restarts(stage: Stage, one: Enrollment) -> None:
    stage.do(pace.restart, one)


def two_in_a_batch(stage: Stage) -> tuple[Enrollment, Enrollment, threading.Thread, Gate]:
    """Anna's mail is held before MAIL FROM; Ben's waits behind it in the same batch."""
    anna, ben = stage.enroll("anna"), stage.enroll("ben")
    stage.jump("2026-03-02 12:00")
    stage.send()
    stage.jump(MORNING)
    worker, gate = held_at(stage, "mail")
    return anna, ben, worker, gate


@pytest.mark.parametrize(
    ("act", "state", "due", "lesson"),
    [
        (leaves, "left", None, "withdrawn"),
        (one_click, "left", None, "withdrawn"),
        (is_cancelled, "cancelled", None, "withdrawn"),
        (restarts, "restarted", None, "withdrawn"),
        (pauses, "paused", None, "retry"),
        (pauses_until, "active", "2026-03-10 08:00", "retry"),
        (moves, "active", "2026-03-03 20:00", "retry"),
        (is_suppressed, "stopped", None, "withdrawn"),
    ],
)
def test_no_mail_begins_after_the_change_committed(
    stage_on_both: Stage, act: Act, state: str, due: str | None, lesson: str
) -> None:
    stage = stage_on_both
    _anna, ben, worker, gate = two_in_a_batch(stage)
    act(stage, ben)
    begun = len(stage.post.begun)
    let_go(worker, gate)
    assert [to for to, _ in stage.post.begun[begun:]] == ["anna@example.com"]
    stage.send()
    assert "ben@example.com" not in [to for to, _ in stage.post.begun[begun:]] or act is restarts
    run = stage.again(ben)
    assert (run.state, run.due_at) == (state, utc(due) if due else None)
    assert stage.rows(ben)["one"].state == lesson
    assert stage.broken_promises() == []


@pytest.mark.parametrize("reply", [TAKEN, LATER, LOST], ids=["accepted", "later", "lost"])
@pytest.mark.parametrize(
    ("act", "state", "due_if_sent"),
    [
        (leaves, "left", None),
        (is_cancelled, "cancelled", None),
        (pauses, "paused", None),
        (pauses_until, "active", "2026-03-10 08:00"),
        (moves, "active", "2026-03-04 20:00"),
    ],
)
def test_what_was_on_the_wire_is_settled_under_the_new_plan(
    stage_on_both: Stage, act: Act, state: str, due_if_sent: str | None, reply: object
) -> None:
    stage = stage_on_both
    ben = stage.enroll("ben")
    stage.send()
    stage.jump(MORNING)
    stage.post.answer = lambda *_: reply  # type: ignore[assignment, return-value]
    worker, gate = held_at(stage, "reply")
    stage.clock.now = utc("2026-03-03 08:01")
    act(stage, ben)
    let_go(worker, gate)
    run = stage.again(ben)
    assert (run.state, run.lease_until) == (state, None)
    assert stage.rows(ben)["one"].state == {TAKEN: "sent", LATER: "retry", LOST: "unknown"}[reply]  # type: ignore[index]
    if reply is TAKEN:
        assert run.due_at == (utc(due_if_sent) if due_if_sent else None)
        assert run.next_key == "two"
    stage.post.answer = lambda *_: TAKEN
    send_notices(stage.engine)
    mails = len(stage.post.begun)
    stage.at("2026-03-11 12:00")
    if state != "active":
        assert len(stage.post.begun) == mails
    else:
        sent = stage.sent(ben)
        assert {"one", "two"} <= set(sent)
        assert len(set(sent.values())) == len(sent)
    assert stage.broken_promises() == []


def test_skipping_what_is_being_sent_is_refused(stage_on_both: Stage) -> None:
    stage = stage_on_both
    ben = stage.enroll("ben")
    stage.send()
    stage.jump(MORNING)
    worker, gate = held_at(stage, "dot")
    with pytest.raises(Refused, match="one is on its way at this moment"):
        stage.do(pace.skip, ben)
    let_go(worker, gate)
    stage.do(pace.skip, ben)  # now it is "two" that is skipped
    assert {key: row.state.value for key, row in stage.rows(ben).items()} == {
        "welcome": "sent", "one": "sent", "two": "skipped"}  # fmt: skip


@pytest.mark.parametrize("order", list(permutations([leaves, one_click, undo])), ids=lambda o: [f.__name__ for f in o])
def test_leaving_by_page_and_by_one_click_and_undoing_in_any_order(
    stage_on_both: Stage, order: tuple[Act, ...]
) -> None:
    stage = stage_on_both
    ben = stage.enroll("ben")
    stage.at("2026-03-03 09:00")
    for act in order:
        act(stage, ben)
        run = stage.again(ben)
        assert run.state == ("active" if act is undo else "left")
        assert (run.due_at is None) == (run.state == "left")
    stage.at("2026-03-04 09:00")
    back = order[-1] is undo
    assert ("two" in stage.sent(ben)) == back
    with stage.db.reading() as tx:
        kinds = [entry.kind for entry in consents.history(tx, ben.subscriber_id)]
    # pressed twice in a row counts once; pressed again after the undo counts again
    pressed = order.index(undo)
    assert kinds.count("withdrawn") == (1 if pressed in (0, 2) else 2)
    assert kinds.count("restored") == (0 if pressed == 0 else 1)
    assert stage.broken_promises() == []


@pytest.mark.parametrize("acts", [(leaves, one_click), (one_click, one_click), (leaves, undo)])
def test_two_presses_at_once(stage_on_both: Stage, acts: tuple[Act, Act]) -> None:
    stage = stage_on_both
    ben = stage.enroll("ben")
    stage.at("2026-03-03 09:00")
    start, errors = threading.Barrier(8), []

    def press(act: Act) -> None:
        start.wait(10)
        try:
            act(stage, ben)
        except Refused as refused:  # an undo before the leave has nothing to undo
            errors.append(refused)

    threads = [threading.Thread(target=press, args=(acts[n % 2],), daemon=True) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not errors or undo in acts
    ends = [e for e in stage.happened(ben) if e.kind in ("left", "returned")]
    kinds = [e.kind for e in ends]
    assert all(a != b for a, b in pairwise(kinds))  # left, returned, left, …
    assert stage.again(ben).state == ("active" if kinds[-1] == "returned" else EnrollmentState.LEFT)


def test_undo_on_the_same_morning_does_not_bring_a_second_lesson(stage: Stage) -> None:
    ben = stage.enroll("ben")
    stage.at("2026-03-03 09:00")
    leaves(stage, ben)
    undo(stage, ben)
    stage.at("2026-03-03 23:59")
    assert stage.sent(ben) == {"welcome": "", "one": "2026-03-03"}
    stage.at("2026-03-04 09:00")
    assert stage.sent(ben)["two"] == "2026-03-04"


def test_a_worker_dies_after_the_acceptance_its_reader_leaves_and_comes_back(stage: Stage) -> None:
    ben = stage.enroll("ben")
    stage.send()
    stage.jump(MORNING)
    gate = stage.post.gates["reply"] = Gate()
    gate.pass_through = lambda: (_ for _ in ()).throw(Killed)  # type: ignore[assignment]
    with pytest.raises(Killed):
        send_due(stage.engine)
    stage.post.gates.clear()
    leaves(stage, ben)
    undo(stage, ben)
    stage.at("2026-03-06 09:00")
    row = stage.rows(ben)["one"]
    copies = sum(mail.message_id == row.message_id for mail in stage.post.accepted)
    assert (row.state, copies) == ("sent", 1 + row.doubts)
    assert row.doubts == 1


def test_a_complaint_ends_all_courses_at_once(stage: Stage) -> None:
    stage.publish(slug="other")
    ben, other = stage.enroll("ben"), stage.enroll("ben", slug="other")
    stage.send()
    stage.jump(MORNING)
    worker, gate = held_at(stage, "mail")  # in the first course
    is_suppressed(stage, ben)
    let_go(worker, gate)
    stage.at("2026-03-05 12:00")
    assert stage.again(ben).state == stage.again(other).state == "stopped"
    assert len(stage.post.accepted) == 2  # the welcomes; consent is read once more before a mail's body


@pytest.mark.parametrize(
    ("dies_at", "then"), [("mail", "not sent"), ("dot", "not sent"), ("reply", "in doubt")], ids=str
)
@pytest.mark.parametrize("act", [pauses, pauses_until, leaves, is_cancelled])
def test_what_a_dead_worker_held_is_settled_though_nobody_claims_it(
    stage_on_both: Stage, act: Act, dies_at: str, then: str
) -> None:
    stage = stage_on_both
    ben = stage.enroll("ben")
    stage.send()
    stage.jump(MORNING)
    gate = stage.post.gates[dies_at] = Gate()
    gate.pass_through = lambda: (_ for _ in ()).throw(Killed)  # type: ignore[assignment]
    with pytest.raises(Killed):
        send_due(stage.engine)
    stage.post.gates.clear()
    act(stage, ben)
    due = stage.again(ben).due_at
    stage.clock.now += stage.engine.lease + MINUTE
    tick(stage.engine)
    row, run = stage.rows(ben)["one"], stage.again(ben)
    ended = act in (leaves, is_cancelled)
    assert row.state == ("unknown" if then == "in doubt" else "withdrawn" if ended else "retry")
    assert stage.doubts() == (then == "in doubt")
    assert (run.lease_until, run.due_at) == (None, due)
    send_notices(stage.engine)
    stage.at("2026-03-12 12:00")
    if not ended and act is not pauses:
        assert list(stage.sent(ben)) == ["welcome", "one", "two", "three"]
    assert stage.broken_promises() == []
