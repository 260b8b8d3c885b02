"""One person in one course, for months: plans, pauses, outages, refusals, doubts and edits in any order. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dripcourse.domain.calendar import local_date
from dripcourse.domain.enrollment import Step
from dripcourse.domain.plan import EVERY_DAY, Plan
from dripcourse.domain.progress import Rule, last_date_after, next_step, slot_for, spread, timing
from dripcourse.domain.retry import Follow, after_attempt
from tests.domain.clock_changes import changes, first_minute, wall_clock

ZONES = ["Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kathmandu", "Australia/Lord_Howe",
         "Pacific/Kiritimati", "Etc/GMT+12", "Africa/Cairo", "Asia/Beirut", "Africa/Casablanca", "America/Nuuk",
         "America/Santiago", "Atlantic/Azores", "Antarctica/Troll"]  # fmt: skip
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(frozen=True)
class Sent:
    """A scheduled lesson that was accepted, as the outside world saw it."""

    key: str
    day: date  # the date recorded for it
    planned_for: date
    at: datetime
    zone: str


@dataclass
class Engine:
    """The smallest engine that keeps to DESIGN section 3: claim when due, ask `timing`, send, settle, plan the next."""

    plan: Plan
    steps: list[Step]
    now: datetime
    rule: Rule = Rule.FOLLOW
    had: list[str] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)  # what the server will say next; nothing: it accepts
    next: Step | None = None
    next_date: date | None = None
    last_date: date | None = None
    due_at: datetime | None = None
    attempts: int = 0
    first_at: datetime | None = None
    given_up: bool = False
    calm_since: datetime | None = None  # nothing has disturbed the plan since

    def plan_next(self) -> None:
        last = self.had[-1] if self.had else None
        self.next, self.attempts, self.first_at = next_step(self.steps, self.had, last, self.rule), 0, None
        self.place_next()

    def place_next(self) -> None:
        if self.next is None:
            self.next_date = self.due_at = None
            return
        slot = slot_for(self.next, self.plan, after=self.last_date, not_before=self.now)
        self.next_date, self.due_at = slot.day, slot.at

    def change(self, plan: Plan) -> None:
        if plan.zone != self.plan.zone and self.sent:
            self.last_date = last_date_after(self.last_date, None, self.sent[-1].at, plan.zone)
        self.plan, self.calm_since = plan, self.now
        if not self.given_up:
            self.place_next()

    def publish(self, steps: list[Step], rule: Rule) -> None:
        self.steps, self.rule = steps, rule
        if self.attempts or self.given_up:
            return  # this lesson has a delivery row: it is settled before the course goes on
        self.calm_since = self.now
        self.plan_next()

    def run_until(self, moment: datetime) -> None:
        while self.due_at is not None and self.due_at <= moment:
            self.now = max(self.now, self.due_at)
            self.tick()
        self.now = max(self.now, moment)

    def tick(self) -> None:
        assert self.next is not None
        day = self.next_date or local_date(self.now, self.plan.zone)
        found = timing(self.plan, self.next, day, self.last_date, self.attempts > 0, self.now)
        if found.slot is not None:
            assert found.slot.at > self.now or (found.slot.day, self.attempts) != (day, 0), "it would spin"
            self.next_date, self.due_at = found.slot.day, found.slot.at
            return
        self.attempt(found.day)

    def attempt(self, day: date) -> None:
        assert self.next is not None
        answer = self.answers.pop(0) if self.answers else "accept"
        self.attempts, self.first_at = self.attempts + 1, self.first_at or self.now
        verdict = after_attempt(
            accepted=answer == "accept", in_doubt=answer == "doubt", code=451, text="4.3.0 later",
            attempts=self.attempts, first_at=self.first_at, now=self.now, seed=self.next.key,
        )  # fmt: skip
        if verdict.follow is Follow.SENT:
            self.settle(self.next, day)
        elif verdict.follow is Follow.GIVE_UP:
            self.given_up, self.due_at = True, None
        else:
            self.due_at, self.calm_since = verdict.at, self.now + timedelta(seconds=1)  # this moment is spent

    def settle(self, step: Step, day: date) -> None:
        assert step.key not in self.had
        self.had.append(step.key)
        if step.scheduled:
            assert self.next_date is not None
            self.sent.append(Sent(step.key, day, self.next_date, self.now, self.plan.zone))
            self.last_date = last_date_after(self.last_date, day, self.now, self.plan.zone)
        self.calm_since = self.now
        self.plan_next()


def lessons(keys: list[str]) -> list[Step]:
    return [Step(key, position, key != "welcome") for position, key in enumerate(keys)]


def first_free_moment(plan: Plan, used: date | None, since: datetime) -> datetime | None:
    """In wall-clock words: the first wanted day far enough behind the used one, at its first fitting minute."""
    start = wall_clock(plan.zone, since.replace(tzinfo=None)).date()
    if used is not None:
        start = max(start, used + plan.every * DAY)
    for n in range(400):
        day = start + n * DAY
        wanted = plan.weekdays >> day.weekday() & 1 and (plan.paused_until is None or day >= plan.paused_until)
        at = first_minute(plan.zone, day, plan.hour) if wanted else None
        if at is not None and at >= since.replace(tzinfo=None):
            return at.replace(tzinfo=UTC)
    return None


hours = st.sampled_from([time(0, 0), time(2, 30), time(8, 0), time(23, 30), time(23, 55)]) | st.builds(
    time, st.integers(0, 23), st.integers(0, 59)
)


class ACourse(RuleBasedStateMachine):
    """Anything may happen between two lessons; what was promised holds after each of them."""

    engine: Engine
    edited: bool
    fresh: int
    course: list[str]

    @initialize(zone=st.sampled_from(ZONES), hour=hours, data=st.data(), days_before=st.integers(0, 12 * 24 * 60))
    def sign_up(self, zone: str, hour: time, data: st.DataObject, days_before: int) -> None:
        moments = [moment for moment, _, _ in changes(zone, 2026, 2027)] or [datetime(2026, 6, 15)]
        now = data.draw(st.sampled_from(moments)).replace(tzinfo=UTC) - days_before * MINUTE
        self.course = ["welcome", *(f"lesson-{n}" for n in range(1, 25)), "completion"]
        self.engine = Engine(Plan(zone, hour), lessons(self.course), now)
        self.engine.calm_since = now
        self.edited, self.fresh = False, 0
        self.engine.plan_next()

    @rule(minutes=st.integers(1, 3 * 24 * 60))
    def time_passes(self, minutes: int) -> None:
        self.run(self.engine.now + minutes * MINUTE)

    @rule(days=st.integers(1, 10))
    def days_pass(self, days: int) -> None:
        self.run(self.engine.now + days * DAY)

    @rule(minutes=st.integers(1, 60 * 60), enrollment=st.integers(1, 10_000))
    def an_outage(self, minutes: int, enrollment: int) -> None:
        outage = minutes * MINUTE
        missed = self.engine.due_at is not None and self.engine.due_at < self.engine.now + outage
        self.engine.now += outage
        if missed:
            self.engine.due_at = self.engine.now + spread(enrollment, outage)
            self.engine.calm_since = self.engine.due_at

    @rule(zone=st.sampled_from(ZONES))
    def he_travels(self, zone: str) -> None:
        self.engine.change(replace(self.engine.plan, zone=zone))

    @rule(hour=hours)
    def he_picks_another_hour(self, hour: time) -> None:
        self.engine.change(replace(self.engine.plan, hour=hour))

    @rule(weekdays=st.just(EVERY_DAY) | st.integers(1, EVERY_DAY), every=st.integers(1, 3))
    def he_picks_another_pace(self, weekdays: int, every: int) -> None:
        self.engine.change(replace(self.engine.plan, weekdays=weekdays, every=every))

    @rule(days=st.integers(1, 14))
    def he_pauses(self, days: int) -> None:
        today = local_date(self.engine.now, self.engine.plan.zone)
        self.engine.change(replace(self.engine.plan, paused_until=today + days * DAY))

    @rule()
    def he_resumes(self) -> None:
        self.engine.change(replace(self.engine.plan, paused_until=None))

    @rule(answers=st.lists(st.sampled_from(["later", "later", "doubt"]), min_size=1, max_size=12))
    def the_server_is_in_a_mood(self, answers: list[str]) -> None:
        self.engine.answers.extend(answers)

    @precondition(lambda self: self.engine.given_up)
    @rule()
    def an_admin_lets_it_go_on(self) -> None:
        self.engine.given_up, self.engine.answers = False, []
        self.engine.attempts, self.engine.first_at, self.engine.calm_since = 0, None, self.engine.now
        self.engine.place_next()

    @rule(data=st.data(), rule=st.sampled_from(Rule))
    def the_course_is_edited(self, data: st.DataObject, rule: Rule) -> None:
        keys, edit = list(self.course), data.draw(st.sampled_from(["insert", "delete", "reorder"]))
        place = data.draw(st.integers(1, len(keys)))
        if edit == "insert":
            self.fresh += 1
            keys.insert(place, f"new-{self.fresh}")
        elif edit == "delete" and len(keys) > 1:
            keys.pop(place - 1)
        else:
            keys[1:] = data.draw(st.permutations(keys[1:]))
        self.course, self.edited = keys, True
        self.engine.publish(lessons(keys), rule)

    def run(self, until: datetime) -> None:
        """Let time pass from one due moment to the next, and judge each lesson as it goes out."""
        engine = self.engine
        while engine.due_at is not None and engine.due_at <= until:
            before, used, calm = len(engine.sent), engine.last_date, engine.calm_since
            engine.run_until(engine.due_at)
            if len(engine.sent) > before:
                self.judge(engine.sent[-1], engine.sent[-2] if before else None, used, calm)
        engine.run_until(until)

    def judge(self, one: Sent, previous: Sent | None, used: date | None, calm: datetime | None) -> None:
        plan, wall = self.engine.plan, wall_clock(one.zone, one.at.replace(tzinfo=None))
        planned = first_minute(one.zone, one.planned_for, plan.hour)
        assert planned is not None
        late = one.at - planned.replace(tzinfo=UTC)
        assert late >= timedelta(0), "earlier than the hour he chose"
        assert late <= 15 * MINUTE or (wall.date() == one.planned_for and late <= timedelta(hours=20)), "on another day"
        assert plan.weekdays >> one.planned_for.weekday() & 1, "on a weekday he does not want"
        assert plan.paused_until is None or one.planned_for >= plan.paused_until, "in his pause"
        assert used is None or one.planned_for >= used + plan.every * DAY, "too close behind the last"
        assert one.day == wall.date(), "recorded for a date that his calendar does not show"
        if previous is not None:
            assert one.day > previous.day, "two lessons recorded for one date"
            assert one.day > wall_clock(one.zone, previous.at.replace(tzinfo=None)).date(), (
                "two on a date of his calendar"
            )
        assert calm is not None
        least = first_free_moment(plan, used, calm)
        assert least is not None
        assert planned.replace(tzinfo=UTC) <= least, "a day he wanted went by without a lesson, and nothing explains it"

    @invariant()
    def no_lesson_comes_twice(self) -> None:
        assert len(set(self.engine.had)) == len(self.engine.had)

    @invariant()
    def without_edits_the_order_is_that_of_the_course(self) -> None:
        if not self.edited:
            assert self.engine.had == self.course[: len(self.engine.had)]

    @invariant()
    def there_is_always_a_next_moment_until_the_course_is_done(self) -> None:
        engine = self.engine
        if engine.next is None:
            missing = [key for key in self.course if key not in engine.had]
            assert self.edited or not missing
            assert engine.rule is not Rule.BACKFILL or not missing
        elif not engine.given_up:
            assert engine.due_at is not None
            assert engine.due_at <= engine.now + 60 * DAY


class TestACourse(ACourse.TestCase):  # type: ignore[misc, valid-type]
    settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


@pytest.mark.slow
class TestACourseForLong(ACourse.TestCase):  # type: ignore[misc, valid-type]
    settings = settings(max_examples=1000, stateful_step_count=80, deadline=None)
