"""A proof of work as Hashcash makes them: a number that gives a hash its leading zeros. Rules only, no keys, no clock.

A challenge is "until.form.bits.salt", sealed by whoever gives it; a proof is "challenge:number", such that the SHA-256
of that very text begins with `bits` zero bits.
"""

from __future__ import annotations

from hashlib import sha256

from dripcourse.domain.breaker import Hour, suspect
from dripcourse.domain.budgets import SOFT_FORM, SOFT_NETWORK, Load, Sent, bombed

#: People through a form in an hour -> zero bits. 16 cost a phone a quarter of a second, each further one twice that.
LEVELS = ((0, 16), (120, 17), (240, 18), (480, 19), (960, 20))
#: Where strangers are signed up: four seconds of a phone.
HARD = 20
_LONGEST_NUMBER = 16


def bits_for(people: int) -> int:
    """How hard it is made for a form with so many in the last hour."""
    return next(bits for least, bits in reversed(LEVELS) if people >= least)


def wanted(load: Load, hour: Hour, domain: Sent) -> int:
    """How many bits; 0 where network and form are no busier than people alone usually make them."""
    if suspect(hour) or bombed(domain):
        return HARD
    return bits_for(hour.came) if load.network[0] >= SOFT_NETWORK or hour.came >= SOFT_FORM else 0


def proves(proof: str, bits: int) -> bool:
    """Whether the hash of this text has so many leading zero bits."""
    return int.from_bytes(sha256(proof.encode("utf-8", "replace")).digest()) >> (256 - bits) == 0


def parted(proof: str) -> tuple[str, str]:
    """(challenge, number) of a proof; ("", "") where it is none."""
    challenge, colon, number = proof.rpartition(":")
    fits = colon and number.isascii() and number.isdigit() and len(number) <= _LONGEST_NUMBER
    return (challenge, number) if fits else ("", "")


def solve(challenge: str, bits: int) -> str:
    """A proof, by trying: some 2 to the power of `bits` hashes. For programs; browsers have static/proof.js."""
    number = 0
    while not proves(f"{challenge}:{number}", bits):
        number += 1
    return f"{challenge}:{number}"
