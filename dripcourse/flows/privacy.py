"""Erases a person who asks for it (GDPR Art. 17), and recognises his address if somebody brings it again.

What is left is a keyed hash of the address with a reason and a date, an event that says that one was erased, and for a
year what makes "this was not me" in his mails count (flows/forgotten.py). Who signs up and confirms by himself is
welcome; nobody else can bring him back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from dripcourse.addresses import EmailAddress
from dripcourse.domain.fingerprint import Fingerprints
from dripcourse.errors import NotFound, Refused
from dripcourse.flows import forgotten
from dripcourse.storage import enrollments, erasures, events, sign_ups, subscribers, suppressions
from dripcourse.storage.database import Database, Transaction
from dripcourse.storage.erasures import Erased
from dripcourse.storage.events import Event
from dripcourse.storage.subscribers import Subscriber

#: The reason where there was no other. One that was suppressed keeps its own: a dead address is dead all the same.
ERASED = "erased"


@dataclass(frozen=True)
class Holding:
    """What is kept of one person: how many rows of each table, by its name."""

    address: str
    rows: Mapping[str, int]


def holding(db: Database, known: Fingerprints, address: EmailAddress) -> Holding:
    """What an erasure would remove. Raises NotFound where there is nobody."""
    with db.reading() as tx:
        waits = len(sign_ups.of_address(tx, address.key))
        person = None if waits and subscribers.lookup(tx, address.key) is None else _find(tx, known, address)
        return _holding(tx, address, person, waits)


def erase(db: Database, known: Fingerprints, address: EmailAddress, now: datetime, *, how: str) -> Holding:
    """Remove the person, his runs and everything of them; what was removed. Raises NotFound where there is nobody.

    A batch that holds a run of his sends him nothing more (it asks before each mail), and settles the others' as ever.
    """
    return db.write(lambda tx: _erase(tx, known, address, now, how))


def _erase(tx: Transaction, known: Fingerprints, address: EmailAddress, now: datetime, how: str) -> Holding:
    waited = sign_ups.forget(tx, address.key)  # first, as whoever looks at one holds it before its person
    if waited and subscribers.lookup(tx, address.key) is None:
        return _erase_waiting(tx, known, address, now, how, waited)
    person = _find(tx, known, address)
    enrollments.lock(tx, _runs(tx, person))  # runs first, as everywhere
    erasures.hold(tx, person.id)
    ids = _runs(tx, person)  # one may have begun while we waited
    enrollments.lock(tx, ids)
    found = _holding(tx, address, person, waited)
    why = suppressions.reason(tx, person.address_key) or _earlier(tx, known, person.address_key)
    forgotten.remember(tx, known.keys, [person.id], now)
    erasures.remove(tx, person.id, ids)
    suppressions.lift(tx, person.address_key)
    erasures.forget(tx, known.every(person.address_key))
    erasures.remember(tx, known.make(person.address_key), why or ERASED, now)
    events.record(tx, [Event(now, ERASED, how, data={"runs": len(ids)})])
    return found


def _erase_waiting(
    tx: Transaction, known: Fingerprints, address: EmailAddress, now: datetime, how: str, waited: int
) -> Holding:
    """All there was is a sign-up that nobody had looked at yet."""
    why = suppressions.reason(tx, address.key) or _earlier(tx, known, address.key)
    suppressions.lift(tx, address.key)
    erasures.forget(tx, known.every(address.key))
    erasures.remember(tx, known.make(address.key), why or ERASED, now)
    events.record(tx, [Event(now, ERASED, how, data={"runs": 0})])
    return _holding(tx, address, None, waited)


def _holding(tx: Transaction, address: EmailAddress, person: Subscriber | None, waits: int) -> Holding:
    """What is kept of him; `waits` sign-ups are in no table of persons yet."""
    rows = erasures.weigh(tx, person.id, _runs(tx, person)) if person else {}
    return Holding(person.address if person else address.text, {**rows, **({"sign_up": waits} if waits else {})})


def _find(tx: Transaction, known: Fingerprints, address: EmailAddress) -> Subscriber:
    person = subscribers.lookup(tx, address.key)
    if person is not None:
        return person
    gone = _of(tx, known, address.key)
    told = f"; it was erased on {gone.at:%Y-%m-%d}" if gone else ""
    raise NotFound(f"no subscriber {address.text}{told}; nothing to erase")


def _runs(tx: Transaction, person: Subscriber) -> list[int]:
    return [one.id for one in enrollments.of_subscriber(tx, person.id)]


def _earlier(tx: Transaction, known: Fingerprints, address_key: str) -> str:
    gone = _of(tx, known, address_key)
    return gone.reason if gone else ""


def _of(tx: Transaction, known: Fingerprints, address_key: str) -> Erased | None:
    return next(iter(erasures.among(tx, known.every(address_key)).values()), None)


def refuse_erased(tx: Transaction, known: Fingerprints, address: EmailAddress) -> None:
    """For an admin who adds somebody. Raises Refused where this address asked to be erased."""
    gone = erased_among(tx, known, [address.key])
    if gone:
        raise Refused(f"{address.text} is not added: {gone[address.key]}")


def erased_among(tx: Transaction, known: Fingerprints, address_keys: Iterable[str]) -> dict[str, str]:
    """The erased ones among these address keys, each with the words in which an admin is told."""
    key_of = {fingerprint: key for key in address_keys for fingerprint in known.every(key)}
    return {key_of[one]: _told(gone) for one, gone in erasures.among(tx, list(key_of)).items()}


def _told(gone: Erased) -> str:
    if gone.reason != ERASED:
        return f"erased on {gone.at:%Y-%m-%d}, and suppressed before ({gone.reason})"
    return f"erased on {gone.at:%Y-%m-%d} as asked; only that person can come back, by a sign-up form"


def may_not_ask(tx: Transaction, known: Fingerprints, address: EmailAddress) -> bool:
    """Whether a sign-up by form gets no confirm mail: the address was dead, or complained, before it was erased."""
    gone = _of(tx, known, address.key)
    return gone is not None and gone.reason != ERASED


def welcome_back(tx: Transaction, known: Fingerprints, address_key: str) -> None:
    """Who was erased has confirmed a sign-up of his own: nothing speaks against him any more."""
    erasures.forget(tx, known.every(address_key))
