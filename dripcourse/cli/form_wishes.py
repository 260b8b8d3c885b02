"""The options by which an author says what his form is like, shared by `form create` and `form edit`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated

import typer

from dripcourse.cli.wishes import parse_date
from dripcourse.domain.fields import Field, parse_field
from dripcourse.domain.forms import FormSettings, checked, ends, parse_start
from dripcourse.domain.places import parse_origin
from dripcourse.errors import InputError

Title = Annotated[
    str | None,
    typer.Option(help="Shown above the form; the course's title by default. Its mails have it always."),
]
Wording = Annotated[
    str | None, typer.Option(help="The exact sentence people agree to; one in its language by default.")
]
Language = Annotated[str | None, typer.Option(help="One of the course's languages: of the page, its mails, its runs.")]
Fields = Annotated[
    list[str] | None,
    typer.Option(
        "--field",
        metavar="FIELD",
        help="A field of your own, as 'city: text, required, most=40, label=Your city, fallback=your town'. Kinds: "
        "text, number, choice (choices=red|green), checkbox. Repeatable; the same name again replaces it.",
    ),
]
Origins = Annotated[
    list[str] | None,
    typer.Option("--origin", metavar="ORIGIN", help="A site that may use it, as https://school.example. Repeatable."),
]
ThankYou = Annotated[str | None, typer.Option("--thank-you", metavar="URL", help="The https page people go on to.")]
OptIn = Annotated[str | None, typer.Option("--opt-in", metavar="TEXT", help="Your own paragraph in the confirm mail.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="A mark on everybody who comes through it. Repeatable.")]
Start = Annotated[
    str | None,
    typer.Option(help="When lessons begin: next-day (the next chosen hour), tomorrow, or a date for a whole group."),
]
Prefill = Annotated[
    bool | None, typer.Option("--prefill/--no-prefill", help="Whether a link may fill in fields (?city=Ems).")
]
Capacity = Annotated[str | None, typer.Option(metavar="N", help="How many may confirm; none for no limit.")]
Closes = Annotated[str | None, typer.Option(metavar="DATE", help="The last day it is open; never for no end.")]
Frames = Annotated[
    bool | None, typer.Option("--frames/--no-frames", help="Whether its origins may show it in a frame.")
]
Listed = Annotated[
    bool | None,
    typer.Option("--listed/--unlisted", help="Whether the front page names it; by default the oldest of its course."),
]
Intake = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=PATH", help="Where another form's JSON has it: address=data.fields.email. Repeatable."),
]
Drop = Annotated[
    list[str] | None,
    typer.Option(metavar="WHAT=NAME", help="Take away: field=city, origin=https://…, tag=spring or intake=city."),
]


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """The options as typed; None for what was not named."""

    fields: list[str] | None
    origins: list[str] | None
    thank_you: str | None
    opt_in: str | None
    tags: list[str] | None
    start: str | None
    prefill: bool | None
    capacity: str | None
    closes: str | None
    frames: bool | None
    listed: bool | None = None
    intake: list[str] | None
    drop: list[str] | None = None

    def changed(self, before: FormSettings, now: datetime) -> FormSettings:
        """The settings with what was named. Raises InputError, one line for the first that cannot be."""
        settings = before
        for text in self.drop or ():
            settings = _without(settings, text)
        plain = {name: getattr(self, name) for name in ("thank_you", "opt_in", "prefill", "frames", "listed")}
        settings = replace(settings, **{name: value for name, value in plain.items() if value is not None})
        fields = {each.name: each for each in settings.fields} | _named_fields(self.fields or ())
        settings = replace(
            settings,
            fields=tuple(fields.values()),
            origins=(*settings.origins, *(self.origins or ())),
            tags=(*settings.tags, *(self.tags or ())),
            intake={**settings.intake, **dict(_pair(each) for each in self.intake or ())},
        )
        if self.capacity is not None:
            settings = replace(settings, capacity=_capacity(self.capacity))
        if self.start is not None:
            settings = replace(settings, start=_first_day(self.start, now))
        if self.closes is not None:
            settings = replace(settings, closes_on=_last_day(self.closes, now))
        return checked(settings)


def told(settings: FormSettings) -> dict[str, str]:
    """The settings as an author reads them, by the names of their options; "" for what is not set."""
    return {
        **{f"field {each.name}": _field(each) for each in settings.fields},
        "origin": ", ".join(settings.origins),
        "thank-you": settings.thank_you,
        "opt-in": settings.opt_in,
        "tag": ", ".join(settings.tags),
        "start": settings.start or "next-day",
        "prefill": "yes" if settings.prefill else "no",
        "capacity": str(settings.capacity or ""),
        "closes": str(settings.closes_on or ""),
        "frames": "yes" if settings.frames else "no",
        "listed": {True: "yes", False: "no", None: ""}[settings.listed],
        "intake": ", ".join(f"{name}={path}" for name, path in settings.intake.items()),
    }


def _field(one: Field) -> str:
    """All of a field, as `--field` takes it behind the name."""
    said = {"most": str(one.most) if one.kind == "text" else "", "label": one.label, "fallback": one.fallback,
            "choices": "|".join(one.choices)}  # fmt: skip
    values = [f"{key}={_quoted(text)}" for key, text in said.items() if text]
    return ", ".join([one.kind, *["required"] * one.required, *values])


def _quoted(text: str) -> str:
    return f'"{text}"' if "," in text else text


def _named_fields(lines: Sequence[str]) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for line in lines:
        field = parse_field(line)
        if field.name in found:
            raise InputError(f"field {field.name!r} is given twice")
        found[field.name] = field
    return found


def _pair(text: str) -> tuple[str, str]:
    name, equals, path = (part.strip() for part in text.partition("="))
    if not (name and equals and path):
        raise InputError(f"--intake {text!r}: write it as address=data.fields.email")
    return name, path


def _capacity(text: str) -> int | None:
    if text == "none":
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise InputError(f"--capacity {text!r}: write a number such as 40, or none")
    return int(text)


def _first_day(text: str, now: datetime) -> str:
    start = parse_start(text)
    if start not in ("", "tomorrow") and now >= ends(parse_date(start)):
        raise InputError(f"--start {text} is over; for the next chosen hour of each, write next-day")
    return start


def _last_day(text: str, now: datetime) -> date | None:
    if text == "never":
        return None
    day = parse_date(text)
    if now >= ends(day):
        raise InputError(f"--closes {text} is over; to take nobody from now on, use `dripcourse form close`")
    return day


def _without(settings: FormSettings, text: str) -> FormSettings:
    """The settings less what `--drop WHAT=NAME` names."""
    what, _, name = text.partition("=")
    match what:
        case "field":
            after = replace(settings, fields=tuple(each for each in settings.fields if each.name != name))
        case "origin":
            after = replace(settings, origins=tuple(each for each in settings.origins if each != parse_origin(name)))
        case "tag":
            after = replace(settings, tags=tuple(each for each in settings.tags if each != name))
        case "intake":
            after = replace(settings, intake={each: at for each, at in settings.intake.items() if each != name})
        case _:
            raise InputError(f"--drop {text!r}: write field=NAME, origin=https://HOST, tag=NAME or intake=NAME")
    if after == settings:
        raise InputError(f"--drop {text}: the form has no such {what}")
    return after
