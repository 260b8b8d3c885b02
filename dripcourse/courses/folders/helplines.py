"""The helplines of a course: a text for each country, with the day on which a person called its numbers.

course.toml names the country whose text the mails show. Whether a date is fresh is for the check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from dripcourse.courses.folders.course_keys import Fault

#: The line with the date by primary language; others show the bare date (ISO 8601), which everybody can read.
_CHECKED = {
    "en": "Numbers checked on {day} {month} {year}.",
    "de": "Nummern geprüft am {day}. {month} {year}.",
}
_MONTHS = {
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    "de": (
        *("Januar", "Februar", "März", "April", "Mai", "Juni"),
        *("Juli", "August", "September", "Oktober", "November", "Dezember"),
    ),
}


@dataclass(frozen=True)
class Helplines:
    """The numbers of one country, as Markdown, and when they were last called; None is never."""

    country: str
    text: str
    footer: str  # a line of it for the foot of every mail
    checked: date | None

    @property
    def key(self) -> str:
        """The name of its table in course.toml."""
        return f"helplines.{self.country}"


def chosen(values: Mapping[str, Any]) -> Helplines | None:
    """The helplines that the mails of this course.toml show; None where it has none for its country."""
    country = values.get("helplines_for", "")
    found = values.get("helplines", {}).get(country)
    if not found:
        return None
    return Helplines(country, found["text"], found.get("footer", ""), found.get("checked"))


def helpline_fault(values: Mapping[str, Any]) -> Fault | None:
    """Whether the country and the tables fit together."""
    tables, country = values.get("helplines", {}), values.get("helplines_for")
    if tables and country is None:
        first = next(iter(tables))
        return Fault("helplines", f'helplines_for is missing: name whose numbers the mails show, such as "{first}"')
    if country is not None and country not in tables:
        there = f"there are {', '.join(tables)}" if tables else "write one with its text and the date of the check"
        return Fault("helplines_for", f"helplines_for is {country!r}, but there is no [helplines.{country}]; {there}")
    return None


def safety_note(values: Mapping[str, Any]) -> str:
    """What the mails show: the safety note, the helplines of the country, and the day on which they were checked."""
    lines = chosen(values)
    parts = [str(values.get("safety_note", "")).strip()]
    if lines:
        parts += [lines.text.strip(), _dated(lines.checked, str(values.get("language", "")))]
    return "\n\n".join(part for part in parts if part)


def footer(values: Mapping[str, Any]) -> str:
    """The foot of every mail: the course's own, and the line that the country's helplines have for it."""
    lines = chosen(values)
    parts = (str(values.get("footer", "")).strip(), lines.footer.strip() if lines else "")
    return "\n\n".join(part for part in parts if part)


def _dated(checked: date | None, language: str) -> str:
    if checked is None:
        return ""
    primary = language.split("-", 1)[0].lower()
    if primary not in _CHECKED:
        return f"({checked.isoformat()})"
    return _CHECKED[primary].format(day=checked.day, month=_MONTHS[primary][checked.month - 1], year=checked.year)
