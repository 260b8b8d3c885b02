"""course.toml to its values, strictly: every wrong line is named. The lessons do not matter here."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from email_validator import EmailNotValidError, validate_email

from dripcourse.courses.folders.front import PLACEHOLDER, Wrong, decode_file
from dripcourse.domain.course import Sender
from dripcourse.errors import Mistake

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_TOKEN = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_TOKEN_VALUE = re.compile(r"[\w #%.,()'+-]{1,200}")
_MOST_DAYS = 999


@dataclass(frozen=True)
class CourseFile:
    """What course.toml says. Wrong values are missing from `values` and named in `mistakes`."""

    path: Path
    values: dict[str, Any] = field(default_factory=dict)
    sender: Sender | None = None
    theme: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()

    def line(self, name: str) -> int:
        """The line of a key (`sender.name` inside a table), 0 where there is none."""
        return self.lines.get(name, 0)


def _one_line(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or "\n" in value or "\r" in value:
        return "must be a text of one line in quotes"
    return f"has {len(value)} characters (limit 200)" if len(value) > 200 else ""


def _text(value: object) -> str:
    return "" if isinstance(value, str) else "must be a text in quotes"


def _slug(value: object) -> str:
    return "" if isinstance(value, str) and _SLUG.fullmatch(value) else "must be a-z, 0-9 and -, at most 60, in quotes"


def _language(value: object) -> str:
    found = isinstance(value, str) and LANGUAGE.fullmatch(value)
    return "" if found else 'must be a language tag such as "en" or "de-AT"'


def _days(value: object) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST_DAYS
    return "" if whole else f"must be a whole number from 1 to {_MOST_DAYS}"


def _date(value: object) -> str:
    plain = isinstance(value, date) and not isinstance(value, datetime)
    return "" if plain else "must be a date without quotes, such as 2026-01-31"


def _table(value: object) -> str:
    return "" if isinstance(value, dict) else "must be a table: a line with its name in [ ]"


def _address(value: object) -> str:
    try:
        validate_email(value if isinstance(value, str) else "", check_deliverability=False)
    except EmailNotValidError as error:
        return f"is not a mail address ({str(error).rstrip('.')})"
    return ""


Check = Callable[[object], str]  # "" where the value is right
KEYS: dict[str, tuple[bool, Check]] = {  # required?, rule
    "slug": (True, _slug),
    "title": (True, _one_line),
    "language": (True, _language),
    "days": (True, _days),
    "safety_note": (False, _text),
    "postal_address": (False, _text),
    "helplines_checked": (False, _date),
    "scripture": (False, _one_line),
    "sender": (False, _table),
    "theme": (False, _table),
}
SENDER_KEYS: dict[str, tuple[bool, Check]] = {
    "name": (True, _one_line),
    "address": (True, _address),
    "reply_to": (False, _address),
}


def read_course_file(path: Path) -> CourseFile:
    """The values of `path`. Never raises for what is in the file."""
    try:
        text = decode_file(path.read_bytes())
        data = tomllib.loads(text)
    except FileNotFoundError:
        return CourseFile(path, mistakes=(Mistake(str(path), 0, "is missing; every course needs one"),))
    except OSError as error:
        return CourseFile(path, mistakes=(Mistake(str(path), 0, f"cannot be read: {error.strerror}"),))
    except Wrong as wrong:
        return CourseFile(path, mistakes=(Mistake(str(path), wrong.line, wrong.message),))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return CourseFile(path, mistakes=(_not_toml(path, error),))
    lines = key_lines(text)
    mistakes = [Mistake(str(path), line, message) for line, message in _wrong(data, lines)]
    refused = {name for name, (_, rule) in KEYS.items() if name in data and rule(data[name])}
    return CourseFile(
        path,
        {name: value for name, value in data.items() if name not in refused},
        None if mistakes else _sender(data),
        {} if mistakes else dict(data.get("theme", {})),
        lines,
        tuple(mistakes),
    )


def _not_toml(path: Path, error: Exception) -> Mistake:
    place = re.search(r"\(at line (\d+), column \d+\)", str(error))
    reason = re.sub(r"\s*\(at .*\)", "", str(error))
    return Mistake(str(path), int(place[1]) if place else 0, f"is not valid TOML here ({reason}); texts need quotes")


def _wrong(data: Mapping[str, Any], lines: Mapping[str, int]) -> Iterator[tuple[int, str]]:
    yield from _wrong_table(data, KEYS, "", lines)
    if isinstance(data.get("sender"), dict):
        yield from _wrong_table(data["sender"], SENDER_KEYS, "sender.", lines)
    theme = data.get("theme")
    for name, value in theme.items() if isinstance(theme, dict) else ():
        if not _TOKEN.fullmatch(name) or not isinstance(value, str) or not _TOKEN_VALUE.fullmatch(value):
            yield lines.get(f"theme.{name}", 0), f'theme.{name} must be a plain value in quotes, such as "#204060"'
    for name, value in data.items():
        if isinstance(value, str) and (found := PLACEHOLDER.search(value)):
            line = lines.get(name, 0) + value[: found.start()].count("\n")
            yield line, f"the placeholder {found[0]} is left in {name}; write the text itself"


def _wrong_table(
    data: Mapping[str, Any], keys: Mapping[str, tuple[bool, Check]], prefix: str, lines: Mapping[str, int]
) -> Iterator[tuple[int, str]]:
    for name, value in data.items():
        line = lines.get(prefix + name, 0)
        if name not in keys:
            yield line, f"{prefix}{name} is not a setting of a course; there are {', '.join(keys)}"
        elif problem := keys[name][1](value):
            shown = "" if isinstance(value, dict) else f" is {value!r}:"
            yield line, f"{prefix}{name}{shown} {problem}"
    for name, (required, _) in keys.items():
        if required and name not in data:
            yield lines.get(prefix.rstrip("."), 0), f"{prefix}{name} is missing"


def _sender(data: Mapping[str, Any]) -> Sender | None:
    if "sender" not in data:
        return None
    return Sender(data["sender"]["name"], data["sender"]["address"], data["sender"].get("reply_to", ""))


def key_lines(text: str) -> dict[str, int]:
    """Key -> line of a valid TOML text; tomllib keeps no lines. Texts in triple quotes are stepped over."""
    lines: dict[str, int] = {}
    prefix = closing = ""
    for number, line in enumerate(text.split("\n"), 1):
        if closing:
            closing = "" if closing in line else closing
        elif table := re.match(r"\s*\[\s*([\w-]+)\s*\]", line):
            prefix = f"{table[1]}."
            lines.setdefault(table[1], number)
        elif key := re.match(r"\s*[\"']?([\w-]+)[\"']?\s*=\s*(\"\"\"|''')?", line):
            lines.setdefault(prefix + key[1], number)
            closing = key[2] if key[2] and key[2] not in line[key.end() :] else ""
    return lines
