"""Who the seeded people are and when their lesson is due: names, zones, hours; no database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

NAMES = (
    "Anne Müller",
    "Bo",
    "José Álvarez",
    "Chen Wei",
    "O’Neill, Siobhán",
    "",
    "Nguyễn Thị Minh",
    "Karl-Heinz Möller",
)
ZONES = (
    "UTC", "Europe/London", "Europe/Berlin", "Europe/Helsinki", "Europe/Istanbul", "Asia/Dubai", "Asia/Karachi",
    "Asia/Kolkata", "Asia/Dhaka", "Asia/Bangkok", "Asia/Singapore", "Asia/Tokyo", "Australia/Brisbane",
    "Pacific/Noumea", "Pacific/Auckland", "Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles",
    "America/Denver", "America/Chicago", "America/New_York", "America/Halifax", "America/Sao_Paulo", "Atlantic/Azores",
)  # fmt: skip
#: Minutes before the moment at which the chosen hour was. The product sends up to six hours late.
BEFORE = (1, 20, 50, 120)

Plan = tuple[str, str, date, datetime]  # zone, "HH:MM", local date, instant


def plans(now: datetime) -> list[Plan]:
    """Plans of many zones and hours, all due at `now` and still to be sent during the next hour.

    Zones whose midnight is near are left out: past it a lesson moves to the next day, as the product promises.
    """
    found = []
    for zone in map(ZoneInfo, ZONES):
        local = now.astimezone(zone)
        if local.date() != (now + timedelta(hours=1)).astimezone(zone).date():
            continue
        for minutes in BEFORE:
            at = (now - timedelta(minutes=minutes)).replace(second=0, microsecond=0)
            there = at.astimezone(zone)
            if there.date() == local.date():
                found.append((zone.key, f"{there:%H:%M}", there.date(), at.astimezone(UTC)))
    return found
