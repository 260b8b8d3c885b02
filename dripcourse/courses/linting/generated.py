"""Weaknesses of sentences that the compiler wrote, told once for all; those of the author's own, one by one.

import.json knows which is which. A course made by hand has none, so all of its sentences are its author's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from dripcourse.courses.folders.folder import Survey
from dripcourse.courses.folders.provenance import lesson_fields
from dripcourse.courses.folders.record import Origin, read_record
from dripcourse.courses.linting.finding import Finding
from dripcourse.courses.linting.headlines import preheaders
from dripcourse.courses.linting.parts import repeats
from dripcourse.courses.linting.weakness import Spot
from dripcourse.errors import InputError

_NAMES = {"preheader": "preheader", "action": "action", "body": "passage"}


def generated_findings(found: Survey) -> Iterator[Finding]:
    """The weaknesses of preheaders, actions and paragraphs; W_GENERATED for all that the author has not touched."""
    origins = _origins(found)
    left: dict[Spot, None] = {}
    for weak in (*preheaders(found), *repeats(found)):
        if all(_untouched(spot, origins) for spot in weak.spots):
            left |= dict.fromkeys(weak.spots)
        else:
            yield weak.finding
    if left:
        yield Finding("W_GENERATED", str(found.path), 0, _said(list(left)))


def _origins(found: Survey) -> Mapping[str, Origin]:
    try:
        record = read_record(found.path)
    except InputError:  # said by the rule for stale lessons
        return {}
    return {origin.key: origin for origin in record.lessons} if record else {}


def _untouched(spot: Spot, origins: Mapping[str, Origin]) -> bool:
    origin, lesson = origins.get(spot.file.name_key), spot.file.lesson
    if origin is None or lesson is None or spot.field not in origin.fields:
        return False
    return origin.wrote(spot.field, lesson_fields(lesson, spot.file.source).get(spot.field, ""))


def _said(left: list[Spot]) -> str:
    counts = Counter(spot.field for spot in left)
    parts = [
        f"{counts[field]} {name}{'' if counts[field] == 1 else 's'}" for field, name in _NAMES.items() if counts[field]
    ]
    listed = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    first = min(left, key=lambda spot: (spot.file.day, spot.line))
    verb = "is" if len(left) == 1 else "are"
    return (
        f"{listed} {verb} still as the compiler wrote them, too short, too long or alike "
        f"(first: {first.file.path.name}, line {first.line}); make them yours"
    )
