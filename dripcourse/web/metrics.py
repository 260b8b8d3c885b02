"""/metrics for Prometheus: a few numbers of the moment, in its text format 0.0.4. No person is in them, no address.

They tell how the business goes, so only who has the `metrics_token` of the settings reads them; without one there is
no such page. Being on this machine is no proof: behind a proxy everybody seems to be.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException
from fastapi.responses import PlainTextResponse

from dripcourse.domain.budgets import Outcome
from dripcourse.storage import attempts, outlook
from dripcourse.storage.database import Transaction
from dripcourse.storage.figures import MOST, figures
from dripcourse.web.page import READ
from dripcourse.web.site import Here

router = APIRouter()

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@router.api_route("/metrics", methods=READ)
def metrics(site: Here, authorization: Annotated[str, Header()] = "") -> PlainTextResponse:
    """The numbers. 404 where no token is set, 401 without it."""
    token = site.settings.metrics_token
    if not token:
        raise HTTPException(404)
    if not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
        raise HTTPException(401, "the metrics_token is missing or wrong", {"WWW-Authenticate": "Bearer"})
    with site.engine.db.reading() as tx:
        lines = list(_lines(tx, site.now()))
    return PlainTextResponse("\n".join(lines) + "\n", media_type=_TYPE)


def _lines(tx: Transaction, now: datetime) -> Iterator[str]:
    due = outlook.look(tx, "tick", now, most_lessons=MOST, most_notices=MOST)
    found = figures(tx, now, now - _DAY)
    came = attempts.recent(tx, now - _HOUR)
    yield from _gauge("sign_ups_last_hour", "Sign-ups of the last hour by how far they got.", {
        f'{{outcome="{outcome.value}"}}': came.get(outcome.value, 0) for outcome in Outcome
    })  # fmt: skip
    yield from _gauge("sign_ups_waiting", f"Sign-ups not yet looked at, {MOST} at most.", {"": found.waiting})
    yield from _gauge("forms_held", "Forms held by their breaker.", {"": found.held})
    yield from _gauge("lessons_due", f"Lessons due now, {MOST} at most.", {"": due.lessons})
    yield from _gauge("notices_due", f"Other mails due now, {MOST} at most.", {"": due.notices})
    yield from _gauge("doubts_last_day", f"Mails whose reply was lost in a day, {MOST} at most.", {"": found.doubts})
    if due.last_beat is not None:
        age = (now - due.last_beat).total_seconds()
        yield from _gauge("last_tick_age_seconds", "How long ago the scheduler last beat.", {"": int(age)})


def _gauge(name: str, about: str, values: dict[str, int]) -> Iterator[str]:
    yield f"# HELP dripcourse_{name} {about}"
    yield f"# TYPE dripcourse_{name} gauge"
    for labels, value in values.items():
        yield f"dripcourse_{name}{labels} {value}"
