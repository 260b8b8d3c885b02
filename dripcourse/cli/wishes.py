"""The options that say when somebody wants lessons, shared by the commands that take them."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated

import typer

from dripcourse.domain.calendar import aware, instant
from dripcourse.domain.plan import EVERY_DAY, Plan, parse_hour, parse_pace, parse_weekdays, parse_zone
from dripcourse.errors import InputError

_YEARS = range(1970, 2200)  # beyond lie no time zones that mean anything, and the ends of the calendar

Zone = Annotated[str, typer.Option(help="Time zone, an IANA name such as Europe/Berlin.")]
Hour = Annotated[str, typer.Option(help="Wall hour, HH:MM.")]
Weekdays = Annotated[str, typer.Option(help="Days on which lessons may go: Mon-Fri, or Mon,Wed,Fri.")]
Pace = Annotated[str, typer.Option(help="daily, every-2nd-day or weekdays.")]
Start = Annotated[str, typer.Option(help="No lesson before this date, YYYY-MM-DD.")]


def plan(zone: str, hour: str, weekdays: str, pace: str) -> Plan:
    """The plan these options make. Raises InputError for the first that is wrong."""
    mask, every = parse_pace(pace)
    if weekdays:
        mask = parse_weekdays(weekdays)
    return Plan(parse_zone(zone), parse_hour(hour), mask, every)


def changed(plan: Plan, zone: str, hour: str, weekdays: str, pace: str) -> Plan:
    """The plan with the options that were given, and the rest as it was."""
    mask, every = parse_pace(pace) if pace else (plan.weekdays, plan.every)
    if weekdays:
        mask = parse_weekdays(weekdays)
    elif pace == "daily":
        mask = EVERY_DAY
    return Plan(
        parse_zone(zone) if zone else plan.zone,
        parse_hour(hour) if hour else plan.hour,
        mask,
        every,
        plan.paused_until,
    )


def parse_date(text: str) -> date:
    """A calendar date of our time. Raises InputError."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is not a date; write it as YYYY-MM-DD, such as 2026-09-20") from None
    return _near(found, text)


def _near(found: date, text: str) -> date:
    if found.year not in _YEARS:
        raise InputError(f"{text!r} is too far away; dates go from {_YEARS[0]} to {_YEARS[-1]}")
    return found


def midnight(text: str, zone_name: str) -> datetime:
    """The first instant of that date in the zone, or the moment itself where one with its offset is given."""
    if "T" in text or " " in text.strip():
        return parse_moment(text)
    found = instant(parse_date(text), time(0, 0), zone_name)
    if found is None:
        raise InputError(f"there is no {text} in {zone_name}: the zone skipped that day")
    return found


def parse_moment(text: str) -> datetime:
    """A moment with its offset, in UTC. Raises InputError for one without: it could mean many instants."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is not a moment; write it as 2026-09-20T07:00+02:00") from None
    if found.tzinfo is None:
        raise InputError(f"{text!r} has no time zone; write it with its offset, as 2026-09-20T07:00+02:00")
    _near(found, text)
    return aware(found)
