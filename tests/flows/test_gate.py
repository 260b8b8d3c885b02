"""The guard on every way in: who is let in, who is asked to prove something, who is turned away."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from dripcourse.flows import gate
from dripcourse.flows.gate import Answer, Knock
from dripcourse.storage import courses, forms
from dripcourse.storage.forms import Form
from tests.flows.stage import HOUR, MINUTE, Stage

SECOND = timedelta(seconds=1)
HERE = "203.0.113.0/24"


def form_of(stage: Stage, slug: str = "start") -> Form:
    """That form as it stands now; made where there is none."""
    with stage.db.writing() as tx:
        if slug not in [one.slug for one in forms.every(tx)]:
            course = courses.find(tx, "steady").id
            forms.add(tx, slug=slug, title="Steady", wording="Yes.", course_id=course, at=stage.clock.now)
        return forms.find(tx, slug)


def knock(stage: Stage, name: str = "anne", network: str = HERE, path: str = "page", **other: object) -> Knock:
    """A person who has filled the form in for a minute."""
    ticket = gate.ticket(stage.engine, form_of(stage), stage.clock.now - MINUTE)
    return replace(Knock(path, f"{name}@example.net", network, ticket=ticket), **other)  # type: ignore[arg-type]


def asked(stage: Stage, one: Knock, slug: str = "start") -> Answer:
    """What the gate says now."""
    return gate.let_in(stage.engine, form_of(stage, slug), one, stage.clock.now)


def outcomes(stage: Stage) -> Counter[str]:
    """How many attempts got how far."""
    with stage.db.reading() as tx:
        rows = tx.exec_driver_sql("SELECT outcome FROM attempt").scalars()
        return Counter(rows)


def mails(stage: Stage, name: str, *, domain: str = "example.net") -> str:
    """Why no mail may go to that address now, or ""."""
    with stage.db.writing() as tx:
        return gate.may_mail(tx, stage.engine, f"{name}@{domain}", stage.clock.now, form_of_id(stage))


def form_of_id(stage: Stage) -> int:
    with stage.db.reading() as tx:
        return forms.find(tx, "start").id


@pytest.mark.parametrize(
    ("shown", "answer"),
    [
        (2 * SECOND, Answer.AGAIN),
        (4 * SECOND, Answer.COME_IN),
        (23 * HOUR, Answer.COME_IN),
        (25 * HOUR, Answer.AGAIN),
        (-HOUR, Answer.AGAIN),
    ],
)
def test_a_form_is_filled_in_for_three_seconds_at_least_and_a_day_at_most(
    stage: Stage, shown: timedelta, answer: Answer
) -> None:
    ticket = gate.ticket(stage.engine, form_of(stage), stage.clock.now - shown)
    assert asked(stage, knock(stage, ticket=ticket)) is answer


def test_a_ticket_is_for_one_form_and_opens_no_other(stage: Stage) -> None:
    other = gate.ticket(stage.engine, form_of(stage, "other"), stage.clock.now - MINUTE)
    for given in (other, "", "x", other + "0", f"1.{form_of(stage).id}.{'0' * 32}", "1.1.\ud800"):
        assert asked(stage, knock(stage, ticket=given)) is Answer.AGAIN
    assert outcomes(stage) == {"again": 6}
