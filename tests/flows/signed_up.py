"""People who fill in a form and press the button in their mail, in a line each. No test."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from dripcourse.addresses import parse_address
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.fingerprint import Fingerprints
from dripcourse.domain.forms import FormSettings
from dripcourse.domain.signing_up import Invitation
from dripcourse.flows import confirming, privacy, signup
from dripcourse.flows.confirming import Invited
from dripcourse.flows.explain import explain
from dripcourse.storage import enrollments, forms, subscribers, suppressions
from dripcourse.storage.forms import Form
from dripcourse.storage.tables import notice, sign_up
from tests.flows.stage import DAY, UTC_8, Stage

FORTNIGHT = 14 * DAY


def open_form(stage: Stage, slug: str = "f", **settings: Any) -> Form:
    with stage.db.writing() as tx:
        return forms.add(
            tx, slug=slug, title="F", wording="Yes.", course_id=1, at=stage.clock(), settings=FormSettings(**settings)
        )


def ask(stage: Stage, form: Form, who: str, /, **typed: Any) -> None:
    """Somebody fills in the form with that name's address."""
    asked = signup.Request(f"{who}@example.com", **{"plan": UTC_8, "network": "203.0.113.0/24", **typed})
    signup.request(stage.engine, form, asked, stage.clock())


def mails(stage: Stage, name: str) -> list[str]:
    """The kinds of mail that are queued or went to that person because of sign-ups."""
    with stage.db.reading() as tx:
        person = subscribers.lookup(tx, f"{name}@example.com")
        if person is None:
            return []
        query = select(notice.c.template).where(notice.c.subscriber_id == person.id).order_by(notice.c.id)
        return [kind for kind in tx.execute(query).scalars() if kind in ("confirm", "already")]


def waiting(stage: Stage) -> int:
    with stage.db.reading() as tx:
        return len(tx.execute(select(sign_up.c.id)).all())


def press(stage: Stage, name: str, **how: Any) -> Invited:
    """That person's newest confirm mail, and its button."""
    with stage.db.reading() as tx:
        person = subscribers.find(tx, parse_address(f"{name}@example.com"))
        his = notice.c.subscriber_id == person.id, notice.c.template == "confirm"
        newest = tx.execute(select(notice.c.public_id).where(*his).order_by(notice.c.id.desc()).limit(1)).scalar_one()
    return confirming.confirm(stage.engine, newest, stage.clock(), FORTNIGHT, **how)


def begun(stage: Stage, name: str, **how: Any) -> Enrollment:
    found = press(stage, name, **how)
    assert found.good_for is Invitation.USED
    assert found.run is not None
    return found.run


def told(stage: Stage, name: str) -> list[str]:
    found = explain(stage.db, stage.engine.shelf, parse_address(f"{name}@example.com"))
    return [line.text for line in found.sign_ups]


def suppress(stage: Stage, name: str, why: str) -> None:
    with stage.db.writing() as tx:
        suppressions.add(tx, f"{name}@example.com", why, stage.clock())


def erase(stage: Stage, name: str) -> None:
    keys = Fingerprints(stage.engine.links.keys)
    privacy.erase(stage.db, keys, parse_address(f"{name}@example.com"), stage.clock(), how="cli")


def run_of(stage: Stage, name: str) -> Enrollment:
    with stage.db.reading() as tx:
        person = subscribers.find(tx, parse_address(f"{name}@example.com"))
        return enrollments.of_subscriber(tx, person.id)[-1]
