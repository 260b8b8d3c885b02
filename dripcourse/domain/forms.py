"""What an author decides about a sign-up form, and when it takes people. Not who signs up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, Protocol

from dripcourse.domain.fields import Field, check, checked_field, odd
from dripcourse.domain.places import parse_origin, parse_thank_you
from dripcourse.errors import InputError

__all__ = ["Field", "FormSettings", "check", "check_all", "checked", "is_open", "starts"]

MOST_FIELDS = 15
LONGEST_OPT_IN = 500
#: What an intake may fill besides the form's own fields; `signature` names a header (docs/api.md).
INTAKE = ("address", "name", "hour", "zone", "language", "agree", "network", "signature")
#: Of those, what a sign-up cannot be without, where its place is named.
NEEDED = ("address", "agree")

_TAG = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_PATH = re.compile(r"[^\s.]{1,60}(?:\.[^\s.]{1,60}){0,9}")
_LAST_ZONE = timedelta(hours=12)  # where a day ends last: UTC-12


@dataclass(frozen=True)
class FormSettings:
    """All that an author sets besides title and wording. The defaults are a form as it was before there were any.

    `start` is "" (at the next chosen hour), "tomorrow", or the first date of a group that begins together. `closes_on`
    is the last day the form is open. `intake` maps our names to places in somebody else's JSON ("data.fields.email").
    """

    fields: tuple[Field, ...] = ()
    origins: tuple[str, ...] = ()  # exact; they may post from a script and, with `frames`, show the form in a frame
    thank_you: str = ""
    opt_in: str = ""  # the author's paragraph in the confirm mail
    tags: tuple[str, ...] = ()
    start: str = ""
    prefill: bool = True
    capacity: int | None = None
    closes_on: date | None = None
    frames: bool = False
    listed: bool | None = None  # on the front page; None: where no other form of its course and language is
    intake: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def as_data(self) -> dict[str, Any]:
        """As JSON keeps it; `FormSettings.of` reads it again."""
        return {
            **self.__dict__,
            "fields": [each.as_data() for each in self.fields],
            "origins": list(self.origins),
            "tags": list(self.tags),
            "closes_on": str(self.closes_on or ""),
            "intake": dict(self.intake),
        }

    @staticmethod
    def of(data: Mapping[str, Any]) -> FormSettings:
        """The settings that were kept so; what is not there is as by default."""
        closes = data.get("closes_on", "")
        return FormSettings(**{
            **data,
            "fields": tuple(Field.of(each) for each in data.get("fields", ())),
            "origins": tuple(data.get("origins", ())),
            "tags": tuple(data.get("tags", ())),
            "closes_on": date.fromisoformat(closes) if closes else None,
            "intake": MappingProxyType(dict(data.get("intake", {}))),
        })  # fmt: skip


class Facts(Protocol):
    """What is known of a form when somebody comes."""

    @property
    def open(self) -> bool: ...
    @property
    def settings(self) -> FormSettings: ...
    @property
    def taken(self) -> int: ...
    @property
    def held_until(self) -> datetime | None: ...


def is_open(form: Facts, now: datetime) -> str:
    """ "" where it takes people, else why not: "closed" by its author, "over", "full", or "held" by its breaker."""
    capacity = form.settings.capacity
    if not form.open:
        return "closed"
    if form.settings.closes_on is not None and now >= ends(form.settings.closes_on):
        return "over"
    if capacity is not None and form.taken >= capacity:
        return "full"
    return "held" if form.held_until is not None and now < form.held_until else ""


def ends(day: date) -> datetime:
    """When that day is over everywhere: the moment it ends in the last zone, aware UTC."""
    return datetime.combine(day, time(0), UTC) + timedelta(days=1) + _LAST_ZONE


def starts(rule: str, today: date) -> date | None:
    """Before which date no lesson goes to who confirms `today` (in his zone); None for "as soon as his hour comes".

    Who confirms after a group has begun begins by himself.
    """
    if rule == "tomorrow":
        return today + timedelta(days=1)
    day = date.fromisoformat(rule) if rule else None
    return day if day is not None and day > today else None


def check_all(settings: FormSettings, typed: Mapping[str, str]) -> dict[str, str]:
    """What is kept of the form's own fields: only those declared, none that are empty. Raises InputError."""
    kept = {each.name: check(each, typed.get(each.name, "")) for each in settings.fields}
    return {name: text for name, text in kept.items() if text}


def checked(settings: FormSettings) -> FormSettings:
    """The settings, origins and pages in their one spelling. Raises InputError for the first that cannot be."""
    _check_fields(settings.fields)
    for tag in settings.tags:
        if not _TAG.fullmatch(tag):
            raise InputError(f"tag {tag[:60]!r}: a tag is a-z, 0-9, - and _, at most 40 characters")
    opt_in = " ".join(settings.opt_in.split())
    if len(opt_in) > LONGEST_OPT_IN or odd(opt_in):
        raise InputError(
            f"the text for the confirm mail is plain text without links, at most {LONGEST_OPT_IN} characters"
        )
    if settings.capacity is not None and not 1 <= settings.capacity <= 10_000_000:
        raise InputError(f"a capacity is at least 1, not {settings.capacity}")
    origins = tuple(dict.fromkeys(parse_origin(each) for each in settings.origins))
    if settings.frames and not origins:
        raise InputError("a frame needs the sites that may show it: give each with --origin https://HOST")
    return FormSettings(**{
        **settings.__dict__, "origins": origins, "opt_in": opt_in, "start": parse_start(settings.start),
        "thank_you": parse_thank_you(settings.thank_you), "tags": tuple(sorted(set(settings.tags))),
        "intake": _checked_intake(settings),
    })  # fmt: skip


def parse_start(text: str) -> str:
    """The rule as it is kept, from "next-day", "tomorrow" or a date. Raises InputError."""
    if text in ("", "next-day"):
        return ""
    if text == "tomorrow":
        return text
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise InputError(f"{text!r} is not a start; write next-day, tomorrow, or a date such as 2026-09-20") from None


def _check_fields(fields: tuple[Field, ...]) -> None:
    if len(fields) > MOST_FIELDS:
        raise InputError(f"{len(fields)} fields; a form has at most {MOST_FIELDS} of its own")
    for place, each in enumerate(fields):
        checked_field(each)
        if each.name in {earlier.name for earlier in fields[:place]}:
            raise InputError(f"field {each.name!r} is there twice")


def _checked_intake(settings: FormSettings) -> Mapping[str, str]:
    names = {*INTAKE, *(each.name for each in settings.fields)}
    for name, path in settings.intake.items():
        if name not in names:
            raise InputError(f"intake {name!r}: the form has no such field; it has: {', '.join(sorted(names))}")
        if not _PATH.fullmatch(path):
            raise InputError(f"intake {name}={path[:60]!r} is not a place in JSON; write it as data.fields.email")
        if name in NEEDED and path.endswith("?"):
            raise InputError(f"intake {name}={path[:60]}: nobody is signed up without it; write it without the ?")
    return MappingProxyType(dict(settings.intake))
