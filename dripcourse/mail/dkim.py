"""DKIM signatures (RFC 6376, 8301, 8463) on wire bytes of our own making; it verifies none and asks no DNS.

It trusts what `prepared` promises of them: CRLF line ends, 7 bits, no control character but those and the tab.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from dripcourse.errors import ConfigError, InputError
from dripcourse.mail import mime
from dripcourse.mail.address import ascii_domain

_LEAST_BITS = 2048  # RFC 8301 section 3.2
_STRING = 255  # bytes in one string of a TXT record (RFC 1035 section 3.3.14)
#: Listed in h= once more than they stand there: one that is added on the way breaks the signature (RFC 6376, 8.15).
SEALED = (
    b"from", b"to", b"cc", b"subject", b"date", b"reply-to", b"message-id", b"mime-version", b"content-type",
    b"content-transfer-encoding", b"list-unsubscribe", b"list-unsubscribe-post", b"list-id",
)  # fmt: skip
#: Listed as often as they stand there.
COVERED = (b"feedback-id", b"list-help", b"auto-submitted", b"precedence")
_NAME = "DKIM-Signature"
_PADDING, _HASH = PKCS1v15(), SHA256()
_SPACES = re.compile(b"  +")  # " {2,}" says the same and takes six times as long: no string to search for


@dataclass(frozen=True)
class Signer:
    """One domain's key, loaded once; safe to share between threads."""

    domain: str  # in ASCII
    selector: str
    algorithm: str  # of a=, such as rsa-sha256
    public: str  # of p= in the DNS record
    opening: bytes  # the header's first lines, which are the same for all mails
    sign: Callable[[bytes], bytes] = field(repr=False)

    def signed(self, raw: bytes, now: datetime) -> bytes:
        """The mail with its signature, made at `now`, above all else. Raises InputError for a naive `now`."""
        if now.utcoffset() is None:
            raise InputError("the time of a signature needs its time zone")
        head, _, body = raw.partition(b"\r\n\r\n")
        fields = relaxed_fields(head)
        listed, order = _listed(tuple([name for name, _ in fields]))
        digest = b64encode(sha256(relaxed_body(body)).digest())
        open_end = b"%b t=%d; bh=%b;\r\n%b b=" % (self.opening, now.timestamp(), digest, listed)
        # It signs itself, too, up to b=; that it folds before single spaces only makes it relaxed by unfolding.
        own = b"dkim-signature:" + open_end[len(_NAME) + 2 :].replace(b"\r\n ", b" ")
        signature = self.sign(b"".join([*[fields[at][1] for at in order], own]))
        return b"%b%b\r\n%b" % (open_end, _folded(b64encode(signature)), raw)

    @property
    def record(self) -> str:
        """The DNS record to publish, as a line of a zone file."""
        value = f"v=DKIM1; k={self.algorithm.partition('-')[0]}; p={self.public}"
        strings = (f'"{value[at : at + _STRING]}"' for at in range(0, len(value), _STRING))
        return f"{self.selector}._domainkey.{self.domain}. IN TXT {' '.join(strings)}"

    def aligned(self, address: str) -> bool:
        """Whether DMARC counts this signature for mail from `address`: one domain is the other or lies within it."""
        ours, theirs = f".{self.domain}", f".{ascii_domain(address.rpartition('@')[2]).lower()}"
        return ours.endswith(theirs) or theirs.endswith(ours)


def signer(domain: str, selector: str, pem: str) -> Signer:
    """Signs as that domain with the private key in `pem`. Raises ConfigError, which shows nothing of the key."""
    key = _key(pem)
    domain = ascii_domain(domain).lower()
    if isinstance(key, RSAPrivateKey):
        algorithm, sign = "rsa-sha256", lambda data: key.sign(data, _PADDING, _HASH)
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:  # RFC 8463 section 3: what Ed25519 signs is the hash, and its public key stands bare in the record
        algorithm, sign = "ed25519-sha256", lambda data: key.sign(sha256(data).digest())
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    opening = mime.folded(_NAME, f"v=1; a={algorithm}; c=relaxed/relaxed; d={domain}; s={selector};")
    return Signer(domain, selector, algorithm, b64encode(public).decode("ascii"), opening, sign)


def relaxed_body(body: bytes) -> bytes:
    """The body as RFC 6376 section 3.4.4 has it hashed."""
    text = _squeezed(body).rstrip(b"\r\n")
    return text + b"\r\n" if text else b""


def relaxed_fields(head: bytes) -> list[tuple[bytes, bytes]]:
    """(name in small letters, line as RFC 6376 section 3.4.2 has it signed) of each header, in their order."""
    fields = []
    for line in _squeezed(head.replace(b"\r\n\t", b" ").replace(b"\r\n ", b" ")).split(b"\r\n"):
        name, _, value = line.partition(b":")
        name = name.rstrip(b" ").lower()
        fields.append((name, b"%b:%b\r\n" % (name, value.strip(b" "))))
    return fields


def _squeezed(text: bytes) -> bytes:
    """One space for each run of white space, none at a line's end, in three passes that are searches for a string."""
    return _SPACES.sub(b" ", text.replace(b"\t", b" ")).replace(b" \r\n", b"\r\n").rstrip(b" ")


@lru_cache(maxsize=256)
def _listed(names: Sequence[bytes]) -> tuple[bytes, list[int]]:
    """(the lines of h=, which headers are signed in which order) for a mail with headers of these names."""
    words, order = [], []
    for name in (*SEALED, *COVERED):
        # Several of a name are signed from the last one up (RFC 6376 section 5.4.2).
        found = [at for at in reversed(range(len(names))) if names[at] == name]
        words += [name] * (len(found) + (name in SEALED))
        order += found
    lines = [b" h="]
    for word in words:
        if len(lines[-1]) + len(word) + 1 > mime.LINE:
            lines.append(b" ")
        lines[-1] += word + b":"
    return b"\r\n".join(lines)[:-1] + b";\r\n", order


def _folded(signature: bytes) -> bytes:
    """What follows " b=", in lines of at most 76."""
    starts = range(73, len(signature), 75)
    return b"\r\n ".join([signature[:73], *[signature[at : at + 75] for at in starts]])


def _key(pem: str) -> RSAPrivateKey | Ed25519PrivateKey:
    if "PUBLIC KEY" in pem:
        raise ConfigError("dkim_key is the public key, which goes into the DNS; set the private one here")
    try:
        # In an .env file a value is one line: its \n stand for the line ends.
        key = load_pem_private_key(pem.replace("\\n", "\n").encode(), password=None)
    except TypeError:
        raise ConfigError("dkim_key is locked with a passphrase; unlock it: `openssl pkey -in KEY -out FILE`") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigError(
            "dkim_key is no private key in PEM that can be read; make one: `openssl genrsa -out dkim.pem 2048`"
        ) from None
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        kind = type(key).__name__.lstrip("_").partition("Private")[0]
        raise ConfigError(f"dkim_key is a key for {kind}; DKIM knows RSA and Ed25519")
    if isinstance(key, RSAPrivateKey) and key.key_size < _LEAST_BITS:
        raise ConfigError(f"dkim_key has {key.key_size} bits; RSA needs {_LEAST_BITS} or more (RFC 8301)")
    return key
