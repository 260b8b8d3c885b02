"""Claiming and settling whole batches: who gets a row, from where the search goes on, and what is no longer ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import text, update

from dripcourse.flows import claiming, pace
from dripcourse.flows.claim import Claim
from dripcourse.flows.jobs import Outcome
from dripcourse.flows.low_water import LowWater
from dripcourse.flows.settling import settle_all
from dripcourse.storage import claims, outcomes
from dripcourse.storage.claims import Mark
from dripcourse.storage.tables import course, enrollment, subscriber
from tests.flows.stage import HOUR, MINUTE, TAKEN, Stage


def take(stage: Stage, limit: int, after: Mark | None = None) -> list[str]:
    """Names of whom a claim of its own gets."""
    now = stage.clock()
    with stage.db.writing() as tx:
        rows = claims.take(tx, now=now, lease_until=now + HOUR, limit=limit, after=after)
    return [row.address.partition("@")[0] for row in rows]


def test_two_claims_share_what_is_due(stage_on_both: Stage) -> None:
    stage = stage_on_both
    for name in ("anna", "ben", "chie"):
        stage.enroll(name)
    assert [take(stage, 2), take(stage, 2), take(stage, 2)] == [["anna", "ben"], ["chie"], []]


def test_a_claim_goes_on_behind_its_mark_even_among_those_due_at_the_same_minute(stage_on_both: Stage) -> None:
    stage = stage_on_both
    runs = [stage.enroll(name) for name in ("anna", "ben", "chie", "dayo")]
    due = runs[0].due_at
    assert due is not None
    assert {one.due_at for one in runs} == {due}
    assert take(stage, 1, Mark(due, runs[1].id)) == ["chie"]
    assert take(stage, 9, Mark(due, runs[1].id)) == ["dayo"]
    assert take(stage, 9, Mark(due + MINUTE, 0)) == []
    assert take(stage, 9) == ["anna", "ben"]


def test_what_lies_behind_the_mark_is_found_when_nothing_is_ahead_or_a_minute_has_passed(stage: Stage) -> None:
    water, seen = LowWater(), []
    anna, *_ = [stage.enroll(name) for name in ("anna", "ben", "chie", "dayo", "elena")]

    def claim(limit: int) -> list[str]:
        now = stage.clock()
        with stage.db.writing() as tx:
            rows = water.take(tx, now=now, lease_until=now + HOUR, limit=limit)
        water.passed(rows)
        seen.append(len(rows))
        return [row.address.partition("@")[0] for row in rows]

    def due_again() -> None:
        with stage.db.writing() as tx:
            tx.execute(
                update(enrollment).where(enrollment.c.id == anna.id).values(due_at=anna.due_at, lease_until=None)
            )

    assert claim(2) == ["anna", "ben"]
    due_again()
    assert claim(1) == ["chie"], "the search goes on where it stopped"
    stage.clock.now += MINUTE
    assert claim(1) == ["anna"], "once a minute it begins anew"
    due_again()
    assert claim(3) == ["anna", "dayo", "elena"], "and wherever it finds too little"


Change = Callable[[Stage, Claim], None]


def _left(stage: Stage, claim: Claim) -> None:
    stage.do(pace.cancel, claim.jobs[0].enrollment, why="asked")


def _moved(stage: Stage, claim: Claim) -> None:
    stage.do(pace.move, claim.jobs[0].enrollment, replace(claim.jobs[0].enrollment.plan, every=2))


def _taken_over(stage: Stage, claim: Claim) -> None:
    stage.jump(claim.lease_until + MINUTE)
    claiming.claim_due(stage.engine, claim_id="another", now=stage.clock())


def _republished(stage: Stage, _claim: Claim) -> None:
    with stage.db.writing() as tx:  # a version of which the runs have not heard yet
        tx.execute(update(course).values(version_id=course.c.version_id + 1))


@pytest.mark.parametrize("change", [_left, _moved, _taken_over, _republished])
def test_an_acceptance_is_written_together_with_others_only_where_nothing_happened_to_its_run(
    stage_on_both: Stage, change: Change
) -> None:
    stage = stage_on_both
    anna, ben = stage.enroll("anna"), stage.enroll("ben")
    claim = claiming.claim_due(stage.engine, claim_id="mine", now=stage.clock())
    rows = [outcomes.Accepted(job.claimed.id, job.claimed.fence, 0.0, 0) for job in claim.jobs]
    one = claim.jobs[0].enrollment
    sheet = outcomes.Progress(
        "welcome", one.version_id, one.course_id, one.version_id, "", "active", "one", one.next_date, None,
        stage.clock() + HOUR, None,
    )  # fmt: skip
    change(stage, claim)
    before = stage.again(anna)
    with stage.db.writing() as tx:
        done = outcomes.accept(tx, "mine", [sheet], rows)
    everybody = change in (_taken_over, _republished)
    assert done == (set() if everybody else {ben.id})
    assert stage.again(anna) == before
    assert stage.rows(anna)["welcome"].sent_at is None
    assert (stage.rows(ben)["welcome"].state == "sent") is not everybody


def test_whoever_is_left_over_is_settled_by_himself(stage_on_both: Stage) -> None:
    stage = stage_on_both
    anna, ben = stage.enroll("anna"), stage.enroll("ben")
    claim = claiming.claim_due(stage.engine, claim_id="mine", now=stage.clock())
    _left(stage, claim)
    kinds = settle_all(stage.engine, [Outcome(job, TAKEN, stage.clock()) for job in claim.jobs], claim)
    assert kinds == ["sent", "sent"]
    assert (stage.again(anna).state, stage.again(ben).state) == ("cancelled", "active")
    assert stage.happened(anna, "crossed")


def test_who_is_no_longer_wanted(stage_on_both: Stage) -> None:
    stage = stage_on_both
    runs = {name: stage.enroll(name) for name in ("stays", "left", "moved", "suppressed", "other")}
    claim = claiming.claim_due(stage.engine, claim_id="mine", now=stage.clock())
    held = [(job.claimed.id, job.claimed.fence) for job in claim.jobs if job.claimed.id != runs["other"].id]
    stage.do(pace.cancel, runs["left"], why="asked")
    stage.do(pace.move, runs["moved"], replace(runs["moved"].plan, every=2))
    stage.do(pace.cancel, runs["other"], why="nobody asked about him")
    with stage.db.writing() as tx:
        tx.execute(text("INSERT INTO suppression (address_key, reason, at) SELECT address_key, 'complaint', created_at"
                        " FROM subscriber WHERE address LIKE 'suppressed@%'"))  # fmt: skip
        assert tx.execute(subscriber.select()).first() is not None
    with stage.db.reading() as tx:
        assert outcomes.no_longer_wanted(tx, []) == set()
        assert outcomes.no_longer_wanted(tx, held) == {runs[name].id for name in ("left", "moved", "suppressed")}
