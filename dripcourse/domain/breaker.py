"""When a form is closed for a while because programs sign strangers up through it. Pure rules; the numbers are here.

A launch and an attack look alike by their numbers. They differ in this: people who asked confirm, and strangers do not.
What comes from one network counts as so much and no more: whoever has only a few cannot close a form to everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from dripcourse.domain.budgets import HOUR, ONE_IN, few_confirm

WEEK = timedelta(days=7)
#: People of one network (a /24, a /48) that count toward a surge.
OF_ONE_NETWORK = 5
#: Fewer in an hour are nothing to look at, and no surge, however quiet the form usually is.
LEAST, SURGE = 60, 120
#: So many times its usual hour is a surge.
TIMES = 20
#: People who have had this long and confirmed nothing count against the form.
RIPE = timedelta(minutes=5)
FIRST_HOLD, LONGEST_HOLD = timedelta(minutes=30), timedelta(hours=8)
#: A hold after another within this time lasts twice as long.
REMEMBERED = timedelta(days=1)


@dataclass(frozen=True)
class Hour:
    """A form's last hour: people who came, those of them who were mailed longer ago than RIPE, and who confirmed; of
    each network OF_ONE_NETWORK at most.
    """

    came: int = 0
    ripe: int = 0
    confirmed: int = 0


@dataclass(frozen=True)
class Usual:
    """A form's week before: the median of its hours, and the share that confirmed, both of those who were mailed."""

    hourly: float
    share: float


def usual_of(hours: Sequence[tuple[int, int]]) -> Usual:
    """Of (mailed, confirmed) for each hour of the week before in which there was any."""
    mailed = [number for number, _ in hours]
    quiet = max(WEEK // HOUR - len(mailed), 0)
    confirmed = sum(number for _, number in hours)
    return Usual(median([0] * quiet + mailed), confirmed / sum(mailed) if mailed else 0.0)


def suspect(hour: Hour) -> bool:
    """Whether a form is so busy, with so few who confirm, that everybody is to work hard before it comes to worse."""
    return hour.came > LEAST and few_confirm(hour.ripe, hour.confirmed, ONE_IN)


def may_be_surge(hour: Hour) -> bool:
    """Whether its week has to be looked at: no usual share is above 1, so with one in five confirmed all is well."""
    return hour.came > SURGE and hour.ripe >= ONE_IN and hour.confirmed * 5 < hour.ripe


def alarm(hour: Hour, usual: Usual) -> str:
    """Why the form is to be closed for a while, or ""."""
    if not may_be_surge(hour):
        return ""
    told = f"{hour.came} people within an hour, {hour.confirmed} of them confirmed"
    if hour.came > TIMES * usual.hourly and hour.confirmed * ONE_IN < hour.ripe:
        return f"{told}; usual are {usual.hourly:g}"
    if hour.confirmed < usual.share / 5 * hour.ripe:
        return f"{told}; usually {usual.share:.0%} confirm"
    return ""


def hold_for(holds_before: int) -> timedelta:
    """How long, after so many holds within REMEMBERED."""
    return min(FIRST_HOLD * (1 << min(holds_before, 10)), LONGEST_HOLD)
