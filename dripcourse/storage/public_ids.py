"""Opaque ids for links and message headers: they tell nothing and cannot be guessed."""

from __future__ import annotations

import base64
import secrets


def new_public_id() -> str:
    """16 characters [a-z2-7] from 80 random bits; links add a 128-bit MAC."""
    return base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()
