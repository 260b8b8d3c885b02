"""What a DKIM signature costs on top of a prepared message, with each kind of key; the keys are made for the run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench.course import KEY
from bench.inside import opened
from bench.kit import Kit, Row, interleaved, ratio
from bench.people import NAMES
from dripcourse.flows.engine import Engine
from dripcourse.flows.letters import lesson_wire, prepare_lesson
from dripcourse.mail.dkim import Signer, signer
from dripcourse.storage import courses

NOW = datetime(2026, 3, 3, 8, tzinfo=UTC)
MAILS = 3_000


def measure(kit: Kit) -> list[Row]:
    """No goal: what an installation pays that signs here and not at its relay."""
    keys = {"RSA-2048": rsa.generate_private_key(65537, 2048), "Ed25519": ed25519.Ed25519PrivateKey.generate()}
    with opened(kit, kit.database(kit.mails)) as engine:
        ways = {"prepared": _letters(engine)}
        ways |= {name: _letters(replace(engine, signer=_signer(key))) for name, key in keys.items()}
        size = len(ways["prepared"](1))
        found = interleaved(kit.rounds, {name: lambda way=way: _seconds(way) for name, way in ways.items()})
    cost = ", ".join(f"{name} {statistics.median(each) * 1e6:,.0f} µs" for name, each in found.items())
    note = f"{cost} a mail of {size:,} bytes"
    words = {name: ratio(found[name], found["prepared"])[1] for name in keys}
    return [Row(f"prepared + DKIM {name} / prepared", "", words[name], None, note) for name in keys]


def _signer(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> Signer:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return signer("example.com", "bench", pem)


def _letters(engine: Engine) -> Callable[[int], bytes]:
    """The product's way, as its sending flow goes it."""
    with engine.db.reading() as tx:
        book = engine.shelf.book(tx, courses.find(tx, "bench").version_id)
        prepared = prepare_lesson(engine, book, book.mail(tx, KEY), KEY)

    def one(n: int) -> bytes:
        return lesson_wire(
            engine, prepared, public_id=f"e{n:021}", address=f"person{n}@example.com", name=NAMES[n % len(NAMES)],
            signed_up=NOW, message_id=f"<{n:032}@example.com>", now=NOW,
        )  # fmt: skip

    return one


def _seconds(way: Callable[[int], bytes]) -> float:
    started = time.process_time()
    for n in range(MAILS):
        way(n)
    return (time.process_time() - started) / MAILS
