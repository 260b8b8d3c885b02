"""Civil time: wall date + hour + zone -> instant, and which day comes next. Pure, and right across clock changes.

An offset is never carried from one day to another: each instant is derived from its own wall date. That is what
systems get wrong that add 24 hours to an instant, or read the offset of today for tomorrow.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dripcourse.domain.plan import Plan
from dripcourse.errors import InputError

_HORIZON = 800  # days to look ahead; a pause of two years still finds its day


@dataclass(frozen=True)
class Slot:
    """A lesson's place in time: the local date it belongs to, and the instant (aware UTC)."""

    day: date
    at: datetime


def aware(moment: datetime) -> datetime:
    """The moment in UTC. Raises InputError for a naive datetime: it could mean any of 38 instants."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise InputError(f"{moment.isoformat()} has no time zone; give it an offset, such as +00:00")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise InputError(f"{moment.isoformat()} lies outside the calendar") from None


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The zone of that name; cached because a plan asks for it thousands of times."""
    return ZoneInfo(name)


def local_date(moment: datetime, zone_name: str) -> date:
    """The calendar date that people in the zone read at this moment. Raises InputError for a naive one."""
    return aware(moment).astimezone(zone(zone_name)).date()


def instant(day: date, hour: time, zone_name: str) -> datetime | None:
    """The UTC instant at which the clocks of the zone show `hour` on `day`.

    A repeated hour counts at its first pass. A skipped hour gives the first valid minute after the gap. None where
    the day has no such minute: the zone skipped the whole day (Apia, 2011-12-30) or the rest of it.
    """
    place = zone(zone_name)
    wall = datetime.combine(day, hour.replace(tzinfo=None, fold=0))  # a Plan may carry a fold that means nothing
    first = wall.replace(tzinfo=place).astimezone(UTC)
    if first.astimezone(place).replace(tzinfo=None) == wall:
        return first
    after_gap = _end_of_gap(wall, place)
    return after_gap if after_gap.astimezone(place).date() == day else None


def _end_of_gap(wall: datetime, place: ZoneInfo) -> datetime:
    """The transition that swallowed `wall`: the first second at which the later offset holds (bisection)."""
    low = wall.replace(tzinfo=place, fold=1).astimezone(UTC)  # read with the offset after: before the change
    high = wall.replace(tzinfo=place, fold=0).astimezone(UTC)  # read with the offset before: after the change
    new_offset = high.astimezone(place).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(place).utcoffset() == new_offset:
            high = middle
        else:
            low = middle
    return high


def next_slot(plan: Plan, *, after: date | None, not_before: datetime) -> Slot:
    """The first slot of the plan that is not before an instant and a full pace after the last lesson's date.

    `after` is the local date of the last scheduled lesson (None: there was none). Raises InputError where two years
    hold no such day.
    """
    day = local_date(aware(not_before), plan.zone)
    if after is not None:
        day = max(day, after + timedelta(days=plan.every))
    if plan.paused_until is not None:
        day = max(day, plan.paused_until)
    for _ in range(_HORIZON):
        if plan.allows(day):
            at = instant(day, plan.hour, plan.zone)
            if at is not None and at >= not_before:
                return Slot(day, at)
        day += timedelta(days=1)
    raise InputError(f"the plan {plan} has no day within {_HORIZON} days of {day}")
