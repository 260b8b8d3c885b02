"""Gives a person everything that is kept of him (GDPR Art. 15 and 20), and proves by mail that it is he who asks.

    his page: "send me the link" | a mail to his address | the link, for a day | one button: the file, or the erasure

Emails get forwarded with their links, so what is in them must not be enough to read or end a person's data.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from dripcourse.addresses import EmailAddress
from dripcourse.domain.fingerprint import Fingerprints
from dripcourse.errors import NotFound
from dripcourse.flows import privacy
from dripcourse.flows.engine import Engine
from dripcourse.flows.reader import held
from dripcourse.storage import disclosures, enrollments, notices, subscribers, suppressions
from dripcourse.storage.database import Transaction
from dripcourse.storage.notices import Notice
from dripcourse.storage.subscribers import Subscriber

#: How long such a link works, and how often one may be had.
LINK_LIVES = timedelta(days=1)
#: Names the shape of the file; docs/my-data.md says what it is.
FORMAT = "dripcourse-my-data/1"


class Sent(StrEnum):
    """What became of the wish for a link."""

    NOW = "now"
    BEFORE = "before"
    DEAD = "dead"


def send_link(engine: Engine, public_id: str, what: str, now: datetime) -> Sent:
    """Queue the mail with the link for "data" or "erase", one a day of each. Raises NotFound for a run that is gone."""
    with engine.db.writing() as tx:
        one = held(tx, public_id)
        if suppressions.reason(tx, subscribers.by_id(tx, one.subscriber_id).address_key):
            return Sent.DEAD
        if notices.recent(tx, one.subscriber_id, what, now - LINK_LIVES):
            return Sent.BEFORE
        context = {"course_id": one.course_id, "enrollment": one.public_id, "language": one.language}
        notices.add(tx, one.subscriber_id, what, context, host=engine.brand.domain, at=now)
        return Sent.NOW


def opened(tx: Transaction, notice_id: str, what: str, now: datetime) -> tuple[Notice, Subscriber] | None:
    """Whose link it is; None where its day is over, or he was erased."""
    found = notices.by_public_id(tx, notice_id)
    if found is None or found.template != what or now - found.created_at > LINK_LIVES:
        return None
    person = subscribers.many(tx, [found.subscriber_id]).get(found.subscriber_id)
    return None if person is None else (found, person)


def erase(engine: Engine, person: Subscriber, now: datetime) -> None:
    """Remove him and all that is his. Done already, at the same moment, is done."""
    address = EmailAddress(person.address, person.address_key)
    try:
        privacy.erase(engine.db, Fingerprints(engine.links.keys), address, now, how="web")
    except NotFound:
        return


def disclose(tx: Transaction, person: Subscriber, now: datetime) -> dict[str, Any]:
    """Everything that is kept of that person, as values that JSON has; its shape is in docs/my-data.md."""
    runs = enrollments.of_subscriber(tx, person.id)
    rows = disclosures.of_person(tx, person.id, person.address_key, [one.id for one in runs])
    (of_person,) = rows["subscriber"]
    courses = [_course(run, rows) for run in rows["enrollment"]]
    beside = [row for row in rows["event"] if row["enrollment_id"] is None]
    found = {
        "format": FORMAT,
        "made_at": now,
        "person": of_person,
        "not_mailed": rows["suppression"],
        "sign_ups_waiting": rows["sign_up"],
        "consents": rows["consent"],
        "courses": courses,
        "history": beside,
        "emails": rows["notice"],
        "passed_on": rows["hook_delivery"],
    }
    told: dict[str, Any] = _plain(found)
    return told


def _course(run: Mapping[str, Any], rows: Mapping[str, Any]) -> dict[str, Any]:
    """One run with what happened in it."""
    parts = {"lessons": "delivery", "answers": "answer", "history": "event"}
    own = {
        part: [row for row in rows[name] if row["enrollment_id"] == run["enrollment_id"]]
        for part, name in parts.items()
    }
    return {**run, **own}


def _plain(value: Any) -> Any:
    """The value as JSON has it: moments and dates in ISO 8601, and no key of ours between rows."""
    match value:
        case dict():
            return {name: _plain(inner) for name, inner in value.items() if name != "enrollment_id"}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case time():
            return f"{value:%H:%M}"
        case datetime() | date():
            return value.isoformat()
    return value
