"""The sentences about one reader, in each language there is; what goes into their braces others say."""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache

from dripcourse.domain.direction import primary_language
from dripcourse.mail.templates import shared
from dripcourse.mail.words import FALLBACK


@lru_cache(maxsize=64)  # asked for each mail that is sent
def spoken(language: str) -> str:
    """The language in which its sentences are said: itself, or English where there are none. Dates go by it, too."""
    return language if primary_language(language) in _all() else FALLBACK


def sentence(name: str, language: str, **values: str) -> str:
    """That sentence of sentences.toml with its values; in English where the language lacks it."""
    own = _all().get(primary_language(language), {})
    return own.get(name, _all()[FALLBACK][name]).format_map(values)


@cache
def _all() -> dict[str, dict[str, str]]:
    return tomllib.loads(shared("sentences.toml"))
