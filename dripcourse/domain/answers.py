"""What a reader says of a lesson, and what a look back makes of it. Pure. It never changes which lesson comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    """The two taps under an action."""

    DONE = "done"
    NOT_TODAY = "not-today"


@dataclass(frozen=True)
class Tally:
    """The days somebody answered, in order; both are empty for who reads without tapping."""

    done: tuple[int, ...] = ()
    not_today: tuple[int, ...] = ()


def tally(days: Sequence[tuple[str, int]], said: Mapping[str, str]) -> Tally:
    """The answers to these lessons, given as (key, day)."""
    found = {answer: tuple(day for key, day in days if said.get(key) == answer.value) for answer in Answer}
    return Tally(found[Answer.DONE], found[Answer.NOT_TODAY])


def looked_back_on(lessons: Sequence[tuple[str, int, str]], at: str) -> list[tuple[str, int]]:
    """Which of the course's lessons, given as (key, day, kind), the mail `at` looks back on, as (key, day).

    A recap looks back to the one before it, everything else over the whole course; recaps themselves have no action.
    """
    since_the_last = is_recap(lessons, at)
    found: list[tuple[str, int]] = []
    for key, day, kind in lessons:
        if key == at:
            break
        if kind == "recap" and since_the_last:
            found.clear()
        elif kind in ("lesson", "practice"):
            found.append((key, day))
    return found


def is_recap(lessons: Sequence[tuple[str, int, str]], at: str) -> bool:
    """Whether that lesson looks back on the ones before it."""
    return any(key == at and kind == "recap" for key, _, kind in lessons)
