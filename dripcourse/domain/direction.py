"""What a language tag says, and which way a text or a language is written. It knows no mails and no Markdown."""

from __future__ import annotations

import unicodedata

LEFT, RIGHT = "ltr", "rtl"
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
_STRONG = {"L": LEFT, "R": RIGHT, "AL": RIGHT}


def text_direction(text: str) -> str:
    """ "rtl" or "ltr" by the first letter that has a direction; "" where none has."""
    return next((_STRONG[kind] for kind in map(unicodedata.bidirectional, text) if kind in _STRONG), "")


def primary_language(tag: str) -> str:
    """ "de" of "de-CH", in small letters (RFC 5646: the primary language comes first, and tags have no case)."""
    return tag.partition("-")[0].lower()


def language_direction(language: str) -> str:
    """ "rtl" or "ltr", as the mails of a course in that language are laid out."""
    return RIGHT if primary_language(language) in _RIGHT_TO_LEFT else LEFT
