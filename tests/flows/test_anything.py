"""Anything happens to the real flows, in any order: after each step the ledger proves itself, and the post agrees."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import ExitStack
from datetime import time, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dripcourse.domain.consent import Inbound
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.plan import EVERY_DAY, WEEKDAYS, Plan
from dripcourse.domain.progress import Rule
from dripcourse.errors import InputError, Refused
from dripcourse.flows import inbound, pace
from dripcourse.flows.dispatch import send_due
from dripcourse.flows.notify import send_notices
from dripcourse.mail.transports import NO_ANSWER, Reply
from tests.flows import stage as scene
from tests.flows.stage import DAY, HOUR, LOST, MINUTE, TAKEN, Gate, Killed, Stage, refusal

MOODS = [
    refusal(451, "4.7.1 greylisted, try again later"),
    refusal(452, "4.2.2 mailbox full"),
    refusal(421, "4.3.2 closing"),
    refusal(550, "5.7.1 blocked"),
    refusal(552, "5.3.4 too big", "dot"),
    refusal(550, "5.1.2 bad domain"),
    refusal(550, "5.1.1 no such user"),
    refusal(NO_ANSWER, "connection refused", "connect"),
    LOST,
    LOST,
]
ZONES = ["UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland", "Asia/Kathmandu", "Pacific/Kiritimati"]
plans = st.builds(
    Plan,
    st.sampled_from(ZONES),
    st.sampled_from([time(0, 0), time(8, 0), time(12, 5), time(23, 50)]),
    st.sampled_from([EVERY_DAY, EVERY_DAY, WEEKDAYS, 0b0010101]),
    st.sampled_from([1, 1, 2]),
)


class Deadly(Gate):
    def pass_through(self) -> None:
        raise Killed


class Anything(RuleBasedStateMachine):
    """A few people, one course, a server with moods, workers that die, and editors who edit."""

    stage: Stage

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.runs: list[Enrollment] = []
        self.moods: list[Reply] = []
        self.keys = ["welcome", "one", "two", "three", "four", "completion"]
        self.fresh = 0

    def teardown(self) -> None:
        self.stack.close()

    @initialize(plan=plans)
    def begin(self, plan: Plan) -> None:
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.stage = self.stack.enter_context(scene.raised(f"sqlite:///{folder / 'db'}", folder, course=False))
        self.stage.post.answer = lambda *_: self.moods.pop(0) if self.moods else TAKEN
        self.publish(Rule.FOLLOW)
        self.signs_up(plan)

    def publish(self, how: Rule) -> None:
        self.stage.publish_quickly(*self.keys, rule=how)

    @rule(plan=plans)
    def signs_up(self, plan: Plan) -> None:
        if len(self.runs) < 4:
            self.runs.append(self.stage.enroll(f"person-{len(self.runs)}", plan))

    @rule(minutes=st.integers(1, 120))
    def minutes_pass(self, minutes: int) -> None:
        self.stage.at(self.stage.clock() + minutes * MINUTE)
        send_notices(self.stage.engine)

    @rule(hours=st.integers(1, 60))
    def hours_pass(self, hours: int) -> None:
        self.stage.at(self.stage.clock() + hours * HOUR)
        send_notices(self.stage.engine)

    @rule(days=st.integers(2, 9))
    def days_pass(self, days: int) -> None:
        self.stage.at(self.stage.clock() + days * DAY)
        send_notices(self.stage.engine)

    @rule(minutes=st.integers(5, 50 * 60))
    def an_outage(self, minutes: int) -> None:
        self.stage.outage_until(f"{self.stage.clock() + minutes * MINUTE:%Y-%m-%d %H:%M}")
        self.stage.at(self.stage.clock() + HOUR)

    @rule(moods=st.lists(st.sampled_from(MOODS), min_size=1, max_size=4))
    def the_server_is_in_a_mood(self, moods: list[Reply]) -> None:
        self.moods = moods

    @rule(where=st.sampled_from(["mail", "dot", "reply"]))
    def the_next_worker_dies(self, where: str) -> None:
        due = self.stage.next_due()
        if due is None or due > self.stage.clock() + 3 * DAY:
            return
        self.stage.jump(max(due, self.stage.clock()))
        self.stage.post.gates[where] = Deadly()
        try:
            send_due(self.stage.engine)
        except Killed:
            pass
        finally:
            self.stage.post.gates.clear()

    @rule(n=st.integers(0, 3), act=st.sampled_from(["pause", "resume", "skip", "cancel", "restart"]))
    def changes(self, n: int, act: str) -> None:
        one = self.runs[n % len(self.runs)]
        try:
            after = self.stage.do(getattr(pace, act), one)
        except Refused:
            return
        if act == "restart":
            self.runs[n % len(self.runs)] = after

    @rule(n=st.integers(0, 3), days=st.integers(1, 12))
    def pauses_for_days(self, n: int, days: int) -> None:
        until = (self.stage.clock() + timedelta(days=days)).date()
        try:
            self.stage.do(pace.pause, self.runs[n % len(self.runs)], until=until)
        except (Refused, InputError):  # ended already; or that day has begun where he lives
            return

    @rule(n=st.integers(0, 3), plan=plans)
    def moves(self, n: int, plan: Plan) -> None:
        try:
            self.stage.do(pace.move, self.runs[n % len(self.runs)], plan)
        except Refused:
            return

    @rule(n=st.integers(0, 3), how=st.sampled_from([Inbound.LEFT, Inbound.ONE_CLICK]))
    def leaves(self, n: int, how: Inbound) -> None:
        inbound.leave(self.stage.engine, self.runs[n % len(self.runs)].public_id, how, self.stage.clock())

    @rule(n=st.integers(0, 3))
    def comes_back(self, n: int) -> None:
        stage = self.stage
        try:
            inbound.come_back(stage.engine, stage.engine.shelf, self.runs[n % len(self.runs)].public_id, stage.clock())
        except Refused:
            return

    @rule(data=st.data(), how=st.sampled_from(Rule), edit=st.sampled_from(["insert", "delete", "reorder"]))
    def the_course_is_edited(self, data: st.DataObject, how: Rule, edit: str) -> None:
        if edit == "insert" and len(self.keys) < 10:
            self.fresh += 1
            self.keys.insert(data.draw(st.integers(1, len(self.keys))), f"new-{self.fresh}")
        elif edit == "delete" and len(self.keys) > 3:
            self.keys.pop(data.draw(st.integers(1, len(self.keys) - 1)))
        else:
            self.keys[1:] = data.draw(st.permutations(self.keys[1:]))
        try:
            self.publish(how)
        except Refused:
            return  # unchanged

    @invariant()
    def every_promise_is_kept(self) -> None:
        if self.runs:
            found = [what for what in self.stage.broken_promises() if "mails outside a course" not in what]
            assert not found, found

    @invariant()
    def nothing_was_accepted_twice_but_what_is_counted_in_doubt(self) -> None:
        if not self.runs:
            return
        copies = Counter(mail.message_id for mail in self.stage.post.accepted)
        for one in self.runs:
            for row in self.stage.rows(one).values():
                assert copies[row.message_id] <= 1 + row.doubts, f"{row.lesson_key} went {copies[row.message_id]} times"
                if row.state == "sent":
                    assert copies[row.message_id] >= 1, f"{row.lesson_key} is recorded as sent and never went"


class TestAnything(Anything.TestCase):  # type: ignore[misc, valid-type]
    settings = settings(max_examples=12, stateful_step_count=25, deadline=None)


@pytest.mark.slow
class TestAnythingForLong(Anything.TestCase):  # type: ignore[misc, valid-type]
    settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
