"""Signs a short text for one use, and reads it again; and marks values so that they can be counted and not be read."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import blake2b

_BYTES = 16  # 128 bits, 32 hexadecimal digits


@dataclass(frozen=True)
class Seals:
    """Under an installation's keys, oldest first: the last one signs and marks, each of them verifies and recognises.

    Keyed BLAKE2b (RFC 7693), a purpose apart from links and fingerprints: what one use makes means nothing in another.
    """

    keys: tuple[str, ...]

    def seal(self, use: str, text: str) -> str:
        """The text and its signature for that use: "text.0123…", 33 characters longer."""
        return f"{text}.{_digest(self.keys[-1], f'seal {use}', text)}"

    def opened(self, use: str, sealed: str) -> str:
        """The text that was sealed for that use; "" where it was not sealed by us, or not for this."""
        text, _, signature = sealed.rpartition(".")
        given = signature.encode("utf-8", "replace")
        known = (_digest(key, f"seal {use}", text).encode() for key in self.keys)
        return text if any(hmac.compare_digest(one, given) for one in known) else ""

    def mark(self, what: str, value: str) -> str:
        """What stands for the value where it is counted: 32 hexadecimal digits. "" stays ""."""
        return self.marks(what, value)[0]

    def marks(self, what: str, value: str) -> tuple[str, ...]:
        """All marks it may have been counted under, the newest first: a new key does not open a budget anew."""
        return tuple(_digest(key, f"mark {what}", value) if value else "" for key in reversed(self.keys))


def _digest(key: str, use: str, text: str) -> str:
    keyed = blake2b(key.encode("utf-8"), person=b"dripcourse.guard").digest()
    return blake2b(f"{use}\0{text}".encode("utf-8", "replace"), key=keyed, digest_size=_BYTES).hexdigest()
