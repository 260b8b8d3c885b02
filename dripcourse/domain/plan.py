"""When somebody wants lessons, in his own words: wall hour, zone, weekdays, pace, pause. Not the instants."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from dripcourse.errors import InputError

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EVERY_DAY = 0b1111111  # bit 0 is Monday
WEEKDAYS = 0b0011111
PACES = {"daily": (EVERY_DAY, 1), "every-2nd-day": (EVERY_DAY, 2), "weekdays": (WEEKDAYS, 1)}
_LAST_PAUSE = date(9990, 1, 1)  # past this, the search for the next day would run out of calendar


@dataclass(frozen=True)
class Plan:
    """A civil plan. It holds no instant: those are derived late, so that zone rules may change.

    `weekdays` is a mask (bit 0 Monday … bit 6 Sunday), never empty. `every` is the least number of days from one
    lesson to the next. `paused_until` is the first date on which lessons may go again.
    """

    zone: str = "UTC"
    hour: time = time(8, 0)
    weekdays: int = EVERY_DAY
    every: int = 1
    paused_until: date | None = None

    def __post_init__(self) -> None:
        if not 0 < self.weekdays <= EVERY_DAY:
            raise InputError("a plan needs at least one weekday")
        if not 1 <= self.every <= 31:
            raise InputError(f"the pace is {self.every} days; allowed: 1 to 31")
        if self.paused_until is not None and self.paused_until > _LAST_PAUSE:
            raise InputError(f"a pause until {self.paused_until} never ends; pause without a date instead")

    def allows(self, day: date) -> bool:
        """Whether a lesson may go on this date: the weekday is wanted and no pause covers it."""
        wanted = bool(self.weekdays >> day.weekday() & 1)
        return wanted and (self.paused_until is None or day >= self.paused_until)

    def __str__(self) -> str:
        return f"{self.hour:%H:%M} {self.zone}, {spell_days(self.weekdays, self.every)}"


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def parse_zone(text: str) -> str:
    """An IANA zone name as typed, checked. Raises InputError with a near match where there is one."""
    name = text.strip()
    if name in _known_zones() and name not in ("localtime", "Factory"):
        ZoneInfo(name)
        return name
    near = _near_zone(name.replace(" ", "_").lower())
    hint = f"; did you mean {near}?" if near else "; use an IANA name such as Europe/Berlin"
    raise InputError(f"unknown time zone {text!r}{hint}")


def _near_zone(wanted: str) -> str:
    """The zone he may have meant, or "". Never Etc/GMT+2 for GMT+2: the sign of those names is the other way round."""
    offered = {z.lower(): z for z in _known_zones() if z == "UTC" or ("/" in z and not z.startswith("Etc/"))}
    if not wanted:
        return ""
    containing = [z for z in offered if wanted in z]
    by_city = sorted(containing, key=lambda z: (z.rpartition("/")[2] != wanted, z))
    near = by_city or get_close_matches(wanted, offered, n=1, cutoff=0.8)
    return offered[near[0]] if near else ""


def parse_hour(text: str) -> time:
    """A wall hour "HH:MM" on the 24-hour clock, to the minute. Raises InputError."""
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text.strip())
    if match is None:
        raise InputError(f"{text!r} is not an hour; write it as HH:MM from 00:00 to 23:59, such as 08:00")
    return time(int(match[1]), int(match[2]))


def parse_weekdays(text: str) -> int:
    """A mask from "Mon-Fri", "mon,wed,fri", "Sat-Mon" or "daily". Raises InputError."""
    if text.strip().lower() in ("daily", "every day", "all"):
        return EVERY_DAY
    mask = 0
    for part in text.split(","):
        ends = [_weekday(name, text) for name in re.split("[-–]", part.strip())]
        if len(ends) > 2:
            raise InputError(f"{text!r} is not a list of weekdays; write Mon-Fri or Mon,Wed,Fri")
        day, last = ends[0], ends[-1]
        mask |= 1 << day
        while day != last:
            day = (day + 1) % 7
            mask |= 1 << day
    return mask


def _weekday(name: str, text: str) -> int:
    wanted = name.strip().lower()
    for bit, day in enumerate(_DAYS):
        if len(wanted) >= 3 and day.startswith(wanted):
            return bit
    raise InputError(f"{name.strip()!r} in {text!r} is not a weekday; use Mon, Tue, Wed, Thu, Fri, Sat, Sun")


def parse_pace(text: str) -> tuple[int, int]:
    """(weekday mask, days between lessons) of a named pace. Raises InputError."""
    if text.strip() in PACES:
        return PACES[text.strip()]
    raise InputError(f"unknown pace {text!r}; use one of: {', '.join(PACES)}")


def spell_weekdays(mask: int) -> str:
    """The mask as people write it: "every day", "Mon-Fri" or "Mon, Wed"."""
    if mask == EVERY_DAY:
        return "every day"
    if mask == WEEKDAYS:
        return "Mon-Fri"
    return ", ".join(name for bit, name in enumerate(DAY_NAMES) if mask >> bit & 1)


def spell_days(mask: int, every: int) -> str:
    """Weekdays and pace as the reader's own pages put them: "every other day", "Mon, Wed, at least 3 days apart"."""
    if every == 1:
        return spell_weekdays(mask)
    if mask == EVERY_DAY:
        return "every other day" if every == 2 else f"every {every} days"
    return f"{spell_weekdays(mask)}, at least {every} days apart"
