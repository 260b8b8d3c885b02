"""The words of the pages, in each language there is. Strict: every language has every word. Not the mails' words.

Each *.toml beside this file holds those of one group of pages, a table a language; a name stands in one file only.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

from babel import Locale, UnknownLocaleError

from dripcourse.domain.direction import language_direction, primary_language
from dripcourse.errors import InputError

FALLBACK = "en"


@dataclass(frozen=True)
class Words:
    """One language's words. Pages call it: `say("place", day=12, days=30, course="…")`."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, name: str, /, **facts: object) -> str:
        """That text with `facts` in its braces. Raises KeyError for a name there is none of."""
        return self.texts[name].format_map(facts)

    @property
    def direction(self) -> str:
        """ "ltr" or "rtl"."""
        return language_direction(self.language)


def words_for(language: str) -> Words:
    """The words for that BCP 47 tag, by its primary language; English where there are none of it."""
    primary = primary_language(language)
    found = primary if primary in _all() else FALLBACK
    return Words(found, _all()[found])


def checked(tables: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
    """The tables as they are. Raises InputError where a language lacks a word, has one more, or other braces."""
    full = tables[FALLBACK]
    for language, table in tables.items():
        odd = sorted(full.keys() ^ table.keys())
        odd += [name for name in full.keys() & table.keys() if braces(full[name]) != braces(table[name])]
        if odd:
            raise InputError(f"the words of [{language}] and [{FALLBACK}] differ in: {', '.join(odd)}")
    return tables


def braces(text: str) -> set[str]:
    """What stands in braces in it."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def language_name(tag: str) -> str:
    """The language in its own words, such as "Deutsch"; the tag itself where the CLDR knows none."""
    try:
        name = Locale.parse(tag, sep="-").get_display_name()
    except (UnknownLocaleError, ValueError):
        name = None
    return name[:1].upper() + name[1:] if name else tag


def tables() -> Mapping[str, Mapping[str, str]]:
    """All words by language. Raises InputError where languages differ, or a name stands in two files."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        for language, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
            known = found.setdefault(language, {})
            if twice := sorted(known.keys() & table.keys()):
                raise InputError(f"{path.name}: [{language}] has words of another file: {', '.join(twice)}")
            known |= table
    return checked(found)


@cache
def _all() -> Mapping[str, Mapping[str, str]]:
    return tables()
