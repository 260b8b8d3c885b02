"""What a form carries that only we can have made: a ticket that knows when it was shown, and a piece of work to do.

Neither is kept: a ticket is "issued.form", a challenge "until.form.bits.salt", in seconds since 1970, each sealed. Both
are bound to their form, and old keys still open them.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dripcourse.domain import proofs
from dripcourse.domain.seals import Seals

#: A person needs longer to fill a form in; and who leaves it open overnight may still send it.
SOONEST, LATEST = timedelta(seconds=3), timedelta(hours=24)
#: Long enough for the slowest telephone, and for reading what went wrong.
CHALLENGE_LASTS = timedelta(minutes=10)
_TICKET, _PROOF = "ticket", "proof"


@dataclass(frozen=True)
class Challenge:
    """A piece of work: find a number such that SHA-256 of "text:number" begins with `bits` zero bits."""

    text: str
    bits: int
    until: datetime


@dataclass(frozen=True)
class Work:
    """A good proof: what it used up, until when that has to be remembered, and how hard it was."""

    challenge: str
    until: datetime
    bits: int


def ticket(seals: Seals, form_id: int, now: datetime) -> str:
    """The ticket that a form shown now carries."""
    return seals.seal(_TICKET, f"{int(now.timestamp())}.{form_id}")


def ticket_holds(seals: Seals, form_id: int, given: str, now: datetime) -> bool:
    """Whether this is a ticket of ours for that form, neither too young nor too old."""
    age = _age(seals, form_id, given, now)
    return age is not None and SOONEST <= age <= LATEST


def ticket_kept(seals: Seals, form_id: int, given: str, now: datetime) -> str:
    """The ticket that a form shown once more carries: the one it had, however young, where that lasts a while yet."""
    age = _age(seals, form_id, given, now)
    return given if age is not None and timedelta(0) <= age <= LATEST / 2 else ticket(seals, form_id, now)


def _age(seals: Seals, form_id: int, given: str, now: datetime) -> timedelta | None:
    issued, _, of_form = seals.opened(_TICKET, given).partition(".")
    return now - datetime.fromtimestamp(int(issued), UTC) if of_form == str(form_id) else None


def challenge(seals: Seals, form_id: int, bits: int, now: datetime) -> Challenge:
    """A new piece of work for that form."""
    until = int((now + CHALLENGE_LASTS).timestamp())
    text = seals.seal(_PROOF, f"{until}.{form_id}.{bits}.{secrets.token_hex(8)}")
    return Challenge(text, bits, datetime.fromtimestamp(until, UTC))


def work(seals: Seals, form_id: int, proof: str, now: datetime) -> Work | None:
    """What a proof uses up; None where it proves nothing: wrong, lapsed, of another form, or of a made-up challenge."""
    text, _ = proofs.parted(proof)
    parts = seals.opened(_PROOF, text).split(".")
    if len(parts) != 4 or parts[1] != str(form_id):
        return None
    until = datetime.fromtimestamp(int(parts[0]), UTC)
    if until < now or not proofs.proves(proof, int(parts[2])):
        return None
    return Work(text.rpartition(".")[2], until, int(parts[2]))
