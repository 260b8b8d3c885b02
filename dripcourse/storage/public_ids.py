"""Opaque ids for links and message headers: they tell nothing and cannot be guessed."""

from __future__ import annotations

import base64
import secrets

_LETTERS = b"abcdefghijklmnopqrstuvwxyz234567" * 8  # by byte: each of the 32 equally often


def new_public_id() -> str:
    """16 characters [a-z2-7] from 80 random bits; links add a 128-bit MAC."""
    return base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()


def new_public_ids(count: int) -> list[str]:
    """The same for many: a letter for five bits of each random byte, all in one call."""
    text = secrets.token_bytes(16 * count).translate(_LETTERS).decode("ascii")
    return [text[place : place + 16] for place in range(0, 16 * count, 16)]
