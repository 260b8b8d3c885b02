"""Tells webhooks of lessons that went: the one thing of theirs that is in no event of the ledger.

Costs a look into a dictionary for each batch where no webhook wants it, and one insert for each batch where one does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from dripcourse.domain.sending import Settlement
from dripcourse.domain.states import DeliveryState
from dripcourse.flows.jobs import Outcome
from dripcourse.storage import hooks
from dripcourse.storage.database import Transaction
from dripcourse.storage.hooks import Happening

_SENT = "lesson.sent"


def offer_accepted(tx: Transaction, outcomes: Sequence[Outcome], done: Collection[int]) -> None:
    """The lessons of these runs were settled together."""
    if done and _SENT in hooks.wanted(tx):
        told = [(o.job.claimed, o.job.group.sheet.lesson_key, o.at) for o in outcomes if o.job.claimed.id in done]
        hooks.offer(tx, [_sent(run.subscriber_id, run.id, run.course_id, key, at) for run, key, at in told])


def offer_settled(tx: Transaction, done: Sequence[Settlement]) -> None:
    """The same for those that were settled one by one."""
    sent = [s for s in done if s.delivery.state is DeliveryState.SENT and s.delivery.sent_at]
    if sent and _SENT in hooks.wanted(tx):
        told = [(s.enrollment, s.delivery.lesson_key, s.delivery.sent_at) for s in sent]
        hooks.offer(tx, [_sent(run.subscriber_id, run.id, run.course_id, key, at) for run, key, at in told if at])


def _sent(subscriber_id: int, run_id: int, course_id: int, key: str, at: datetime) -> Happening:
    return Happening(_SENT, at, subscriber_id, run_id, {"by": "engine", "lesson": key}, course_id)
