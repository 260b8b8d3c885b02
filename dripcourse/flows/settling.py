"""Writes what became of a batch: acceptances of one situation together, everything else one by one, by the same rules.

In one transaction, or, where something in it cannot be written, each mail in one of its own: the journal is removed
only when all that it knows is in the ledger.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from dripcourse.domain.enrollment import Delivery, Enrollment, Step
from dripcourse.domain.retry import ACCEPTED, ReplyClass, after_attempt, classify
from dripcourse.domain.sending import Settlement, settle
from dripcourse.domain.states import ENDED, DeliveryState, EnrollmentState
from dripcourse.faults import reached
from dripcourse.flows.claim import Claim, late_reason
from dripcourse.flows.engine import Engine
from dripcourse.flows.hook_offers import offer_accepted, offer_settled
from dripcourse.flows.jobs import Group, Outcome
from dripcourse.flows.moving import caught_up
from dripcourse.flows.transmit import heard
from dripcourse.storage import deliveries, enrollments, events, suppressions
from dripcourse.storage import outcomes as storage
from dripcourse.storage.database import DATABASE_GONE, Transaction
from dripcourse.storage.events import Event
from dripcourse.storage.outcomes import Accepted, Progress

#: How a mail was settled that cannot be written at all: its row stays "sending", and its journal stays.
UNSETTLED = "unsettled"
#: States of a row that the worker which claimed it may still settle.
_OURS = (DeliveryState.SENDING, DeliveryState.UNKNOWN)
_ODD = re.compile(r"[^ -~]")


def settle_all(engine: Engine, outcomes: list[Outcome], claim: Claim) -> list[str]:
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
            kinds.append(found if isinstance(found, str) else UNSETTLED)
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
    one, accepted = outcome.job.claimed, outcome.reply is not None and outcome.reply.accepted
    data = {"lesson": outcome.job.delivery.lesson_key, "why": _ascii(why), "accepted": accepted}
    return Event(outcome.at, "trouble", "engine", one.subscriber_id, one.id, data)


def _ascii(text: str) -> str:
    return _ODD.sub("?", text)[:500]


def _settle(engine: Engine, tx: Transaction, outcomes: Sequence[Outcome], claim: Claim) -> list[str]:
    """Write what these mails came to; how each was settled."""
    done = _accept_together(tx, outcomes, claim)
    rest = [outcome for outcome in outcomes if outcome.job.claimed.id not in done]
    kinds = [DeliveryState.SENT.value] * len(done) + (_settle_each(engine, tx, rest, claim) if rest else [])
    reached("in_settle")
    return kinds


def _accept_together(tx: Transaction, outcomes: Sequence[Outcome], claim: Claim) -> set[int]:
    """Settle the acceptances of runs to which nothing happened meanwhile, each situation at once; their ids."""
    alike: dict[Group, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.reply is not None and outcome.reply.accepted and outcome.job.is_plain:
            alike.setdefault(outcome.job.group, []).append(outcome)
    sheets: list[Progress] = []
    rows: list[Accepted] = []
    for group, members in alike.items():
        if not group.book.goes_in_order(group.sheet.lesson_key):
            continue
        for progress, same in _together(tx, members, claim):
            number = len(sheets)
            for outcome in same:
                run = outcome.job.claimed
                rows.append(Accepted(run.id, run.fence, outcome.at.timestamp(), number))
            sheets.append(progress)
    done = storage.accept(tx, claim.id, sheets, rows)
    ended = {row.enrollment_id for row in rows if sheets[row.sheet].next_key is None}
    offer_accepted(tx, outcomes, done)
    events.record(tx, _finished(outcomes, ended & done, claim))
    return done


def _together(
    tx: Transaction, members: Sequence[Outcome], claim: Claim
) -> Iterator[tuple[Progress, Sequence[Outcome]]]:
    """Where the runs of one situation stand now. What follows depends on the moment of acceptance only by steps (a
    midnight, a quarter of an hour late), so if the first and the last agree, all between them do.
    """
    first, last = min(members, key=lambda o: o.at), max(members, key=lambda o: o.at)
    progress = _progress(tx, first, claim)
    if progress == _progress(tx, last, claim):
        yield progress, members
        return
    for outcome in members:
        yield _progress(tx, outcome, claim), [outcome]


def _progress(tx: Transaction, outcome: Outcome, claim: Claim) -> Progress:
    job = outcome.job
    one, delivery = job.enrollment, job.delivery
    following = job.group.book.following(tx, one.id, delivery.lesson_key)
    found = settle(one, delivery, following, ACCEPTED, outcome.at, late=late_reason(tx, claim, delivery, outcome.at))
    after = found.enrollment
    return Progress(
        lesson_key=delivery.lesson_key,
        version_id=one.version_id,
        course_id=one.course_id,
        current_id=job.claimed.current_id,
        reason=found.delivery.reason,
        state=after.state.value,
        next_key=after.next_key,
        next_date=after.next_date,
        last_date=after.last_date,
        due_at=after.due_at,
        ended_at=claim.now if after.state in ENDED else None,
    )


def _finished(outcomes: Sequence[Outcome], done: set[int], claim: Claim) -> list[Event]:
    rows = [(o.job.claimed, {"lesson": o.job.group.sheet.lesson_key}) for o in outcomes if o.job.claimed.id in done]
    return [Event(claim.now, "finished", "engine", row.subscriber_id, row.id, {**key, "why": ""}) for row, key in rows]


def _settle_each(engine: Engine, tx: Transaction, outcomes: Sequence[Outcome], claim: Claim) -> list[str]:
    """Lock these runs, read how they stand now, and settle each by itself."""
    ids = [o.job.claimed.id for o in outcomes]
    held = {one.id: one for one in caught_up(tx, engine.shelf, list(enrollments.lock(tx, ids).values()), claim.now)}
    erased = [o for o in outcomes if o.job.claimed.id not in held]  # with all that could have been written of them
    outcomes = [o for o in outcomes if o.job.claimed.id in held]
    lost = _taken_over(tx, [o for o in outcomes if held[o.job.claimed.id].fence != o.job.claimed.fence])
    done: list[Settlement] = []
    kinds = ["erased"] * len(erased)
    for outcome in outcomes:
        one = held[outcome.job.claimed.id]
        if one.id in lost:
            events.record(tx, [_too_late(outcome, one)])
            kinds.append("taken-over")
            continue
        book = engine.shelf.book(tx, one.version_id)  # of today's version: it may be new
        following = book.following(tx, one.id, outcome.job.group.sheet.lesson_key)
        done.append(_settlement(tx, one, outcome, claim, following))
        kinds.append(done[-1].delivery.state.value)
    _write(tx, done, claim)
    _suppress_dead(tx, done, outcomes, claim)
    return kinds


def _write(tx: Transaction, done: Sequence[Settlement], claim: Claim) -> None:
    deliveries.save(tx, (s.delivery for s in done))
    enrollments.save(tx, (s.enrollment for s in done), claim.now)
    enrollments.count_down(tx, [s.enrollment.id for s in done if s.delivery.state is DeliveryState.SENT])
    offer_settled(tx, done)
    events.record(tx, [_event(s, claim) for s in done if s.event])


def _taken_over(tx: Transaction, doubtful: list[Outcome]) -> set[int]:
    """Those whose delivery another worker has claimed or settled since. (A higher fence alone may be a change of plan.)

    One that was only put in doubt is still ours: what we know ends the doubt.
    """
    rows = deliveries.of_enrollments(tx, [o.job.claimed.id for o in doubtful])
    return {
        o.job.claimed.id
        for o in doubtful
        for row in rows[o.job.claimed.id]
        if row.lesson_key == o.job.delivery.lesson_key
        and (row.claim_id != o.job.delivery.claim_id or row.state not in _OURS)
    }


def _too_late(outcome: Outcome, one: Enrollment) -> Event:
    """We held the batch past our lease. What we know is kept: an acceptance here may be a second copy."""
    accepted = outcome.reply is not None and outcome.reply.accepted
    data = {"lesson": outcome.job.delivery.lesson_key, "accepted": accepted}
    return Event(outcome.at, "taken-over", "engine", one.subscriber_id, one.id, data)


def _settlement(tx: Transaction, one: Enrollment, outcome: Outcome, claim: Claim, following: Step | None) -> Settlement:
    job, reply = outcome.job, outcome.reply
    if reply is None:
        return _not_begun(one, job.delivery, outcome.at + outcome.wait)
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
    return settle(one, delivery, following, verdict, outcome.at, late=late_reason(tx, claim, delivery, outcome.at))


def _not_begun(one: Enrollment, delivery: Delivery, again_at: datetime) -> Settlement:
    """It never reached the wire: consent ended, a pause came, our lease ran out, or its domain was too slow."""
    ended = one.state in ENDED
    state = DeliveryState.WITHDRAWN if ended else DeliveryState.RETRY
    row = replace(delivery, state=state, attempts=delivery.attempts - 1, reason=one.state.value if ended else "")
    mine = one.fence == delivery.fence  # otherwise a change of plan has set its own due moment
    due = again_at if mine and one.state is EnrollmentState.ACTIVE else one.due_at
    return Settlement(row, replace(one, due_at=due, lease_until=None), "withdrawn" if ended else "", "left in time")


def _event(s: Settlement, claim: Claim) -> Event:
    data = {"lesson": s.delivery.lesson_key, "why": s.why}
    if s.delivery.state in (DeliveryState.RETRY, DeliveryState.UNKNOWN) and s.enrollment.due_at:
        data["again_at"] = s.enrollment.due_at.isoformat()
    return Event(claim.now, s.event, "engine", s.enrollment.subscriber_id, s.enrollment.id, data)


def _suppress_dead(tx: Transaction, done: list[Settlement], outcomes: Sequence[Outcome], claim: Claim) -> None:
    """An address that does not exist gets nothing more, from any course."""
    keys_of = {o.job.claimed.id: o.job.claimed.address_key for o in outcomes}
    keys = [keys_of[s.enrollment.id] for s in done if s.event == "hard-bounce"]
    suppressions.add_all(tx, keys, "hard-bounce", claim.now)
