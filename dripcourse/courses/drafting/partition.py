"""Arithmetic of the course: how many passages, how they are shared, cut and put in turn. Integers only, no text."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate


def recap_days(days: int, every: int) -> list[int]:
    """Days 7, 14, … before the last one; none where `every` is 0."""
    return list(range(every, days, every)) if every else []


def content_days(days: int, every: int) -> list[int]:
    """Days that are not recaps, in order."""
    recaps = set(recap_days(days, every))
    return [day for day in range(1, days + 1) if day not in recaps]


def passage_count(content: int, atoms: int, words: int, min_words: int) -> int:
    """How many passages the text gives: no more than days or atoms, and `min_words` each in the mean."""
    return min(content, atoms, max(1, words // min_words))


def practice_slots(content: int, passages: int) -> frozenset[int]:
    """Content-day indices without a passage, evenly spread. Never index 0: there is nothing to practise yet."""
    spare = content - passages
    slots = {(2 * i + 1) * content // (2 * spare) for i in range(spare)}
    if 0 in slots:
        slots.remove(0)
        slots.add(next(i for i in range(1, content) if i not in slots))
    return frozenset(slots)


def share(words: Sequence[int], atoms: Sequence[int], passages: int) -> list[int]:
    """Passages for each perspective: one each, then always to the one with the most words a passage."""
    shares = [1] * len(words)
    for _ in range(passages - len(words)):
        hungry = (p for p in range(len(words)) if shares[p] < atoms[p])
        shares[max(hungry, key=lambda p: Fraction(words[p], shares[p]))] += 1  # max takes the first of equals
    return shares


def cut(words: Sequence[int], costs: Sequence[int], runs: int) -> list[int]:
    """Where each of `runs` runs of atoms starts, for the least Σ (words(run)·runs - total)² + Σ cost of the cuts.

    `costs[i]` is the price of a cut before atom i. Of equally good cuts the earliest is taken. The squares satisfy the
    quadrangle inequality, so the best cut moves with the end of the run: O(atoms · runs · log atoms).
    """
    prefix = [0, *accumulate(words)]
    total, size = prefix[-1], len(words)

    def price(start: int, end: int) -> int:
        return ((prefix[end] - prefix[start]) * runs - total) ** 2

    best = [price(0, end) for end in range(size + 1)]  # best[end]: the cheapest way to cut atoms[:end] in 1, 2, … runs
    choices: list[list[int]] = []
    for run in range(2, runs + 1):
        following, choice = [0] * (size + 1), [0] * (size + 1)
        ranges = [(run, size, run - 1, size - 1)]
        while ranges:
            low, high, first, last = ranges.pop()
            if low > high:
                continue
            end = (low + high) // 2
            options = ((best[at] + costs[at] + price(at, end), at) for at in range(first, min(last, end - 1) + 1))
            following[end], choice[end] = min(options)
            ranges += [(low, end - 1, first, choice[end]), (end + 1, high, choice[end], last)]
        best = following
        choices.append(choice)
    starts = [size]
    for choice in reversed(choices):
        starts.append(choice[starts[-1]])
    return [0, *reversed(starts[1:])]


def cut_costs(starts: Sequence[str], words: int) -> list[int]:
    """The price of a cut before each atom: free at a section, dear before a sentence that leans on the last one."""
    square = words * words
    prices = {"section": 0, "paragraph": square // 16, "sentence": square // 4, "anaphor": square // 2}
    return [prices[start] for start in starts]


def in_turn(shares: Sequence[int]) -> list[int]:
    """Perspective of each passage, so that the same one follows itself as seldom as arithmetic allows."""
    left = list(shares)
    order: list[int] = []
    while any(left):
        order.append(_next(left, shares, order[-1] if order else None))
        left[order[-1]] -= 1
    return order


def one_by_one(shares: Sequence[int]) -> list[int]:
    """Perspective of each passage in article order."""
    return [p for p, count in enumerate(shares) for _ in range(count)]


def _next(left: Sequence[int], shares: Sequence[int], previous: int | None) -> int:
    others = [p for p in range(len(left)) if left[p] and p != previous]
    if not others:
        return previous or 0
    urgent = next((p for p in others if 2 * left[p] >= sum(left) + 1), None)
    return urgent if urgent is not None else max(others, key=lambda p: Fraction(left[p], shares[p]))


def stages(actions: int, content: int) -> list[tuple[int, int]]:
    """(action index, stage) for each content day, where there are no more actions than days. Stage 0 to 3."""
    rounds = content // actions
    by_round = [_stage(r, rounds) for r in range(rounds)]
    by_round.append(max(1, by_round[-1]))  # the unfinished round at the end
    return [(i % actions, by_round[i // actions]) for i in range(content)]


def _stage(number: int, rounds: int) -> int:
    if number == 0:
        return 0
    if number == rounds - 1 and rounds >= 3:
        return 3
    return 1 + (2 * (number - 1) // (rounds - 2) if rounds > 2 else 0)


def bundles(actions: int, content: int) -> list[list[int]]:
    """Action indices for each content day, where there are more actions than days."""
    days: list[list[int]] = [[] for _ in range(content)]
    for action in range(actions):
        days[action * content // actions].append(action)
    return days
