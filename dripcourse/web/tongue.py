"""The language of a page that belongs to no course: the one the browser likes best, of those there are words in."""

from __future__ import annotations

from fastapi import Request

from dripcourse.domain.direction import primary_language
from dripcourse.web.words import FALLBACK, Words, words_for

_MOST = 20  # languages of a header that are looked at


def words_asked(request: Request) -> Words:
    """The words by Accept-Language (RFC 9110 section 12.5.4); English where it names no language of ours."""
    named = request.headers.get("accept-language", "").split(",")[:_MOST]
    wanted = sorted((_weighed(one) for one in named), key=lambda one: -one[1])
    for tag, weight in wanted:
        found = words_for(tag)
        if weight > 0 and found.language == primary_language(tag):
            return found
    return words_for(FALLBACK)


def _weighed(named: str) -> tuple[str, float]:
    """A language and how much it is wanted, 0 to 1; what is no number counts as not at all."""
    tag, _, weight = named.partition(";")
    _, _, number = weight.strip().partition("q=")
    try:
        return tag.strip().lower(), float(number) if number else 1.0
    except ValueError:
        return tag.strip().lower(), 0.0
