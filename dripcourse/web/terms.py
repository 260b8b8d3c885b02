"""What a form says of its dates: when its course begins and until when it takes people. It decides nothing."""

from __future__ import annotations

from datetime import date

from dripcourse.domain.forms import FormSettings, starts
from dripcourse.spelling import spell_day
from dripcourse.web.words import Words


def begins(say: Words, settings: FormSettings, today: date) -> list[str]:
    """When lessons begin for who confirms today; nothing where they begin at the next chosen hour."""
    first = starts(settings.start, today)
    if first is None:
        return []
    if settings.start == "tomorrow":
        return [say("form_starts_tomorrow")]
    return [say("form_starts", day=spell_day(first, say.language))]


def until(say: Words, settings: FormSettings, words: str) -> list[str]:
    """The last day, in these words."""
    return [say(words, day=spell_day(settings.closes_on, say.language))] if settings.closes_on else []
