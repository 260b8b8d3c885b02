"""Sends what is due. Claim, send, settle: the ledger row comes before the network, and no transaction spans it.

    claim | decide | rows become "sending" | commit | SMTP, journal in hand | lock | settle | commit

Crash anywhere: rows still "sending" when their lease ends are looked up in the journal by whoever claims them next.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from dripcourse.domain.enrollment import Delivery, Enrollment, Step
from dripcourse.domain.retry import ReplyClass, after_attempt, classify
from dripcourse.domain.sending import Settlement, settle
from dripcourse.domain.states import ENDED, DeliveryState, EnrollmentState
from dripcourse.faults import reached
from dripcourse.flows.claiming import Claim, claim_due, late_reason
from dripcourse.flows.engine import Engine
from dripcourse.flows.moving import caught_up
from dripcourse.flows.transmit import Outcome, heard, transmit
from dripcourse.storage import deliveries, enrollments, events, suppressions
from dripcourse.storage.database import DATABASE_GONE, Transaction
from dripcourse.storage.events import Event

#: States of a row that the worker which claimed it may still settle.
_OURS = (DeliveryState.SENDING, DeliveryState.UNKNOWN)
#: How a mail was settled that cannot be written at all: its row stays "sending", and its journal stays.
_UNSETTLED = "unsettled"
_ODD = re.compile(r"[^ -~]")


@dataclass
class Report:
    """What one batch did. `claimed` counts rows looked at; nothing claimed means nothing is due."""

    claimed: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)

    def count(self, kind: str) -> None:
        """One more of that kind."""
        self.outcomes[kind] = self.outcomes.get(kind, 0) + 1


def send_due(engine: Engine) -> Report:
    """Claim one batch of due lessons, send it, settle it. Safe to run anywhere, any number of times, at once."""
    reached("before_claim")
    claim = claim_due(engine, claim_id=uuid.uuid4().hex, now=engine.clock())
    reached("after_claim")
    report = Report(claimed=claim.looked_at)
    if claim.jobs:
        outcomes = list(transmit(engine, claim.jobs, claim.journal, claim.lease_until))
        reached("before_settle")
        for kind in _settle_all(engine, outcomes, claim):
            report.count(kind)
        reached("after_settle")
        if claim.journal is not None and _UNSETTLED not in report.outcomes:  # else it still knows of an acceptance
            claim.journal.discard()
    return report


def _settle_all(engine: Engine, outcomes: list[Outcome], claim: Claim) -> list[str]:
    """Settle the batch in one transaction, or, where something in it cannot be, each mail in one of its own.

    What was accepted is thus known, whatever the mail next to it did. Returns how each was settled.
    """
    try:
        return engine.db.write(lambda tx: _settle(engine, tx, outcomes, claim))
    except DATABASE_GONE:  # the database itself is gone: the journal keeps what we know
        raise
    except Exception:  # whatever it is, it is about one of them
        kinds, trouble = [], []
        for outcome in outcomes:
            found = _settle_alone(engine, outcome, claim)
            kinds.append(found if isinstance(found, str) else _UNSETTLED)
            trouble += [] if isinstance(found, str) else [found]
        engine.db.write(lambda tx: events.record(tx, trouble))
        return kinds


def _settle_alone(engine: Engine, outcome: Outcome, claim: Claim) -> str | Event:
    """How this one mail was settled, if need be with the server's words reduced to ASCII; or the trouble with it."""
    plain = replace(outcome, reply=outcome.reply and replace(outcome.reply, text=_ascii(outcome.reply.text)))
    why = ""
    for told in (outcome, plain):
        try:
            return engine.db.write(partial(_settle, engine, outcomes=[told], claim=claim))[0]
        except DATABASE_GONE:
            raise
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
    one, accepted = outcome.job.enrollment, outcome.reply is not None and outcome.reply.accepted
    data = {"lesson": outcome.job.delivery.lesson_key, "why": _ascii(why), "accepted": accepted}
    return Event(outcome.at, "trouble", "engine", one.subscriber_id, one.id, data)


def _ascii(text: str) -> str:
    return _ODD.sub("?", text)[:500]


