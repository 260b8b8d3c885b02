"""The time zones a person may choose from, each by its city in his language, by region. Not all of the IANA's names."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files
from zoneinfo import available_timezones

from dripcourse.spelling import spell_zone

REGIONS = (
    "Europe", "America", "Asia", "Africa", "Australia", "Pacific", "Atlantic", "Indian", "Antarctica", "Arctic",
)  # fmt: skip
_OTHER = "Other"

#: (region, ((IANA name, what is shown), …)), regions as most readers need them, cities by name.
Regions = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def regions(language: str = "en", own: str = "") -> Regions:
    """What a select offers. `own` is the zone somebody has: an older name of one of these stays, as one more."""
    offered = _offered(language)
    if own in _names() or own not in _known():
        return offered
    *places, (other, names) = offered
    return (*places, (other, (*names, (own, own.replace("_", " ")))))


@cache
def _offered(language: str) -> Regions:
    named = sorted(((name, spell_zone(name, language)) for name in _names()), key=lambda one: (_sorted(one[1]), one))
    places = [(region, tuple(one for one in named if one[0].startswith(region + "/"))) for region in REGIONS]
    return (*places, (_OTHER, (("UTC", "UTC"),)))


@cache
def _names() -> frozenset[str]:
    """The zones of the IANA's table of countries: one for each place that has had its own time, none of the old names
    that are kept for programs (Kiev beside Kyiv). RFC 6557 section 2 has what the database is.
    """
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return frozenset({"UTC", *(row[2] for row in rows)} & _known())


@cache
def _known() -> frozenset[str]:
    """Every name there is. To list them reads a folder tree: a page must not do so each time."""
    return frozenset(available_timezones())


def _sorted(name: str) -> str:
    """As dictionaries have it: Zürich before Zypern."""
    return "".join(each for each in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(each))
