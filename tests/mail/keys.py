"""DKIM keys made for one run of the tests, and a judge of signatures that is not ours. No tests."""

from __future__ import annotations

import re
from functools import cache

import dkim
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from dripcourse.mail.dkim import Signer, signer

_MAKERS = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "rsa-1024": lambda: rsa.generate_private_key(65537, 1024),
    "rsa-too": lambda: rsa.generate_private_key(65537, 2048),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ed25519-too": ed25519.Ed25519PrivateKey.generate,
    "ec": lambda: ec.generate_private_key(ec.SECP256R1()),
    "dsa": lambda: dsa.generate_private_key(2048),
}


@cache
def pem(kind: str) -> str:
    """A private key of that kind in PEM; the same one at every call."""
    return _key(kind).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@cache
def pkcs1() -> str:
    """The RSA key as older tools write it."""
    return _key("rsa").private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


@cache
def locked() -> str:
    """The RSA key behind a passphrase."""
    return _key("rsa").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")).decode()


@cache
def public() -> str:
    """The RSA key's public half in PEM."""
    return _key("rsa").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@cache
def _key(kind: str):  # type: ignore[no-untyped-def]
    return _MAKERS[kind]()


@cache
def signing(kind: str = "rsa", domain: str = "example.com", selector: str = "s1") -> Signer:
    """Signs with the key of that kind."""
    return signer(domain, selector, pem(kind))


def holds(raw: bytes, signed_by: Signer) -> bool:
    """What dkimpy says of the mail's signature where the DNS has this signer's record and nothing else."""
    name, _, strings = signed_by.record.partition(" IN TXT ")
    value = "".join(re.findall(r'"([^"]*)"', strings))
    zone = {name.encode(): value.encode()}
    return bool(dkim.verify(raw, dnsfunc=lambda asked, timeout=5: zone.get(asked)))
