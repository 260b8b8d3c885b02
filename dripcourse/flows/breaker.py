"""Closes a form for a while when programs sign strangers up through it, and says so. It opens again by itself.

busier than LEAST an hour -> its week looked at -> alarm? -> held, an event, a warning in the log
"""

from __future__ import annotations

from datetime import datetime

from dripcourse.domain import breaker
from dripcourse.logs import get_logger
from dripcourse.storage import attempts, events, forms
from dripcourse.storage.database import Transaction
from dripcourse.storage.events import Event
from dripcourse.storage.forms import Form

HELD = "form-held"
#: A form busier than this is judged by its newest sign-ups.
_MOST = 20_000

log = get_logger(__name__)


def trips(tx: Transaction, form: Form, now: datetime) -> bool:
    """Whether the form is to be held from now on; then it is. For a form that is busy: it reads its whole week."""
    seen = attempts.history(tx, form.id, now - breaker.WEEK, _MOST)
    since = form.held_until or now - breaker.WEEK
    why = breaker.alarm(breaker.hour_of(seen, now, since), breaker.usual_of(seen, now))
    if why:
        _hold(tx, form, why, now)
    return bool(why)


def _hold(tx: Transaction, form: Form, why: str, now: datetime) -> None:
    before = events.of_kind(tx, HELD, since=now - breaker.REMEMBERED)
    until = now + breaker.hold_for(sum((one.data or {}).get("form") == form.slug for one in before))
    forms.hold(tx, form.id, until)
    data = {"form": form.slug, "until": until.isoformat(), "why": why}
    events.record(tx, [Event(now, HELD, "engine", data=data)])
    log.warning("form held", form=form.slug, until=until.isoformat(), why=why)
