"""What the clocks on the walls do, found without the code under test: stretches of equal offset, by bisection."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

FROM, UNTIL = datetime(2011, 6, 1, tzinfo=UTC), datetime(2041, 1, 1, tzinfo=UTC)
_COARSE = timedelta(days=6)  # no zone changes its clocks twice within so few days

Stretch = tuple[datetime, datetime, timedelta]  # from, until (naive UTC), offset


def zone_names() -> list[str]:
    """Every IANA zone of this machine, in a fixed order."""
    return sorted(available_timezones() - {"localtime"})


@cache
def stretches(name: str) -> tuple[Stretch, ...]:
    """The zone's life from 2011 to 2040, cut where its offset changes."""
    place = ZoneInfo(name)
    bounds, moment = [FROM], FROM
    while moment < UNTIL:
        following = moment + _COARSE
        if _offset(place, moment) != _offset(place, following):
            bounds.append(_first_second_after(place, moment, following))
        moment = following
    bounds.append(UNTIL + _COARSE)
    return tuple((_bare(a), _bare(b), _offset(place, a)) for a, b in pairwise(bounds))


def _offset(place: ZoneInfo, moment: datetime) -> timedelta:
    found = moment.astimezone(place).utcoffset()
    assert found is not None
    return found


def _first_second_after(place: ZoneInfo, low: datetime, high: datetime) -> datetime:
    before = _offset(place, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if _offset(place, middle) == before else (low, middle)
    return high


def _bare(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


@cache
def changes(
    name: str, first_year: int = 2024, last_year: int = 2040
) -> tuple[tuple[datetime, timedelta, timedelta], ...]:
    """(instant in naive UTC, offset before, offset after) of each clock change of those years."""
    parts = pairwise(stretches(name))
    return tuple(
        (until, old, new) for (_, until, old), (_, _, new) in parts if first_year <= until.year <= last_year
    )  # fmt: skip


def first_minute(name: str, day: date, hour: time) -> datetime | None:
    """The first instant (naive UTC) at which people in the zone read `day` and an hour not before `hour`.

    None where no clock there ever shows such a minute on that date.
    """
    wall = datetime.combine(day, hour)
    for start, until, offset in stretches(name):
        if until + offset <= wall:
            continue
        shown = max(start, wall - offset)
        return shown if (shown + offset).date() == day else None
    raise AssertionError(f"{wall} lies outside what was measured")


def wall_clock(name: str, instant: datetime) -> datetime:
    """What the clocks of the zone show at a naive UTC instant."""
    return next(instant + offset for start, until, offset in stretches(name) if start <= instant < until)


def telling_hours(instant: datetime, old: timedelta, new: timedelta) -> list[time]:
    """The hours of the day that a change puts to the test: its edges, its middle, and some it should not touch."""
    edges = (instant + old, instant + new)
    middle = edges[0] + (edges[1] - edges[0]) / 2
    minute = timedelta(minutes=1)
    found = {(m + s).time().replace(second=0, microsecond=0) for m in (*edges, middle) for s in (-minute, minute * 0)}
    return sorted(found | {time(0, 0), time(8, 0), time(23, 59)})
