"""Which keys course.toml has, and what may stand in each. It reads no file and knows no lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from dripcourse.addresses import mailbox_provider
from dripcourse.courses.folders.front import PLACEHOLDER

LANGUAGE = re.compile(r"(?=.{2,35}\Z)[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # BCP 47; 35 is the longest that means anything
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_TOKEN = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_TOKEN_VALUE = re.compile(r"[\w #%.,()'+-]{1,200}")
_WORD = re.compile(r"[a-z][a-z0-9_]{0,59}")
_OPTION = re.compile(r"[a-z0-9-]{1,60}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_URL = re.compile(r"https://[^\s\\<>\"'`{}]{1,1990}")
_MOST_DAYS = 999
_MOST_PIXELS = 600  # the width of the sheet on a desktop

Check = Callable[[object], str]  # "" where the value is right


@dataclass(frozen=True)
class Fault:
    """Something wrong in course.toml. `key` is dotted inside a table; "" is the file as a whole."""

    key: str
    message: str
    below: int = 0  # lines under that of the key

    @property
    def table(self) -> str:
        """The first part of the key."""
        return self.key.partition(".")[0]


def _one_line(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or "\n" in value or "\r" in value:
        return "must be a text of one line in quotes"
    return f"has {len(value)} characters (limit 200)" if len(value) > 200 else ""


def _text(value: object) -> str:
    return "" if isinstance(value, str) else "must be a text in quotes"


def _filled(value: object) -> str:
    return "" if isinstance(value, str) and value.strip() else "must be a text in quotes, and not an empty one"


def _slug(value: object) -> str:
    return "" if isinstance(value, str) and _SLUG.fullmatch(value) else "must be a-z, 0-9 and -, at most 60, in quotes"


def _language(value: object) -> str:
    found = isinstance(value, str) and LANGUAGE.fullmatch(value)
    return "" if found else 'must be a language tag such as "en" or "de-AT"'


def _country(value: object) -> str:
    found = isinstance(value, str) and _COUNTRY.fullmatch(value)
    return "" if found else 'must be the two capitals of a country (ISO 3166), such as "US"'


def _whole(value: object, most: int) -> str:
    found = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most
    return "" if found else f"must be a whole number from 1 to {most}"


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


def _from_address(value: object) -> str:
    """A mail address that one may send from."""
    if wrong := _address(value):
        return wrong
    taken = mailbox_provider(str(value))
    return f"is at {taken}: receivers refuse mail in the name of a mailbox provider; use a domain of yours" * bool(
        taken
    )


def _https(value: object) -> str:
    wrong = "must be the whole https address of a picture, such as https://host/logo.png"
    if not isinstance(value, str) or not _URL.fullmatch(value):
        return wrong
    try:
        parts = urlsplit(value)
        fine = parts.hostname and parts.username is None and parts.port != 0
    except ValueError:
        return wrong
    return "" if fine else wrong


def _token_value(value: object) -> str:
    found = isinstance(value, str) and _TOKEN_VALUE.fullmatch(value)
    return "" if found else 'must be a plain value in quotes, such as "#204060"'


def _pixels(value: object) -> str:
    return _whole(value, _MOST_PIXELS)


KEYS: dict[str, tuple[bool, Check]] = {  # required?, rule
    "slug": (True, _slug),
    "title": (True, _one_line),
    "language": (True, _language),
    "days": (True, lambda value: _whole(value, _MOST_DAYS)),
    "safety_note": (False, _text),
    "footer": (False, _text),
    "postal_address": (False, _text),
    "helplines_checked": (False, _date),
    "helplines_for": (False, _country),
    "scripture": (False, _one_line),
    **dict.fromkeys(("sender", "theme", "logo", "words", "optional", "helplines"), (False, _table)),
}
_SENDER: dict[str, tuple[bool, Check]] = {
    "name": (True, _one_line),
    "address": (False, _from_address),
    "reply_to": (False, _address),
}
_LOGO: dict[str, tuple[bool, Check]] = {
    "url": (True, _https),
    "alt": (True, _one_line),
    "width": (True, _pixels),
    "height": (True, _pixels),
}
_HELPLINES: dict[str, tuple[bool, Check]] = {
    "text": (True, _filled),
    "footer": (False, _text),
    "checked": (False, _date),
    "written": (False, _date),
}
#: What a translation takes from the course it belongs to, and may not say itself.
SHARED = ("slug", "language", "days", "sender", "theme", "logo")
#: Tables whose names the author chooses: what a name may be, in words, and the rule for what stands behind it.
_FREE: dict[str, tuple[re.Pattern[str], str, Check]] = {
    "theme": (_TOKEN, "a token of the theme", _token_value),
    "words": (_WORD, "a name of words.toml", _one_line),
    "optional": (_OPTION, "a key of a-z, 0-9 and -, at most 60", _one_line),
    "helplines": (_COUNTRY, "the two capitals of a country, such as US", _table),
}


def faults(data: Mapping[str, Any], translation: bool = False) -> Iterator[Fault]:
    """All that is wrong with the values of one course.toml by itself; of a translation, with what it says again."""
    if translation:
        yield from _shared(data)
        data = {name: value for name, value in data.items() if name not in SHARED}
    yield from _closed(data, {name: rule for name, rule in KEYS.items() if not (translation and name in SHARED)}, "")
    for name, keys in (("sender", _SENDER), ("logo", _LOGO)):
        yield from _closed(_inner(data, name), keys, f"{name}.") if isinstance(data.get(name), dict) else ()
    for name, (pattern, what, rule) in _FREE.items():
        yield from _open(_inner(data, name), f"{name}.", pattern, what, rule)
    for country, lines in _inner(data, "helplines").items():
        yield from _closed(lines, _HELPLINES, f"helplines.{country}.") if isinstance(lines, dict) else ()
    yield from _twice(_inner(data, "optional"))


def _inner(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def _closed(data: Mapping[str, Any], keys: Mapping[str, tuple[bool, Check]], prefix: str) -> Iterator[Fault]:
    what = f"[{prefix.rstrip('.')}]" if prefix else "a course"
    for name, value in data.items():
        if name not in keys:
            yield Fault(prefix + name, f"{prefix}{name} is not a setting of {what}; there are {', '.join(keys)}")
        elif problem := keys[name][1](value):
            yield Fault(prefix + name, f"{prefix}{name}{_shown(value)} {problem}")
    for name, (required, _) in keys.items():
        if required and name not in data:
            yield Fault(prefix.rstrip("."), f"{prefix}{name} is missing")


def _open(data: Mapping[str, Any], prefix: str, pattern: re.Pattern[str], what: str, rule: Check) -> Iterator[Fault]:
    for name, value in data.items():
        if not pattern.fullmatch(name):
            yield Fault(prefix + name, f"{prefix}{name}: {name!r} is not {what}")
        elif problem := rule(value):
            yield Fault(prefix + name, f"{prefix}{name}{_shown(value)} {problem}")


def _shared(data: Mapping[str, Any]) -> Iterator[Fault]:
    for name in data:
        if name in SHARED:
            where = "is the name of this folder" if name == "language" else "is that of the course this one translates"
            yield Fault(name, f"{name} {where}; take it out here")


def _shown(value: object) -> str:
    return "" if isinstance(value, dict) else f" is {value!r}:"


def _twice(optional: Mapping[str, Any]) -> Iterator[Fault]:
    """A perspective is one choice of the reader's."""
    first: dict[str, str] = {}
    for key, name in optional.items():
        if isinstance(name, str) and first.setdefault(name.strip(), key) != key:
            yield Fault(f"optional.{key}", f"optional.{key} is «{name}», and so is {first[name.strip()]}; keep one")


def placeholders(data: Mapping[str, Any], prefix: str = "") -> Iterator[Fault]:
    """Marks of a template engine that are left in a text, which can be read all the same."""
    for name, value in data.items():
        if isinstance(value, dict):
            yield from placeholders(value, f"{prefix}{name}.")
        elif isinstance(value, str) and (found := PLACEHOLDER.search(value)):
            text = f"the placeholder {found[0]} is left in {prefix}{name}; write the text itself"
            yield Fault(prefix + name, text, ("\n" in value) + value[: found.start()].count("\n"))
