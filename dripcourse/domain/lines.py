"""One line out of whatever somebody sent."""

from __future__ import annotations

import unicodedata

#: Of so many times the text that is kept, what is dropped is looked at; what stands behind that is cut off unseen.
_LOOKED_AT = 4


def one_line(text: str, most: int = 1000) -> str:
    """The text without controls (which PostgreSQL and mail headers refuse), one line, at most `most` characters."""
    near = text[: most * _LOOKED_AT]
    if not near.isprintable():
        near = "".join(" " if char.isspace() else char for char in near if char.isspace() or _printable(char))
    return near.strip()[:most]


def _printable(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cs", "Co", "Cn")
