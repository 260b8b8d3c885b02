"""The secrets of outgoing webhooks, and the headers that each message is signed with. Knows no HTTP, keeps nothing.

A secret is derived from the installation's key and the webhook's public id, so that no table holds it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b

from dripcourse.domain.signatures import sign


def secrets_of(keys: Sequence[str], public_id: str) -> tuple[str, ...]:
    """The secrets of a webhook under the installation's keys (oldest first), the newest first: it is the one to show.

    Keyed BLAKE2b (RFC 7693) of 32 bytes over "hook:" and the id: no secret of a form, and no link, is ever the same.
    """
    hashed = [blake2b(key.encode(), person=b"dripcourse.key").digest() for key in reversed(keys)]
    raw = [blake2b(f"hook:{public_id}".encode(), key=key, digest_size=32).digest() for key in hashed]
    return tuple("whsec_" + b64encode(each).decode("ascii") for each in raw)


def signed_headers(secrets: Sequence[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a message that is sent at that moment (Standard Webhooks 1.0), signed with each secret.

    So while a key is being changed, a receiver that knows the old secret and one that knows the new both find theirs.
    """
    signed = [sign(secret, message_id, at, body) for secret in secrets]
    return {**signed[0], "webhook-signature": " ".join(one["webhook-signature"] for one in signed)}
