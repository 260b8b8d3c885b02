"""Dates, lists and places as the readers of a language write them (by the CLDR, through Babel); not other words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, get_timezone_location
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


@lru_cache(maxsize=1024)
def spell_near(day: date, language: str) -> str:
    """Such as Sunday 3 May, for a day whose year is clear."""
    locale = _locale(language)
    pattern = str(locale.datetime_skeletons["MMMMEd"].pattern)
    return format_date(day, re.sub("E+", "EEEE", pattern), locale)


@lru_cache(maxsize=1024)
def spell_zone(zone: str, language: str) -> str:
    """The city a time zone is named after, such as Wien for Europe/Vienna; UTC and its like as they are."""
    city = str(get_timezone_location(zone, locale=_locale(language), return_city=True))
    return city.replace("\N{SOFT HYPHEN}", "")  # Reykjavík has two in German: a search for it would not find it


def is_place(zone: str) -> bool:
    """Whether that IANA name, or an older one for the same zone, is of a place on earth: UTC is not."""
    name = get_global("zone_aliases").get(zone, zone)
    return "/" in name and not name.startswith("Etc/")


def spell_list(items: Sequence[str], language: str) -> str:
    """Such as 1, 2 and 4."""
    return format_list(items, locale=_locale(language))
