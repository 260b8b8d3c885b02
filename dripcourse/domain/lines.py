"""One line out of whatever somebody sent."""

from __future__ import annotations

import unicodedata


def one_line(text: str, most: int = 1000) -> str:
    """The text without controls (which PostgreSQL and mail headers refuse), one line, at most `most` characters."""
    kept = "".join(" " if char.isspace() else char for char in text if char.isspace() or _printable(char))
    return kept.strip()[:most]


def _printable(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cs", "Co", "Cn")
