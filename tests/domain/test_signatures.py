"""Signed posts: the form's own secrets open, for five minutes, and nothing else does."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta

import pytest

from dripcourse.domain.signatures import secrets_of, sign, sign_body, verified

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
KEYS = ("the-older-key-of-this-place", "the-newer-key-of-this-place")
NEWER, OLDER = secrets_of(KEYS, "steps")
BODY = b'{"email": "anne@example.net"}'


def test_the_example_of_the_specification_is_verified() -> None:
    """Its key, message and signature, from the reference libraries of standardwebhooks.com."""
    secret, at = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", datetime.fromtimestamp(1614265330, UTC)
    headers = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert verified(headers, b'{"test": 2432232314}', [secret], at) == "id.msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_each_form_and_key_has_a_secret_of_its_own_and_the_newest_comes_first() -> None:
    secrets = {*secrets_of(KEYS, "steps"), *secrets_of(KEYS, "other")}
    assert len(secrets) == 4
    assert secrets_of(KEYS[1:], "steps") == (NEWER,)
    assert len(b64decode(NEWER.removeprefix("whsec_"))) == 32


@pytest.mark.parametrize("secret", [NEWER, OLDER])
def test_both_secrets_sign_while_a_key_is_changed(secret: str) -> None:
    assert verified(sign(secret, "m1", NOW, BODY), BODY, (NEWER, OLDER), NOW) == "id.m1"
    assert verified({"x-signature": sign_body(secret, BODY)}, BODY, (NEWER, OLDER), NOW)
    assert verified(sign(OLDER, "m1", NOW, BODY), BODY, (NEWER,), NOW) is None


@pytest.mark.parametrize(
    ("minutes", "ok"), [(0, True), (4.9, True), (-4.9, True), (5.1, False), (-5.1, False), (1e6, False)]
)
def test_a_post_counts_for_five_minutes(minutes: float, ok: bool) -> None:
    headers = sign(NEWER, "m1", NOW, BODY)
    assert bool(verified(headers, BODY, (NEWER,), NOW + timedelta(minutes=minutes))) is ok


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "m2"},
        {"webhook-id": ""},
        {"webhook-id": "m 1"},
        {"webhook-timestamp": str(int(NOW.timestamp()) + 1)},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "١٧٧٢٥٣٩٢٠٠"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,ä"},
        {"webhook-signature": "v1"},
    ],
)
def test_whoever_changes_anything_has_not_signed_it(change: dict[str, str]) -> None:
    assert verified(sign(NEWER, "m1", NOW, BODY) | change, BODY, (NEWER,), NOW) is None


def test_a_signature_of_another_version_or_body_is_none() -> None:
    headers = sign(NEWER, "m1", NOW, BODY)
    other = headers | {"webhook-signature": headers["webhook-signature"].replace("v1,", "v1a,")}
    assert verified(other, BODY, (NEWER,), NOW) is None
    assert verified(headers, BODY + b" ", (NEWER,), NOW) is None
    two = headers | {"webhook-signature": f"v1a,xyz v1,AAAA {headers['webhook-signature']}"}
    assert verified(two, BODY, (NEWER,), NOW) == "id.m1"


def test_the_simple_way_may_be_hexadecimal_or_base64_under_any_header() -> None:
    mac = hmac.digest(NEWER.encode(), BODY, "sha256")
    for text in (f"sha256={mac.hex()}", mac.hex().upper(), f"sha256={b64encode(mac).decode()}"):
        assert verified({"typeform-signature": text}, BODY, (NEWER,), NOW, "Typeform-Signature"), text
    for text in ("", "sha256=", "sha256=" + "0" * 64, "sha256=" + "ä" * 64, b64encode(mac[:31]).decode()):
        assert verified({"x-signature": text}, BODY, (NEWER,), NOW) is None, text
    assert verified({}, BODY, (NEWER,), NOW) is None


def test_a_simple_post_is_known_again_by_its_body() -> None:
    one, two = ({"x-signature": sign_body(NEWER, body)} for body in (BODY, BODY + b" "))
    first = verified(one, BODY, (NEWER,), NOW)
    assert first == verified(one, BODY, (NEWER,), NOW + timedelta(days=1))
    assert first != verified(two, BODY + b" ", (NEWER,), NOW)
