"""Who may post for a form from elsewhere: signatures over the body, by a secret that belongs to the form.

Two ways: Standard Webhooks 1.0 (an id, a moment, and HMAC-SHA256 over "id.moment.body"), and for builders that know
only that, HMAC-SHA256 over the body alone.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b, sha256

#: How far the moment of a signed post may be from ours, either way (Standard Webhooks: five minutes).
TOLERANCE = timedelta(minutes=5)
#: The header of the simple way, where a form names no other.
PLAIN = "x-signature"
_PREFIX = "whsec_"
_ID = re.compile(r"[!-~]{1,255}")
_MOMENT = re.compile(r"[0-9]{1,12}")


def secrets_of(keys: Sequence[str], slug: str) -> tuple[str, ...]:
    """The form's secrets, newest first, "whsec_" and base64 of 32 bytes, from an installation's keys, oldest first.

    Derived, so nothing is kept: keyed BLAKE2b (RFC 7693) over "intake:" and the slug, under a hash of each key.
    """
    hashed = [blake2b(key.encode(), person=b"dripcourse.key").digest() for key in reversed(keys)]
    raw = [blake2b(f"intake:{slug}".encode(), key=key, digest_size=32).digest() for key in hashed]
    return tuple(_PREFIX + b64encode(each).decode() for each in raw)


def verified(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime, plain: str = PLAIN
) -> str | None:
    """What tells this post from others, where one of `secrets` has signed it; None where none has.

    `headers` by lower-case names. Of a post in the Standard way it is its id, which a repeated attempt keeps; of a
    simple one a hash of the body. `plain` is the header of the simple way.
    """
    if "webhook-signature" in headers:
        return _standard(headers, body, secrets, now)
    given = _digest(headers.get(plain.lower(), ""))
    if any(hmac.compare_digest(_mac(secret.encode(), body), given) for secret in secrets):
        return f"body.{sha256(body).hexdigest()}"
    return None


def sign(secret: str, id_: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a post in the Standard way."""
    moment = str(int(at.timestamp()))
    mac = b64encode(_mac(_raw(secret), _signed(id_, moment, body))).decode()
    return {"webhook-id": id_, "webhook-timestamp": moment, "webhook-signature": f"v1,{mac}"}


def sign_body(secret: str, body: bytes) -> str:
    """The header of the simple way: its key is the secret's text, as it stands in a builder's settings."""
    return f"sha256={_mac(secret.encode(), body).hex()}"


def _standard(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> str | None:
    id_, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not _ID.fullmatch(id_) or not _MOMENT.fullmatch(moment):
        return None
    if abs(int(moment) - now.timestamp()) > TOLERANCE.total_seconds():
        return None
    signed = _signed(id_, moment, body)
    given = [_base64(mac) for version, _, mac in (one.partition(",") for one in _some(headers)) if version == "v1"]
    ours = [_mac(_raw(secret), signed) for secret in secrets]
    return f"id.{id_}" if any(hmac.compare_digest(one, theirs) for one in ours for theirs in given) else None


def _some(headers: Mapping[str, str]) -> list[str]:
    """The signatures of the header: several while a sender changes secrets, but not as many as one likes."""
    return headers["webhook-signature"].split(" ")[:5]


def _signed(id_: str, moment: str, body: bytes) -> bytes:
    return f"{id_}.{moment}.".encode() + body


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")


def _raw(secret: str) -> bytes:
    return b64decode(secret.removeprefix(_PREFIX))


def _digest(text: str) -> bytes:
    """The bytes of "sha256=…" in hexadecimal digits or, as some builders do, in base64; b"" for neither."""
    spelled = text.strip().removeprefix("sha256=")
    try:
        return bytes.fromhex(spelled) if len(spelled) == 64 else _base64(spelled)
    except ValueError:
        return b""


def _base64(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (Error, ValueError):
        return b""