def _settle(engine: Engine, tx: Transaction, outcomes: list[Outcome], claim: Claim) -> list[str]:
    """Write what these mails came to; how each was settled."""
    ids = [o.job.enrollment.id for o in outcomes]
    held = {one.id: one for one in caught_up(tx, engine.shelf, list(enrollments.lock(tx, ids).values()), claim.now)}
    lost = _taken_over(tx, [o for o in outcomes if held[o.job.enrollment.id].fence != o.job.delivery.fence])
    done: list[Settlement] = []
    kinds: list[str] = []
    for outcome in outcomes:
        one = held[outcome.job.enrollment.id]
        if one.id in lost:
            events.record(tx, [_too_late(outcome, one)])
            kinds.append("taken-over")
            continue
        book = engine.shelf.book(tx, one.version_id)  # of today's version: it may be new
        done.append(_settlement(one, outcome, claim, book.following(tx, one.id, outcome.job.delivery.lesson_key)))
        kinds.append(done[-1].delivery.state.value)
    deliveries.save(tx, (s.delivery for s in done))
    enrollments.save(tx, (s.enrollment for s in done), claim.now)
    events.record(tx, [_event(s, claim) for s in done if s.event])
    _suppress_dead(tx, done, outcomes, claim)
    reached("in_settle")
    return kinds


def _taken_over(tx: Transaction, doubtful: list[Outcome]) -> set[int]:
    """Those whose delivery another worker has claimed or settled since. (A higher fence alone may be a change of plan.)

    One that was only put in doubt is still ours: what we know ends the doubt.
    """
    rows = deliveries.of_enrollments(tx, [o.job.enrollment.id for o in doubtful])
    return {
        o.job.enrollment.id
        for o in doubtful
        for row in rows[o.job.enrollment.id]
        if row.lesson_key == o.job.delivery.lesson_key
        and (row.claim_id != o.job.delivery.claim_id or row.state not in _OURS)
    }


def _too_late(outcome: Outcome, one: Enrollment) -> Event:
    """We held the batch past our lease. What we know is kept: an acceptance here may be a second copy."""
    accepted = outcome.reply is not None and outcome.reply.accepted
    data = {"lesson": outcome.job.delivery.lesson_key, "accepted": accepted}
    return Event(outcome.at, "taken-over", "engine", one.subscriber_id, one.id, data)


def _settlement(one: Enrollment, outcome: Outcome, claim: Claim, following: Step | None) -> Settlement:
    job, reply = outcome.job, outcome.reply
    if reply is None:
        return _not_begun(one, job.delivery, outcome.at)
    code, text = heard(reply)
    verdict = after_attempt(
        accepted=reply.accepted,
        in_doubt=reply.in_doubt,
        code=code,
        text=text,
        attempts=job.delivery.attempts,
        first_at=job.delivery.created_at,
        now=outcome.at,
        seed=one.public_id,
        hard_before=classify(job.delivery.code, job.delivery.error) is ReplyClass.HARD,
    )
    delivery = replace(job.delivery, code=reply.code)
    return settle(one, delivery, following, verdict, outcome.at, late=late_reason(claim, delivery))


def _not_begun(one: Enrollment, delivery: Delivery, now: datetime) -> Settlement:
    """It never reached the wire: consent ended, a pause came, or our lease ran out."""
    ended = one.state in ENDED
    state = DeliveryState.WITHDRAWN if ended else DeliveryState.RETRY
    row = replace(delivery, state=state, attempts=delivery.attempts - 1, reason=one.state.value if ended else "")
    mine = one.fence == delivery.fence  # otherwise a change of plan has set its own due moment
    due = now if mine and one.state is EnrollmentState.ACTIVE else one.due_at
    return Settlement(row, replace(one, due_at=due, lease_until=None), "withdrawn" if ended else "", "left in time")


def _event(s: Settlement, claim: Claim) -> Event:
    data = {"lesson": s.delivery.lesson_key, "why": s.why}
    if s.delivery.state in (DeliveryState.RETRY, DeliveryState.UNKNOWN) and s.enrollment.due_at:
        data["again_at"] = s.enrollment.due_at.isoformat()
    return Event(claim.now, s.event, "engine", s.enrollment.subscriber_id, s.enrollment.id, data)


def _suppress_dead(tx: Transaction, done: list[Settlement], outcomes: list[Outcome], claim: Claim) -> None:
    """An address that does not exist gets nothing more, from any course."""
    people = {o.job.enrollment.id: o.job.person for o in outcomes}
    keys = [people[s.enrollment.id].address_key for s in done if s.event == "hard-bounce"]
    suppressions.add_all(tx, keys, "hard-bounce", claim.now)
