"""The sentences about one reader, in each language there is; what goes into their braces others say."""

from __future__ import annotations

import tomllib
from functools import cache

from dripcourse.mail.templates import shared

FALLBACK = "en"


def spoken(language: str) -> str:
    """The language in which its sentences are said: itself, or English where there are none. Dates go by it, too."""
    return language if language.split("-", 1)[0].lower() in _all() else FALLBACK


def sentence(name: str, language: str, **values: str) -> str:
    """That sentence of sentences.toml with its values; in English where the language lacks it."""
    own = _all().get(language.split("-", 1)[0].lower(), {})
    return own.get(name, _all()[FALLBACK][name]).format_map(values)


@cache
def _all() -> dict[str, dict[str, str]]:
    return tomllib.loads(shared("sentences.toml"))
