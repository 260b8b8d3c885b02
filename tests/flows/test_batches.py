"""Batches: what many share is decided once, the next is claimed meanwhile, and nobody waits for a slow domain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import time
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from dripcourse.domain.plan import EVERY_DAY, WEEKDAYS, Plan
from dripcourse.flows import claiming, pace
from dripcourse.flows.dispatch import Pump, send_due
from dripcourse.flows.transmit import Parcel
from dripcourse.mail.transports import NO_ANSWER, Queue, Reply, one_by_one
from dripcourse.storage import enrollments, outcomes
from tests.flows.stage import LOST, MINUTE, TAKEN, Stage, raised, refusal

PLANS = st.builds(
    Plan,
    st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Apia", "America/New_York"]),
    st.sampled_from([time(8, 0), time(23, 50), time(12, 0)]),
    st.sampled_from([EVERY_DAY, WEEKDAYS, 0b1010101]),
    st.integers(1, 3),
)
ANSWERS = st.sampled_from(["taken", "taken", "taken", "later", "lost", "nobody"])
SAID = {
    "taken": TAKEN,
    "later": refusal(451, "4.3.0 later"),
    "lost": LOST,
    "nobody": refusal(550, "5.1.1 no such user"),
}


def story(folder: Path, plans: list[Plan], answers: list[str], batch_size: int) -> list[object]:
    """Four days of these people, sent in batches of that size: everything that stands in the database at the end."""
    url = f"sqlite:///{folder / f'{batch_size}.db'}"
    numbers = count()
    with pytest.MonkeyPatch.context() as patch, raised(url, folder / str(batch_size), batch_size=batch_size) as stage:
        patch.setattr(enrollments, "new_public_id", lambda: f"run-{next(numbers)}")  # it spreads the retries
        runs = [stage.enroll(f"p{number}", plan) for number, plan in enumerate(plans)]
        said = {f"p{number}@example.com": SAID[answer] for number, answer in enumerate(answers)}
        stage.post.answer = lambda to, number: said.get(to, TAKEN) if number == 1 else TAKEN
        stage.at("2026-03-03 12:00")
        if stage.again(runs[0]).state == "active":
            stage.do(pace.move, runs[0], Plan("Asia/Tokyo", time(7, 0)))
        stage.outage_until("2026-03-04 13:00")
        stage.at("2026-03-06 20:00")
        assert stage.broken_promises() == []
        return [
            [
                (
                    replace(stage.again(one), public_id="", fence=0),
                    [
                        replace(row, id=0, claim_id="", slot=0, fence=0, message_id="")
                        for row in stage.rows(one).values()
                    ],
                    [(event.at, event.kind, event.data) for event in stage.happened(one)],
                )
                for one in runs
            ]
        ]


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(PLANS, min_size=1, max_size=9), st.lists(ANSWERS, max_size=9))
@example([Plan("UTC", time(23, 50))] * 5, ["taken", "lost", "later", "nobody", "taken"])
def test_sending_in_large_batches_comes_to_the_same_as_sending_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, plans: list[Plan], answers: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("batches")
    alone = story(folder, plans, answers, 1)
    assert story(folder, plans, answers, 1000) == alone
    assert story(folder, plans, answers, 3) == alone


def test_batch_after_batch_on_two_threads_sends_everything_once(stage_on_both: Stage) -> None:
    stage = stage_on_both.with_engine(batch_size=4)
    for number in range(30):
        stage.enroll(f"p{number}")
    report = send_due(stage.engine, batches=100)
    assert (report.claimed, report.outcomes) == (30, {"sent": 30})
    assert set(Counter(mail.to for mail in stage.post.accepted).values()) == {1}
    assert len(stage.post.accepted) == 30
    assert list((stage.engine.journals or Path()).iterdir()) == []
    assert send_due(stage.engine, batches=100).claimed == 0


def test_no_more_batches_than_asked_for(stage: Stage) -> None:
    stage = stage.with_engine(batch_size=2)
    for number in range(10):
        stage.enroll(f"p{number}")
    assert send_due(stage.engine, batches=3).outcomes == {"sent": 6}
    assert send_due(stage.engine, batches=100, seconds=0).outcomes == {"sent": 2}, "one batch is always sent"


def test_a_claim_that_fails_loses_nothing_of_what_is_on_the_wire(
    stage_on_both: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stage_on_both.with_engine(batch_size=2)
    runs = [stage.enroll(f"p{number}") for number in range(6)]
    real, claims = claiming._decide_all, iter([1, 2])

    def breaks(*args: object) -> None:
        if next(claims, None) is None:
            raise RuntimeError("the third claim breaks")
        real(*args)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(claiming, "_decide_all", breaks)
        with pytest.raises(RuntimeError, match="third claim"):
            send_due(stage.engine, batches=10)
    states = Counter(stage.rows(one)["welcome"].state.value for one in runs if stage.rows(one))
    assert states == {"sent": 4}
    assert send_due(stage.engine, batches=10).outcomes == {"sent": 2}


def test_where_the_relay_cannot_be_reached_no_third_batch_is_claimed(stage: Stage) -> None:
    stage = stage.with_engine(batch_size=3)
    runs = [stage.enroll(f"p{number}") for number in range(9)]
    stage.post.answer = lambda *_: Reply(NO_ANSWER, "Connection refused", "connect", accepted=False)
    assert send_due(stage.engine, batches=10).outcomes == {"retry": 6}  # the second was claimed meanwhile
    assert sum(bool(stage.rows(one)) for one in runs) == 6


def test_who_leaves_between_two_mails_of_a_batch_gets_nothing(stage_on_both: Stage) -> None:
    stage = stage_on_both
    runs = {name: stage.enroll(name) for name in ("anna", "ben", "chie")}

    def answer(to: str, _number: int) -> Reply:
        if to.startswith("anna"):
            stage.do(pace.cancel, runs["ben"], why="asked by phone")
        return TAKEN

    stage.post.answer = answer
    report = send_due(stage.engine)
    assert report.outcomes == {"sent": 2, "withdrawn": 1}
    assert [mail.to for mail in stage.post.accepted] == ["anna@example.com", "chie@example.com"]


def test_one_look_at_consent_serves_for_its_age_and_no_longer(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [0.0]
    monkeypatch.setattr("dripcourse.flows.transmit.time.monotonic", lambda: moment[0])
    stage = stage.with_engine(consent_age=0.1)
    runs = {name: stage.enroll(name) for name in ("anna", "ben", "chie", "dayo")}

    def answer(to: str, _number: int) -> Reply:
        if to.startswith("anna"):  # all four were looked at a moment ago
            stage.do(pace.cancel, runs["ben"], why="too late for this look")
            stage.do(pace.cancel, runs["dayo"], why="in time for the next")
        if to.startswith("ben"):
            moment[0] += 0.1
        return TAKEN

    stage.post.answer = answer
    assert send_due(stage.engine).outcomes == {"sent": 3, "withdrawn": 1}
    assert [mail.to.partition("@")[0] for mail in stage.post.accepted] == ["anna", "ben", "chie"]
    assert stage.happened(runs["ben"], "crossed"), "and it is told that the mail was on its way"


class Lanes:
    """A session with so many connections that the test answers by hand."""

    def deliver_all(self, sender: str, queue: Queue) -> None:
        one_by_one(self, sender, queue)  # type: ignore[arg-type]

    def wake(self) -> None:
        """Nobody sleeps here."""


@contextmanager
def pump(stage: Stage, connections: int, batches: int = 50) -> Iterator[Pump]:
    with ThreadPoolExecutor(1) as hand:
        engine = replace(stage.engine, connections=connections)
        yield Pump(engine, Lanes(), hand, batches, float("inf"))  # type: ignore[arg-type]


def people_at(stage: Stage, *domains: str) -> None:
    """One person at each of these domains, in this order."""
    for number, domain in enumerate(domains):
        stage.enroll(f"p{number}", domain=domain)


def take(the: Pump) -> Parcel:
    """The next message, when the claim that is under way has come."""
    while (parcel := the.take()) is None:
        assert not the.finished
        if the._coming is not None:
            the._coming.exception(20)
    return parcel


def test_a_slow_domain_holds_a_quarter_of_the_connections_while_others_wait(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [0.0]
    monkeypatch.setattr("dripcourse.flows.dispatch.time.monotonic", lambda: moment[0])
    people_at(stage, *["slow.example"] * 20, *["quick.example"] * 30)
    with pump(stage, connections=8) as the:
        held = [take(the) for _ in range(8)]  # nobody is known to be slow yet
        for parcel in [each for each in held if each.domain == "quick.example"]:
            parcel.answered(TAKEN)
        moment[0] += 1
        for parcel in [each for each in held if each.domain == "slow.example"]:
            parcel.answered(TAKEN)
        again = Counter(take(the).domain for _ in range(8))
        assert again == {"slow.example": 2, "quick.example": 6}


def test_a_domain_that_is_alone_has_all_connections(stage: Stage) -> None:
    people_at(stage, *["one.example"] * 10)
    with pump(stage, connections=8) as the:
        first = [take(the) for _ in range(8)]
        assert len(first) == 8
        for parcel in first:
            parcel.answered(TAKEN)


def test_an_error_in_the_middle_settles_what_is_known_and_gives_back_the_rest(
    stage_on_both: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stage_on_both.with_engine(batch_size=10)
    for number in range(10):
        stage.enroll(f"p{number}")
    real, looks = outcomes.no_longer_wanted, count()

    def fails(*args: object) -> set[int]:
        if next(looks) == 9:
            raise OperationalError("SELECT", {}, ValueError("the database is away for a moment"))
        return real(*args)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(outcomes, "no_longer_wanted", fails)
        with pytest.raises(OperationalError):
            send_due(stage.engine)
    states = Counter(row.state.value for one in _everybody(stage) for row in stage.rows(one).values())
    assert states["sent"] == len(stage.post.accepted) > 0
    assert set(states) <= {"sent", "retry"}
    send_due(stage.engine)
    assert sorted(mail.to for mail in stage.post.accepted) == sorted(f"p{n}@example.com" for n in range(10))
    assert stage.engine.journals is not None
    assert list(stage.engine.journals.iterdir()) == []


def test_mail_for_a_slow_domain_goes_back_to_the_database_and_others_are_claimed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches of four; every second mail is for a domain that takes a second to answer, and fills them up."""
    moment = [0.0]
    monkeypatch.setattr("dripcourse.flows.dispatch.time.monotonic", lambda: moment[0])
    stage = stage.with_engine(batch_size=4)
    people_at(stage, *["slow.example", "quick.example"] * 12)
    sent: Counter[str] = Counter()
    with pump(stage, connections=4) as the:
        held: list[Parcel] = []
        while sent["quick.example"] < 12:
            parcel = take(the)
            if parcel.domain == "slow.example":
                held.append(parcel)
                assert len(held) <= 4
                if len(held) == 4:  # all connections wait for it
                    moment[0] += 1
                    for each in held:
                        each.answered(TAKEN)
                    sent["slow.example"] += len(held)
                    held.clear()
            else:
                parcel.answered(TAKEN)
                sent["quick.example"] += 1
        moment[0] += 1
        for each in held:
            each.answered(TAKEN)
        sent["slow.example"] += len(held)
    assert sent["slow.example"] < 12, "the quick ones did not wait for all the slow ones"
    stage.at(stage.clock.now + 30 * MINUTE)
    assert all(row.state == "sent" for one in _everybody(stage) for row in stage.rows(one).values())
    assert stage.broken_promises() == []


def _everybody(stage: Stage) -> list[enrollments.Enrollment]:
    with stage.db.reading() as tx:
        return enrollments.after(tx, 0, 1000)
