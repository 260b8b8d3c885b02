"""Closes a form for a while when programs sign strangers up through it, and says so. It opens again by itself.

an hour that may be a surge -> its week looked at -> alarm? -> held, an event, a warning in the log
"""

from __future__ import annotations

from datetime import datetime

from dripcourse.domain import breaker
from dripcourse.domain.breaker import Hour
from dripcourse.logs import get_logger
from dripcourse.storage import attempts, events, forms
from dripcourse.storage.database import Transaction
from dripcourse.storage.events import Event
from dripcourse.storage.forms import Form

HELD = "form-held"

log = get_logger(__name__)


def trips(tx: Transaction, form: Form, hour: Hour, now: datetime) -> bool:
    """Whether the form is to be held from now on; then it is. Its whole week is read only where it may be."""
    if not breaker.may_be_surge(hour):
        return False
    why = breaker.alarm(hour, breaker.usual_of(attempts.week(tx, form.id, now)))
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
