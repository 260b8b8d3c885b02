"""Keeps "this was not me" good in the mails of people who never confirmed and are forgotten, or who were erased.

    person goes -> of each confirm mail that went: its id, the mark of the address -> a year later, nothing

The mark is the one under which sign-ups are counted: a keyed hash, and no way back to the address.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dripcourse.flows import gate
from dripcourse.storage import forgotten, notices
from dripcourse.storage.database import Transaction
from dripcourse.storage.forgotten import Forgotten

#: Nobody is known to press that button later; and the mark is one of a person.
KEPT = timedelta(days=366)


def remember(tx: Transaction, keys: tuple[str, ...], people: Sequence[int], now: datetime) -> None:
    """Called before these people are removed, in the same transaction. `keys` are those of the links, oldest first."""
    mails = notices.with_addresses(tx, people, "confirm")
    kept = [
        Forgotten(one.public_id, gate.mark_of(keys, one.address), str(one.context.get("form", "")), now)
        for one in mails
        if one.attempts
    ]
    forgotten.add(tx, kept)


def declined(tx: Transaction, public_id: str, now: datetime) -> bool:
    """ "This was not me" on such a mail: no sign-up causes a mail to its address again. False where it is none."""
    one = forgotten.find(tx, public_id)
    if one is not None:
        gate.declined_by(tx, one.address, now, one.form)
    return one is not None
