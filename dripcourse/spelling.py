"""Dates and lists as the readers of a language write them (by the CLDR, through Babel); not other words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.lists import format_list

_WORLD = "en_001"  # English that no one country owns: 3 May 2026


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    """What the CLDR knows of this BCP 47 tag; of its primary language at least, else English."""
    if language.lower() == "en":
        return Locale.parse(_WORLD)
    for tag in (language, language.split("-", 1)[0]):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse(_WORLD)


@lru_cache(maxsize=1024)
def spell_day(day: date, language: str) -> str:
    """Such as 3 May 2026."""
    return format_date(day, "long", _locale(language))


@lru_cache(maxsize=1024)
def spell_weekday(day: date, language: str) -> str:
    """Such as Sunday 3 May 2026."""
    return format_date(day, "full", _locale(language))


def spell_list(items: Sequence[str], language: str) -> str:
    """Such as 1, 2 and 4."""
    return format_list(items, locale=_locale(language))
