"""What `doctor` says of the guard: forms that are held, forms that turn many away, and a proxy that hides everybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from dripcourse.domain.budgets import DAY, TURNED_AWAY
from dripcourse.flows.funnel import state
from dripcourse.storage import forms, funnel
from dripcourse.storage.database import Transaction

#: Fewer refusals in a day are what any form on the net has.
MANY = 100
#: So many people from one network, and nine in ten of all: no crowd is as near together as that.
ENOUGH, NEARLY_ALL = 50, 0.9


def gate_symptoms(tx: Transaction, now: datetime) -> Iterator[tuple[str, str]]:
    """(level, what) for each."""
    counted = funnel.attempts_by_form(tx, now - DAY)
    for one in forms.every(tx):
        how = state(one, now)
        if how.startswith("held"):
            yield "warning", f"form {one.slug} is {how}: too many signed up and too few confirmed (docs/abuse.md)"
        why = {outcome.value: counted.get(one.id, {}).get(outcome.value, 0) for outcome in TURNED_AWAY}
        if sum(why.values()) >= MANY:
            told = ", ".join(f"{name} {number}" for name, number in why.items() if number)
            yield "warning", f"form {one.slug} turned {sum(why.values())} away in a day: {told} (docs/abuse.md)"
    everybody, most = funnel.of_networks(tx, now - DAY)
    if everybody >= ENOUGH and most >= NEARLY_ALL * everybody:
        yield (
            "warning",
            (
                f"{most} of {everybody} sign-ups of the last day came from one network: behind a proxy, name it in "
                "FORWARDED_ALLOW_IPS (docs/abuse.md)"
            ),
        )
