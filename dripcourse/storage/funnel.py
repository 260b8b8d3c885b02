"""What became of sign-ups, for an author's report: by form, and run by run with where each came from.

It reads whole tables, once, when somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from dripcourse.domain.budgets import LET_IN
from dripcourse.domain.states import EnrollmentState
from dripcourse.storage.attempts import FOR_EVER
from dripcourse.storage.tables import attempt, enrollment

_AT_ONCE = 2000


def attempts_by_form(tx: Connection, since: datetime) -> dict[int, dict[str, int]]:
    """Form id -> how far an attempt got -> how many did, since then."""
    query = select(attempt.c.form_id, attempt.c.outcome, func.count())
    query = query.where(attempt.c.at > since, attempt.c.at < FOR_EVER).group_by(attempt.c.form_id, attempt.c.outcome)
    found: dict[int, dict[str, int]] = {}
    for form_id, outcome, number in tx.execute(query):
        found.setdefault(form_id, {})[outcome] = number
    return found


def runs(tx: Connection, since: datetime) -> Iterator[tuple[Mapping[str, Any], bool]]:
    """(where it came from, whether it was finished) of each run that began since then."""
    query = select(enrollment.c.source, enrollment.c.state).where(enrollment.c.created_at > since)
    for source, state in tx.execute(query.execution_options(yield_per=_AT_ONCE)):
        yield source or {}, state == EnrollmentState.FINISHED.value


def of_networks(tx: Connection, since: datetime) -> tuple[int, int]:
    """(how many people came through forms since then, how many of them from the network with the most)."""
    people = attempt.c.path.in_(("page", "script")), attempt.c.outcome.in_([outcome.value for outcome in LET_IN])
    query = select(func.count()).where(attempt.c.at > since, attempt.c.at < FOR_EVER, *people)
    numbers = list(tx.execute(query.group_by(attempt.c.network)).scalars())
    return sum(numbers), max(numbers, default=0)
