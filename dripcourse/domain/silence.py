"""When somebody who taps nothing gets a "pick up here" mail: a count of lessons, and what it begins anew at. Pure.

A tap is Done, Not today or any change of pace. Opens are not measured: mail programs open mails by themselves.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from dripcourse.domain.calendar import instant, local_date
from dripcourse.domain.plan import Plan

#: After so many lessons in a row without a tap the mail goes.
QUIET = 3
#: The one other day on which it may go, once more.
HALF_WAY = 14
#: How long after the last of those lessons.
PAUSE = timedelta(hours=12)
_FIRST_HOUR, _LAST_HOUR = 8, 20


def lessons_left(day: int, days: int, told: int) -> int | None:
    """How many lessons may still go without a tap before the mail is due; None: never (any more).

    `day` is that of the last lesson sent (0: none yet), `days` how many the course has, `told` how many such mails
    went already. The first goes after any three quiet lessons, the second only with day 14, and neither in the last
    three days of a course: there is nothing left to pick up.
    """
    wait = QUIET if told == 0 else HALF_WAY - day if told == 1 else 0
    return wait if wait >= QUIET and day + wait <= days - QUIET else None


def good_hour(plan: Plan, sent_at: datetime) -> datetime:
    """When it goes: half a day after that lesson, or, where that is night for its reader, at eight in the morning."""
    at = sent_at + PAUSE
    day = local_date(at, plan.zone)
    for extra in range(3):  # a zone may skip a whole day
        first = instant(day + timedelta(days=extra), plan.hour.replace(hour=_FIRST_HOUR, minute=0), plan.zone)
        last = instant(day + timedelta(days=extra), plan.hour.replace(hour=_LAST_HOUR, minute=0), plan.zone)
        if first is not None and at <= first:
            return first
        if last is not None and at <= last:
            return at
    return at
