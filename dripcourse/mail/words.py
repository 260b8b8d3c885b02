"""The words of the mails that are not the author's, in each language there is; not the course's own texts.

A course may put words of its own over them, by their names in words.toml.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from string import Formatter

from dripcourse.domain.direction import primary_language
from dripcourse.errors import InputError
from dripcourse.mail.templates import shared

FALLBACK = "en"


def words(language: str, own: Mapping[str, str] | None = None) -> dict[str, str]:
    """The words for this language, English for those that have none of their own, and a course's `own` over them.

    Raises InputError for a name that is not in words.toml.
    """
    shipped = _all()[FALLBACK] | _all().get(primary_language(language), {})
    for name in own or {}:
        if name not in shipped:
            raise InputError(f"words: there is no text {name!r}; there are: {', '.join(sorted(shipped))}")
    return shipped | dict(own or {})


def spoken(language: str, own: Mapping[str, str], facts: Mapping[str, str | int]) -> dict[str, str]:
    """The words of this language with `facts`, such as the day, where they have braces. Raises InputError as `words`
    does, and for braces that hold anything but the bare name of a fact; nobody's address in what a lock screen shows.
    """
    said = {}
    for name, text in words(language, own).items():
        seen = name.endswith(("_subject", "_preheader"))
        known = {fact: value for fact, value in facts.items() if not (seen and fact == "recipient")}
        try:
            _refuse_more_than_names(text, known)
            said[name] = text.format_map(known)
        except ValueError as problem:
            where = "words" if name in own else f"words.toml: [{language}]"
            there = " ".join(f"{{{fact}}}" for fact in known)
            raise InputError(f"{where}: {name} has braces it should not ({problem}); there are {there}") from problem
    return said


def _refuse_more_than_names(text: str, known: Mapping[str, str | int]) -> None:
    """Raises ValueError. A width of nine digits would take gigabytes, an attribute would show our insides."""
    for _, fact, width, conversion in Formatter().parse(text):
        if fact is not None and (fact not in known or width or conversion):
            raise ValueError(f"{{{fact}{'!' + conversion if conversion else ''}{':' + width if width else ''}}}")


@cache
def _all() -> dict[str, dict[str, str]]:
    tables = tomllib.loads(shared("words.toml"))
    for language, table in tables.items():
        unknown = sorted(set(table) - set(tables[FALLBACK]))
        if unknown:
            raise InputError(f"words.toml: [{language}] has words that [{FALLBACK}] lacks: {', '.join(unknown)}")
    return tables
