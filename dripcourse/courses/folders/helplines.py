"""The helplines of a course: a text for each country, with the day on which a person called its numbers.

course.toml names the country whose text the mails show. Whether a date is fresh is for the check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from dripcourse.courses.folders.course_keys import Fault
from dripcourse.domain.direction import primary_language
from dripcourse.spelling import spell_day

#: The line with the date by primary language; others show the bare date, which everybody can read.
_CHECKED = {"en": "Numbers checked on {date}.", "de": "Nummern geprüft am {date}."}
_WRITTEN = {
    "en": "Numbers as of {date}. If one does not answer, call your emergency number.",
    "de": "Stand der Nummern: {date}. Antwortet eine nicht, wählen Sie Ihren Notruf.",
}


@dataclass(frozen=True)
class Helplines:
    """The numbers of one country, as Markdown, and when they were last called; None is never."""

    country: str
    text: str
    footer: str  # a line of it for the foot of the mails
    checked: date | None
    written: date | None  # when they were taken over from somewhere; what readers are told while nobody called them

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
    return Helplines(country, found["text"], found.get("footer", ""), found.get("checked"), found.get("written"))


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
        parts += [lines.text.strip(), _dated(lines, str(values.get("language", "")))]
    return "\n\n".join(part for part in parts if part)


def safety_footer(values: Mapping[str, Any]) -> str:
    """What the country's helplines have for the foot of the mails."""
    lines = chosen(values)
    return lines.footer.strip() if lines else ""


def _dated(lines: Helplines, language: str) -> str:
    said, day = (_CHECKED, lines.checked) if lines.checked else (_WRITTEN, lines.written)
    if day is None:
        return ""
    frame = said.get(primary_language(language))
    return frame.format(date=spell_day(day, language)) if frame else f"({spell_day(day, language)})"
