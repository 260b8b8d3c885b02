"""When a form is closed for a while because programs sign strangers up through it. Pure rules; the numbers are here.

A launch and an attack look alike by their numbers. They differ in this: people who asked confirm, and strangers do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from dripcourse.domain.budgets import HOUR, Outcome

WEEK = timedelta(days=7)
#: Fewer sign-ups in an hour are never a surge, however quiet the form usually is.
LEAST = 60
#: So many times its usual hour is a surge.
TIMES = 20
#: People who have had this long and confirmed nothing count against the form.
RIPE = timedelta(minutes=5)
#: One in so many confirms within the hour, or nobody here asked for anything.
ONE_IN = 10
FIRST_HOLD, LONGEST_HOLD = timedelta(minutes=30), timedelta(hours=8)
#: A hold after another within this time lasts twice as long.
REMEMBERED = timedelta(days=1)


@dataclass(frozen=True)
class Hour:
    """A form's last hour: sign-ups, those of them older than RIPE, and how many of all were confirmed."""

    came: int
    ripe: int
    confirmed: int


@dataclass(frozen=True)
class Usual:
    """A form's week before: the median of its hours, and the share of its sign-ups that were confirmed."""

    hourly: float
    share: float


Seen = Sequence[tuple[datetime, Outcome]]


def hour_of(seen: Seen, now: datetime, since: datetime) -> Hour:
    """The last hour, or what of it lies after `since`: what came before a hold does not bring the next."""
    recent = [(at, outcome) for at, outcome in seen if at > max(since, now - HOUR)]
    ripe = sum(at <= now - RIPE for at, _ in recent)
    return Hour(len(recent), ripe, sum(outcome is Outcome.CONFIRMED for _, outcome in recent))


def usual_of(seen: Seen, now: datetime) -> Usual:
    """The week before the last hour; hours without a sign-up count as such."""
    hours = [0] * (WEEK // HOUR - 1)
    before = [(at, outcome) for at, outcome in seen if now - WEEK < at <= now - HOUR]
    for at, _ in before:
        hours[min(int((now - at) / HOUR) - 1, len(hours) - 1)] += 1
    confirmed = sum(outcome is Outcome.CONFIRMED for _, outcome in before)
    return Usual(median(hours), confirmed / len(before) if before else 0.0)


def alarm(hour: Hour, usual: Usual) -> str:
    """Why the form is to be closed for a while, or ""."""
    most = max(LEAST, TIMES * usual.hourly)
    told = f"{hour.came} sign-ups within an hour, {hour.confirmed} of them confirmed"
    ripe = hour.ripe if hour.came <= 5 * most else hour.came  # so many at once do not get the time to ripen
    if hour.came > most and hour.confirmed * ONE_IN < ripe:
        return f"{told}; usual are {usual.hourly:g}"
    if hour.came > LEAST and hour.confirmed < usual.share / 5 * hour.ripe:
        return f"{told}; usually {usual.share:.0%} confirm"
    return ""


def hold_for(holds_before: int) -> timedelta:
    """How long, after so many holds within REMEMBERED."""
    return min(FIRST_HOLD * (1 << min(holds_before, 10)), LONGEST_HOLD)
