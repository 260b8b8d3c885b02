"""Recognises an address that is kept nowhere, by a keyed hash of it. Not a way back to the address."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

_PURPOSE = b"dripcourse.erased\0"  # the same keys sign links: what one use makes must mean nothing in another


@dataclass(frozen=True)
class Fingerprints:
    """Fingerprints under an installation's keys, oldest first: the last one makes them, each of them recognises.

    Without a key nobody can try addresses against them; with one that was taken out of the settings, neither can we.
    """

    keys: tuple[str, ...]

    def make(self, address_key: str) -> str:
        """The fingerprint to keep: HMAC-SHA256 of the normalised address, 64 hexadecimal digits."""
        return _hash(self.keys[-1], address_key)

    def every(self, address_key: str) -> tuple[str, ...]:
        """All under which this address may be known."""
        return tuple(_hash(key, address_key) for key in self.keys)


def _hash(key: str, address_key: str) -> str:
    return hmac.digest(key.encode(), _PURPOSE + address_key.encode(), "sha256").hex()
