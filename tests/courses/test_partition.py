"""The arithmetic of cutting and taking turns, against tables and against trying everything."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripcourse.courses.drafting import partition


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from([0, 10, 400])), min_size=1, max_size=9), st.data())
def test_no_other_cut_is_better(atoms: list[tuple[int, int]], data: st.DataObject) -> None:
    words, costs = [w for w, _ in atoms], [c for _, c in atoms]
    runs = data.draw(st.integers(1, len(words)))

    def price(starts: tuple[int, ...]) -> int:
        ends = (*starts[1:], len(words))
        squares = sum((sum(words[a:b]) * runs - sum(words)) ** 2 for a, b in zip(starts, ends, strict=True))
        return squares + sum(costs[at] for at in starts[1:])

    found = tuple(partition.cut(words, costs, runs))
    every = [(0, *inner) for inner in combinations(range(1, len(words)), runs - 1)]
    assert price(found) == min(map(price, every))
    equal = [starts for starts in every if price(starts) == price(found)]
    assert found == min(equal, key=lambda starts: starts[::-1])  # ties: every cut, from the last, as early as can be


@pytest.mark.parametrize(
    ("words", "atoms", "passages", "shares"),
    [
        ([100], [9], 4, [4]),
        ([100, 100], [9, 9], 3, [2, 1]),  # tie: article order
        ([200, 100], [9, 9], 3, [2, 1]),
        ([900, 10, 10], [3, 5, 5], 6, [3, 2, 1]),  # the first has no more than three sentences
    ],
)
def test_passages_are_shared_by_words(words: list[int], atoms: list[int], passages: int, shares: list[int]) -> None:
    assert partition.share(words, atoms, passages) == shares


@settings(max_examples=200)
@given(st.lists(st.integers(1, 20), min_size=1, max_size=6))
def test_turns_avoid_neighbours_as_far_as_arithmetic_allows(shares: list[int]) -> None:
    order = partition.in_turn(shares)
    assert [order.count(p) for p in range(len(shares))] == shares
    same = sum(1 for a, b in pairwise(order) if a == b)
    assert same == max(0, 2 * max(shares) - sum(shares) - 1)


def test_equal_perspectives_go_round() -> None:
    assert partition.in_turn([2, 2, 2]) == [0, 1, 2, 0, 1, 2]
    assert partition.in_turn([3, 1]) == [0, 1, 0, 0]
    assert partition.one_by_one([2, 1]) == [0, 0, 1]


@pytest.mark.parametrize(
    ("actions", "content", "by_round"),
    [
        (6, 26, [0, 1, 2, 3, 3]),
        (6, 7, [0, 1]),
        (6, 6, [0]),
        (4, 12, [0, 1, 3]),
        (3, 6, [0, 1]),
        (2, 12, [0, 1, 1, 2, 2, 3]),
    ],
)
def test_rounds_go_from_introduce_to_review(actions: int, content: int, by_round: list[int]) -> None:
    plan = partition.stages(actions, content)
    assert [stage for action, stage in plan if action == 0] == by_round
    assert [action for action, _ in plan] == [i % actions for i in range(content)]


def test_more_actions_than_days_are_bundled_each_once() -> None:
    plan = partition.bundles(9, 7)
    assert [action for day in plan for action in day] == list(range(9))
    assert all(plan)
    assert max(map(len, plan)) == 2


@pytest.mark.parametrize(("days", "every", "recaps"), [(7, 7, []), (8, 7, [7]), (30, 7, [7, 14, 21, 28]), (30, 0, [])])
def test_recaps_fall_on_every_seventh_day_but_the_last(days: int, every: int, recaps: list[int]) -> None:
    assert partition.recap_days(days, every) == recaps


@given(st.integers(1, 60), st.data())
def test_practice_days_are_spread_and_never_first(content: int, data: st.DataObject) -> None:
    passages = data.draw(st.integers(1, content))
    slots = partition.practice_slots(content, passages)
    assert len(slots) == content - passages
    assert 0 not in slots
    assert slots <= set(range(content))
