"""What a reader posted on his pace page, read and checked; what is wrong is said in his words. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from dripcourse.domain.calendar import local_date
from dripcourse.domain.plan import PACES, Plan, parse_hour, parse_pace, parse_zone
from dripcourse.errors import InputError
from dripcourse.flows.books import Book
from dripcourse.flows.turns import LONGEST_PAUSE
from dripcourse.spelling import spell_day
from dripcourse.web import standing
from dripcourse.web.desk import Reader
from dripcourse.web.posted import short

#: The buttons for a pause of so many days.
PAUSES = {"pause-3": 3, "pause-7": 7, "pause-14": 14}


class Unfit(InputError):
    """A field that cannot be taken: `field` names it, the message is in the reader's words."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def with_hour(one: Reader, posted: Mapping[str, str]) -> Plan:
    """His plan at another hour, in another zone. Raises Unfit."""
    hour, zone = posted.get("hour", ""), posted.get("zone", "")
    try:
        plan = replace(one.run.plan, hour=parse_hour(hour))
    except InputError:
        raise Unfit("hour", one.say("wrong_hour" if hour else "missing_hour", typed=short(hour))) from None
    try:
        return replace(plan, zone=parse_zone(zone))
    except InputError:
        raise Unfit("zone", one.say("wrong_zone", typed=short(zone))) from None


def with_pace(one: Reader, posted: Mapping[str, str]) -> Plan:
    """His plan at another pace. Raises Unfit."""
    try:
        mask, every = parse_pace(posted.get("pace", ""))
    except InputError:
        raise Unfit("pace", one.say("wrong_pace")) from None
    return replace(one.run.plan, weekdays=mask, every=every)


def pause_until(one: Reader, button: str, posted: Mapping[str, str]) -> date | None:
    """The first day on which a lesson may come again; None: until he goes on himself. Raises Unfit."""
    if button == "pause-open":
        return None
    if button in PAUSES:
        return standing.free_from(one.desk, one.now) + timedelta(days=PAUSES[button])
    typed = posted.get("until", "")
    first, last = bounds(one)
    try:
        until = date.fromisoformat(typed)
    except ValueError:
        until = None
    if until is None or not first <= until <= last:
        shown = {"first": spell_day(first, one.say.language), "last": spell_day(last, one.say.language)}
        raise Unfit("until", one.say("wrong_date" if typed else "missing_date", typed=short(typed), **shown))
    return until


def bounds(one: Reader) -> tuple[date, date]:
    """The first and the last date a pause may go to."""
    today = local_date(one.now, one.run.plan.zone)
    return today + timedelta(days=1), today + LONGEST_PAUSE


def pace_of(plan: Plan) -> str:
    """The name of his pace among PACES, "" where it is another one."""
    return next((name for name, pace in PACES.items() if pace == (plan.weekdays, plan.every)), "")


def without(one: Reader, option: str, *, out: bool) -> str:
    """His options once he has chosen (not) to have other passages there. Raises Unfit for what is no option."""
    if option not in one.desk.book.edition("").optional:  # the course was edited since the page was made
        raise Unfit("", " ".join((one.say("no_longer_offered"), one.say("no_button"))))
    kept = {key for key in one.run.without.split(",") if key and key != option}
    return ",".join(sorted(kept | ({option} if out else set())))


def languages(book: Book) -> tuple[str, ...]:
    """Those the course is published in, its own first."""
    own = book.edition("").language
    return (own, *(tag for tag in book.version.data.get("editions", {}) if tag not in ("", own)))
