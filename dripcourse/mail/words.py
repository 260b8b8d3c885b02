"""The words of the mails that are not the author's, in each language there is; not the course's own texts."""

from __future__ import annotations

import tomllib
from functools import cache

from dripcourse.errors import InputError
from dripcourse.mail.templates import shared

FALLBACK = "en"


def words(language: str) -> dict[str, str]:
    """The words for this language; English for those that have none of their own."""
    return _all()[FALLBACK] | _all().get(_primary(language), {})


def _primary(language: str) -> str:
    """ "de" of "de-CH" (RFC 5646: the primary language comes first)."""
    return language.split("-", 1)[0].lower()


@cache
def _all() -> dict[str, dict[str, str]]:
    tables = tomllib.loads(shared("words.toml"))
    for language, table in tables.items():
        unknown = sorted(set(table) - set(tables[FALLBACK]))
        if unknown:
            raise InputError(f"words.toml: [{language}] has words that [{FALLBACK}] lacks: {', '.join(unknown)}")
    return tables
