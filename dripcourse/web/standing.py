"""Says where a reader stands, when his next lesson comes and by which plan, in his words. It plans nothing."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from babel import Locale
from babel.dates import get_day_names

from dripcourse.domain.calendar import instant, local_date
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.plan import EVERY_DAY, WEEKDAYS, Plan
from dripcourse.domain.states import ENDED, EnrollmentState
from dripcourse.flows.books import Book
from dripcourse.flows.reader import Desk, Had
from dripcourse.spelling import is_place, spell_list, spell_near, spell_weekday, spell_zone
from dripcourse.web.schedule import upcoming
from dripcourse.web.words import Words

_OUTSIDE = ("welcome", "completion")
_CLEAR = timedelta(days=180)  # a day nearer than this needs no year


def place(say: Words, desk: Desk) -> str:
    """Such as "Day 12 of 30 · Thirty Steady Days", by the last lesson he has had."""
    title = desk.book.edition(desk.run.language).title
    days = desk.book.days
    day = max((lesson.day for lesson in desk.lessons if lesson.kind not in _OUTSIDE), default=0)
    if desk.run.state is EnrollmentState.FINISHED:
        return say("place_completion", days=days, course=title)
    if day:
        return say("place", day=day, days=days, course=title)
    return title if desk.run.state in ENDED else say("place_welcome", days=days, course=title)


def day_of(say: Words, lesson: Had) -> str:
    """Which day's a lesson is; "" for one outside the days, and where its subject begins with that already."""
    name = say("day", day=lesson.day)
    known = lesson.kind in _OUTSIDE or lesson.subject.casefold().startswith(name.casefold())
    return "" if known else name


def title_of(say: Words, lesson: Had) -> str:
    """The subject as it stands within a sentence: "Day 3: three honest words" -> "Three honest words"."""
    day = re.escape(say("day", day=lesson.day))
    named = re.match(rf"{day}\s*[:·–—-]\s+(?=\S)", lesson.subject, re.IGNORECASE)
    rest = lesson.subject[named.end() :] if named else lesson.subject
    return rest[:1].upper() + rest[1:]


def pause(say: Words, book: Book, one: Enrollment, now: datetime) -> str:
    """Until when no lesson comes, where what is to come does not tell that by itself; "" where none is in the way.

    That is a pause, or the day on which his group begins.
    """
    if one.state is EnrollmentState.PAUSED:
        return say("paused_open")
    until, today = one.plan.paused_until, local_date(now, one.plan.zone)
    if one.state in ENDED or until is None or until <= today:
        return ""
    if until == one.to_begin(today):
        return say("begins", when=when(say, until, now))
    if upcoming(book.steps, one, now).on == until:
        return say("paused")
    return say("paused_until", when=when(say, until, now))


def coming(say: Words, book: Book, one: Enrollment, now: datetime) -> str:
    """Such as "Your next lesson: Thursday 3 December, 07:30 in Berlin"; "" where none is to come."""
    return " ".join(_coming(say, book, one, now))


def _coming(say: Words, book: Book, one: Enrollment, now: datetime) -> list[str]:
    if one.state is not EnrollmentState.ACTIVE:
        return []
    ahead = upcoming(book.steps, one, now)
    if ahead.on is None:
        return []
    at = instant(ahead.on, one.plan.hour, one.plan.zone)
    if one.asked or (not ahead.welcome and at is not None and at <= now):
        return [say("next_now")]
    kind = next((kind for key, _, kind in book.lessons if key == one.next_key), "")
    name = "next_completion" if kind == "completion" else "first" if ahead.first else "next"
    lesson = say(name, **slot(say, book, one, now))
    return [say("welcome_now"), lesson] if ahead.welcome else [lesson]


def slot(say: Words, book: Book, one: Enrollment, now: datetime) -> dict[str, str]:
    """The day, hour and zone of the next lesson, as sentences have them; empty where none comes by itself."""
    ahead = upcoming(book.steps, one, now)
    if one.state is not EnrollmentState.ACTIVE or ahead.on is None:
        return {}
    return {"when": when(say, ahead.on, now), "hour": ahead.hour, "zone": zone_name(say, ahead.zone)}


def ahead(say: Words, book: Book, one: Enrollment, now: datetime) -> list[str]:
    """What a run that has just begun, or goes on, brings and when, line by line."""
    paused, lines = pause(say, book, one, now), _coming(say, book, one, now)
    then = [say("begun_pace", pace=pace(say, one.plan))] if lines else []
    return [*([paused] if paused else []), *lines, *then]


def begun_anew(say: Words, book: Book, one: Enrollment, now: datetime) -> list[str]:
    """The same of a run that has not begun yet: its welcome mail is not on its way."""
    soon = {say("welcome_now"): say("welcome_soon")}
    lines = [soon.get(line, line) for line in _coming(say, book, one, now)]
    return [*lines, say("begun_pace", pace=pace(say, one.plan))]


def plan(say: Words, chosen: Plan) -> str:
    """The plan as a sentence."""
    return say("plan", pace=pace(say, chosen), hour=f"{chosen.hour:%H:%M}", zone=zone_name(say, chosen.zone))


def zone_name(say: Words, zone: str) -> str:
    """A zone as it stands behind an hour: "in Berlin", or "UTC"."""
    name = spell_zone(zone, say.language)
    return say("in_city", city=name) if is_place(zone) else name


def when(say: Words, day: date, now: datetime) -> str:
    """Such as "Thursday 3 December", with its year where that is not clear."""
    return (spell_near if abs(day - now.date()) < _CLEAR else spell_weekday)(day, say.language)


def free_from(desk: Desk, now: datetime) -> date:
    """The first day of a pause that begins now: today, or tomorrow where today's lesson has come."""
    today = local_date(now, desk.run.plan.zone)
    used = desk.run.last_date
    return today if used is None or used < today else date.fromordinal(today.toordinal() + 1)


def pace(say: Words, chosen: Plan) -> str:
    """On which days lessons come, such as "every day" or "on Monday and Wednesday"."""
    mask, every = chosen.weekdays, chosen.every
    if mask == EVERY_DAY:
        return say({1: "pace_daily", 2: "pace_second"}.get(every, "pace_every"), every=every)
    if mask == WEEKDAYS and every == 1:
        return say("pace_weekdays")
    names = get_day_names("wide", locale=Locale.parse(say.language))
    days = spell_list([names[bit] for bit in range(7) if mask >> bit & 1], say.language)
    return say("pace_days" if every == 1 else "pace_days_apart", days=days, every=every)
