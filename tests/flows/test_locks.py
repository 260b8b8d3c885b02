"""Several at once on PostgreSQL and SQLite: nobody waits in a ring, nobody is blocked for long, the second is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import pytest
from sqlalchemy.exc import DataError, OperationalError

from dripcourse.addresses import parse_address
from dripcourse.domain.progress import Rule
from dripcourse.domain.states import SubscriberState
from dripcourse.errors import Nobody, Refused
from dripcourse.flows import confirming, inbound, moving, settling
from dripcourse.flows.claim import Claim
from dripcourse.flows.claiming import claim_due
from dripcourse.flows.dispatch import send_due
from dripcourse.flows.enroll import Wish, enroll
from dripcourse.flows.jobs import Outcome
from dripcourse.flows.notify import send_notices
from dripcourse.flows.publish import publish
from dripcourse.storage import courses, deliveries, forms, notices, outcomes, subscribers, suppressions
from dripcourse.storage.database import Transaction
from dripcourse.storage.outcomes import Accepted, Progress
from tests.flows.signed_up import FORTNIGHT, ask, erase, open_form
from tests.flows.stage import DAY, TAKEN, UTC_8, Gate, Stage, refusal, small_course

NO_SUCH_USER = refusal(550, "5.1.1 no such user")
EDITED = ("welcome", "one", "new", "completion")


def both_at_once(*works: Callable[[], object]) -> list[object]:
    """What each gave, or the error it raised."""
    found: list[object] = [None] * len(works)

    def run(place: int) -> None:
        try:
            found[place] = works[place]()
        except Exception as error:  # the test looks at it
            found[place] = error

    threads = [threading.Thread(target=run, args=(place,), daemon=True) for place in range(len(works))]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
        assert not one.is_alive(), "they wait for each other"
    return found


def test_this_was_not_me_counts_though_the_person_is_erased_or_confirms_at_that_moment(stage_on_both: Stage) -> None:
    stage = stage_on_both
    form, names = open_form(stage), [f"p{number}" for number in range(8)]
    for name in names:
        ask(stage, form, name)
    send_notices(stage.engine)
    with stage.db.reading() as tx:
        sent = notices.with_addresses(tx, range(99), "confirm")
    mail_of = {one.address.partition("@")[0]: one.public_id for one in sent}
    for name in names:
        told = both_at_once(
            partial(inbound.decline, stage.engine, mail_of[name], stage.clock()),
            partial(erase, stage, name),
            partial(confirming.confirm, stage.engine, mail_of[name], stage.clock(), FORTNIGHT),
        )
        assert [one for one in told if isinstance(one, Exception) and not isinstance(one, Nobody)] == []
        assert not isinstance(told[0], Exception)
    stage.jump(stage.clock.now + 40 * DAY)
    for name in names:
        ask(stage, form, name)
    assert send_notices(stage.engine) == 0


def test_while_runs_are_moved_others_enroll_leave_and_get_their_lessons(
    stage_on_both: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stage_on_both
    runs = [stage.enroll(name) for name in ("anna", "ben", "chie", "dayo")]
    between, real = Gate(), moving._one_batch

    def batch(*args: object) -> object:
        if args[1]:  # the second batch: one transaction is over, the next not begun
            between.pass_through()
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(moving, "BATCH", 2)
    monkeypatch.setattr(moving, "_one_batch", batch)
    publisher = threading.Thread(target=stage.publish, args=EDITED, daemon=True)
    publisher.start()
    assert between.reached.wait(20)
    late = stage.enroll("late")
    inbound.leave(stage.engine, runs[3].public_id, inbound.Inbound.ONE_CLICK, stage.clock())
    assert stage.send() == {"sent": 4}
    between.open.set()
    publisher.join(20)
    assert not publisher.is_alive()
    stage.at("2026-03-10 12:00")
    for one in (*runs[:3], late):
        assert list(stage.sent(one)) == list(EDITED)
    assert stage.again(runs[3]).state == "left"
    assert stage.sent(runs[3]) == {}
    send_notices(stage.engine)
    assert stage.broken_promises() == []


def test_of_two_identical_publications_at_once_the_second_is_refused(stage_on_both: Stage) -> None:
    stage = stage_on_both
    found = both_at_once(lambda: stage.publish(*EDITED), lambda: stage.publish(*EDITED))
    refused = [one for one in found if isinstance(one, Refused)]
    assert [str(one) for one in refused] == ["steady is published exactly like this already (version 2)"]
    assert [one.number for one in found if isinstance(one, courses.Version)] == [2]


def test_of_two_first_publications_at_once_one_is_refused(
    stage_on_both: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stage_on_both
    if not stage.db.is_sqlite:  # both have looked before either has written; SQLite has one writer
        together, real = threading.Barrier(2), courses._first

        def first(*args: object) -> int:
            together.wait(20)
            return real(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(courses, "_first", first)
    source = small_course(slug="fresh")

    def first_publication() -> object:
        return publish(stage.db, source, stage.engine.brand, Rule.FOLLOW, stage.clock())

    found = both_at_once(first_publication, first_publication)
    assert sorted(type(one).__name__ for one in found) == ["Refused", "Version"]
    with stage.db.reading() as tx:
        assert [one.slug for one in courses.every(tx)] == ["fresh", "steady"]


def test_two_workers_that_suppress_the_same_people_in_opposite_order_both_settle(
    stage_on_both: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stage_on_both.with_engine(batch_size=2)
    stage.publish(slug="other")
    runs = [stage.enroll("anna"), stage.enroll("ben")]
    first = claim_due(stage.engine, claim_id="first", now=stage.clock())
    runs += [stage.enroll("ben", slug="other"), stage.enroll("anna", slug="other")]
    second = claim_due(stage.engine, claim_id="second", now=stage.clock())
    assert [len(first.jobs), len(second.jobs)] == [2, 2]

    def settled(claim: Claim) -> list[str]:
        outcomes = [Outcome(job, NO_SUCH_USER, claim.now) for job in claim.jobs]
        return settling.settle_all(stage.engine, outcomes, claim)

    if not stage.db.is_sqlite:  # each has settled its enrollments when the addresses' turn comes
        together, real = threading.Barrier(2), suppressions.add_all

        def add_all(*args: object) -> None:
            together.wait(20)
            real(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(suppressions, "add_all", add_all)
    again = both_at_once(lambda: settled(first), lambda: settled(second))
    assert [type(one) for one in again] == [list, list], again
    with stage.db.reading() as tx:
        states = [row.state for rows in deliveries.of_enrollments(tx, [r.id for r in runs]).values() for row in rows]
    assert "sending" not in states
    assert len(states) == 4


def test_one_mail_that_cannot_be_written_does_not_lose_what_is_known_of_the_others(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [stage.enroll(name) for name in ("anna", "ben", "chie")]
    stage.post.answer = lambda to, _: refusal(450, "4.2.0 später") if to.startswith("ben") else TAKEN
    real = deliveries.save

    def save(tx: Transaction, many: object) -> None:
        rows = list(many)  # type: ignore[call-overload]
        if any("ä" in row.error for row in rows):
            raise DataError("UPDATE", {}, ValueError("cannot be kept"))
        real(tx, rows)

    monkeypatch.setattr(deliveries, "save", save)
    assert send_due(stage.engine).outcomes == {"sent": 2, "retry": 1}
    assert [stage.rows(one)["welcome"].state for one in runs] == ["sent", "retry", "sent"]
    assert stage.rows(runs[1])["welcome"].error.endswith("450 4.2.0 sp?ter")


def test_an_acceptance_that_cannot_be_written_at_all_stays_in_the_journal_and_is_recovered(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, ben = stage.enroll("anna"), stage.enroll("ben")
    real = outcomes.accept

    def accept(tx: Transaction, claim_id: str, sheets: Sequence[Progress], rows: Sequence[Accepted]) -> set[int]:
        if any(row.enrollment_id == ben.id for row in rows):
            raise DataError("UPDATE", {}, ValueError("cannot be kept"))
        return real(tx, claim_id, sheets, rows)

    with monkeypatch.context() as patch:
        patch.setattr(outcomes, "accept", accept)
        assert send_due(stage.engine).outcomes == {"sent": 1, "unsettled": 1}
    assert (stage.rows(anna)["welcome"].state, stage.rows(ben)["welcome"].state) == ("sent", "sending")
    assert [(e.data or {})["accepted"] for e in stage.happened(ben, "trouble")] == [True]
    stage.past_the_lease()
    stage.send()
    assert stage.rows(ben)["welcome"].state == "sent"
    assert [mail.to for mail in stage.post.accepted] == ["anna@example.com", "ben@example.com"]


def test_a_server_that_answers_with_nul_puts_off_only_its_own_mail(stage_on_both: Stage) -> None:
    stage = stage_on_both
    anna, ben = stage.enroll("anna"), stage.enroll("ben")
    stage.post.answer = lambda to, _: refusal(450, "4.2.0 try \0 later") if to.startswith("anna") else TAKEN
    assert send_due(stage.engine).outcomes == {"sent": 1, "retry": 1}
    assert stage.rows(ben)["welcome"].state == "sent"
    assert "\0" not in stage.rows(anna)["welcome"].error


class _Deadlock(Exception):
    sqlstate = "40P01"


def test_a_claim_and_a_settlement_that_met_a_deadlock_are_done_again(
    stage_on_both: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stage_on_both
    anna = stage.enroll("anna")
    failed = set()

    def once(name: str, real: Callable[..., None]) -> Callable[..., None]:
        def call(*args: object) -> None:
            real(*args)
            if name not in failed:
                failed.add(name)
                raise OperationalError("UPDATE", {}, _Deadlock("deadlock detected"))

        return call

    monkeypatch.setattr(deliveries, "add", once("claim", deliveries.add))
    monkeypatch.setattr(deliveries, "save", once("settle", lambda tx, many, real=deliveries.save: real(tx, list(many))))
    total = stage.send()
    assert failed == {"claim", "settle"}
    assert total == {"sent": 1}
    assert len(stage.post.accepted) == 1
    assert stage.rows(anna)["welcome"].state == "sent"
    assert stage.engine.journals is not None
    assert list(stage.engine.journals.iterdir()) == []


def test_of_two_who_enroll_one_person_at_once_the_second_is_told(stage_on_both: Stage) -> None:
    stage = stage_on_both
    address = parse_address("anna@example.com")
    with stage.db.writing() as tx:
        subscribers.add(tx, address, name="", state=SubscriberState.CONFIRMED, at=stage.clock())
    ready = threading.Barrier(2)

    def once() -> object:
        with stage.db.writing() as tx:
            person, course = subscribers.find(tx, address), courses.find(tx, stage.slug)
            if not stage.db.is_sqlite:
                ready.wait(20)
            return enroll(tx, stage.engine.shelf, person, course, Wish(UTC_8), stage.clock(), how="cli")

    found = both_at_once(once, once)
    assert sorted(type(one).__name__ for one in found) == ["Enrollment", "Refused"]


@pytest.mark.parametrize("what", ["subscriber", "form"])
def test_of_two_who_add_the_same_at_once_the_second_is_told(stage_on_both: Stage, what: str) -> None:
    stage = stage_on_both
    ready = threading.Barrier(2)

    def add(tx: Transaction, now: datetime) -> object:
        if what == "form":
            return forms.add(tx, slug="f", title="F", wording="Yes", course_id=1, at=now)
        address = parse_address("anna@example.com")
        return subscribers.add(tx, address, name="", state=SubscriberState.CONFIRMED, at=now)

    def once() -> object:
        with stage.db.writing() as tx:
            if not stage.db.is_sqlite:
                ready.wait(20)
            return add(tx, stage.clock())

    found = both_at_once(once, once)
    assert sorted(type(one).__name__ for one in found) == sorted([what.title(), "Refused"])
