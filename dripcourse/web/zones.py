"""The time zones a person may choose from, grouped by region as in a select. Not all names of the IANA database."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

_REGIONS = (
    "Europe", "America", "Asia", "Africa", "Australia", "Pacific", "Atlantic", "Indian", "Antarctica", "Arctic",
)  # fmt: skip


@cache
def regions() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """(region, ((IANA name, what is shown), …)), regions as most readers need them, cities by name."""
    names = sorted(available_timezones())
    found = {region: tuple((n, _shown(n)) for n in names if n.startswith(region + "/")) for region in _REGIONS}
    return (*found.items(), ("Other", (("UTC", "UTC"),)))


def _shown(name: str) -> str:
    """ "America/Argentina/Buenos_Aires" -> "Argentina, Buenos Aires"."""
    return name.partition("/")[2].replace("/", ", ").replace("_", " ")
