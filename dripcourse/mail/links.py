"""Signed links: an opaque public id and what it may be used for, and nothing about the person it stands for."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from functools import lru_cache

from itsdangerous import Signer
from itsdangerous.encoding import base64_encode
from itsdangerous.signer import SigningAlgorithm

from dripcourse.errors import ConfigError, NotFound

PURPOSES = ("confirm", "leave", "one-click", "undo", "decline")

_MAC_BYTES = 16  # 128 bits: 22 characters, so that a whole link still fits one header line
_SHORTEST_KEY = 16
_PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


class _ShortMac(SigningAlgorithm):
    """HMAC-SHA256 cut to 128 bits, which RFC 2104 section 5 allows (not less than half the hash)."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.new(key, value, hashlib.sha256).digest()[:_MAC_BYTES]


@dataclass(frozen=True)
class Links:
    """Makes and reads signed links. Of `keys`, oldest first, the last one signs and all of them verify."""

    base_url: str
    keys: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.keys or any(len(key) < _SHORTEST_KEY for key in self.keys):
            raise ConfigError(
                f"the link keys need at least one key, each of {_SHORTEST_KEY} characters or more; "
                "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
            )

    def url(self, purpose: str, public_id: str) -> str:
        """The link for this purpose, such as https://course.example.org/leave/k3v9.Tq…"""
        return f"{self.base_url.rstrip('/')}/{purpose}/{self.token(purpose, public_id)}"

    def token(self, purpose: str, public_id: str) -> str:
        """`public_id` and its signature, 39 characters for an id of 16."""
        if _PUBLIC_ID.match(public_id) is None:
            raise ValueError("a public id has 1 to 64 of the characters A-Z a-z 0-9 _ -")
        return _signer(self.keys, _known(purpose)).sign(public_id).decode("ascii")

    def read(self, purpose: str, token: str) -> str:
        """The public id in `token`. Raises NotFound, always with the same words, if it is not ours for this purpose."""
        public_id, _, signature = token.rpartition(".")
        signer = _signer(self.keys, _known(purpose))
        # The alphabet is checked first: base64 readers skip what they do not know, and a link has one spelling only.
        if _PUBLIC_ID.match(public_id) and any(_same(s, signature) for s in _spellings(signer, public_id)):
            return public_id
        raise NotFound("this link is not valid; it may have been cut off: open the newest mail and try again")


def _known(purpose: str) -> str:
    if purpose not in PURPOSES:
        raise ValueError(f"no such link purpose: {purpose!r}; there are {', '.join(PURPOSES)}")
    return purpose


def _spellings(signer: Signer, public_id: str) -> list[str]:
    """The one right signature under each key, newest first."""
    value = public_id.encode("ascii")
    macs = (signer.algorithm.get_signature(signer.derive_key(key), value) for key in reversed(signer.secret_keys))
    return [base64_encode(mac).decode("ascii") for mac in macs]


def _same(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(ours.encode("ascii"), theirs.encode("utf-8", "replace"))


@lru_cache(maxsize=64)
def _signer(keys: tuple[str, ...], purpose: str) -> Signer:
    return Signer(
        list(keys),
        salt=f"dripcourse.link.{purpose}",
        key_derivation="hmac",
        digest_method=hashlib.sha256,
        algorithm=_ShortMac(),
    )
