"""Which lesson of a new draft is which lesson of the last import, so that keys stay for life. Looks at no file."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from dripcourse.courses.folders.provenance import MadeLesson
from dripcourse.courses.folders.record import Origin
from dripcourse.domain.course import LessonKind

_KEY_LENGTH = 60
_ONE_OF_A_KIND = (LessonKind.WELCOME, LessonKind.COMPLETION)


@dataclass(frozen=True)
class _Pair:
    """A lesson of the draft and one of the record that could be the same. The best pair sorts first."""

    unlike: tuple[int, bool, int]  # shared sentences (negative), another key, days between
    new: int
    old: int


def with_old_keys(new: Sequence[MadeLesson], old: Sequence[Origin], taken: Collection[str]) -> tuple[MadeLesson, ...]:
    """The new lessons with the key of the old one that each continues: of its kind, the most sentences in common,
    then the same key; one to one. A lesson that continues none gets a key that is in neither `old` nor `taken`."""
    found = _matches(new, old)
    used = {*taken, *(origin.key for origin in old)}
    lessons: list[MadeLesson] = []
    for at, made in enumerate(new):
        if at in found:
            key = old[found[at]].key
        else:
            key = _free(made.lesson.key, used)
            used.add(key)
        lessons.append(replace(made, lesson=replace(made.lesson, key=key)))
    return tuple(lessons)


def _matches(new: Sequence[MadeLesson], old: Sequence[Origin]) -> dict[int, int]:
    shared = _shared(new, old)
    pairs = [
        _Pair((-shared[at, of], made.lesson.key != origin.key, abs(made.lesson.day - origin.day)), at, of)
        for at, made in enumerate(new)
        for of, origin in enumerate(old)
        if made.lesson.kind == origin.kind
        and (shared[at, of] or made.lesson.key == origin.key or made.lesson.kind in _ONE_OF_A_KIND)
    ]
    found: dict[int, int] = {}
    for pair in sorted(pairs, key=lambda pair: (pair.unlike, pair.new, pair.old)):
        if pair.new not in found and pair.old not in found.values():
            found[pair.new] = pair.old
    return found


def _shared(new: Sequence[MadeLesson], old: Sequence[Origin]) -> Counter[tuple[int, int]]:
    """Sentences of the passage in common, counted by pair. One that stands in several lessons tells nothing."""
    before: dict[str, set[int]] = defaultdict(set)
    after: dict[str, set[int]] = defaultdict(set)
    for of, origin in enumerate(old):
        for trace in origin.body:
            before[trace.digest].add(of)
    for at, made in enumerate(new):
        for sentence in made.body:
            after[sentence.digest].add(at)
    return Counter(
        (at, of)
        for digest in before.keys() & after.keys()
        if len(before[digest]) == len(after[digest]) == 1
        for at in after[digest]
        for of in before[digest]
    )


def _free(key: str, used: Collection[str]) -> str:
    if key not in used:
        return key
    number = 2
    while (name := f"{key[: _KEY_LENGTH - 5]}-{number}") in used:
        number += 1
    return name
