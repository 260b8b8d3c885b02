"""Which lesson comes next while the course is edited under way. A lesson's letter is its key, for life."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripcourse.domain.enrollment import Step
from dripcourse.domain.progress import Rule, next_step

FOLLOW, PIN, BACKFILL = Rule.FOLLOW, Rule.PIN, Rule.BACKFILL
DONE = ""


def course(keys: str) -> list[Step]:
    """A course whose lessons are letters, in this order; `w` is the welcome."""
    return [Step(key, position, key != "w") for position, key in enumerate(keys)]


def next_key(keys: str, had: str, last: str, rule: Rule) -> str:
    found = next_step(course(keys), set(had), last or None, rule)
    return found.key if found else DONE


EDITS = [
    # the course now, had, last one, rule, next
    ("wabc", "", "", FOLLOW, "w"),
    ("wabc", "w", "w", FOLLOW, "a"),
    ("wabc", "wa", "a", FOLLOW, "b"),
    ("wabc", "wabc", "c", FOLLOW, DONE),
    ("", "", "", FOLLOW, DONE),
    # a lesson put in behind, just behind, and before the place he has reached
    ("wabxc", "wa", "a", FOLLOW, "b"),
    ("waxbc", "wa", "a", FOLLOW, "x"),
    ("wxabc", "wa", "a", FOLLOW, "b"),
    ("wxabc", "wa", "a", BACKFILL, "x"),
    ("wxabc", "wax", "x", FOLLOW, "b"),  # had the backfilled one; goes on where he was
    ("wxabc", "wax", "x", BACKFILL, "b"),
    ("wabcx", "wabc", "c", FOLLOW, "x"),
    ("xwabc", "wabc", "c", FOLLOW, DONE),
    ("xwabc", "wabc", "c", BACKFILL, "x"),
    # a lesson taken out: one ahead, one behind, the last one he had, everything he had
    ("wac", "wa", "a", FOLLOW, "c"),
    ("wbc", "wab", "b", FOLLOW, "c"),
    ("wacd", "wab", "b", FOLLOW, "c"),
    ("wcd", "wab", "b", FOLLOW, "c"),
    ("cd", "wab", "b", FOLLOW, "c"),
    ("wa", "wab", "b", FOLLOW, DONE),
    ("dwacb", "wax", "x", FOLLOW, "c"),  # the furthest of those he had that are still there
    # the order turned round: first after the last one sent, never one had
    ("wcab", "wa", "a", FOLLOW, "b"),
    ("wcab", "wab", "b", FOLLOW, DONE),
    ("wcab", "wab", "b", BACKFILL, "c"),
    ("wbcda", "wab", "b", FOLLOW, "c"),
    ("wbcda", "wabcd", "d", FOLLOW, DONE),
    ("wcba", "wab", "b", FOLLOW, DONE),
    ("cwbad", "wac", "c", FOLLOW, "b"),
    # finishing on the old version
    ("wabc", "wa", "a", PIN, "b"),
    ("wabc", "wabc", "c", PIN, DONE),
    # nothing known of the last one
    ("wabc", "wab", "", FOLLOW, "c"),
    ("wabc", "wa", "", BACKFILL, "b"),
    # he had one out of turn
    ("wabcd", "wac", "a", FOLLOW, "b"),
    ("wabcd", "wabc", "b", FOLLOW, "d"),
]


@pytest.mark.parametrize(("keys", "had", "last", "rule", "expected"), EDITS)
def test_an_edit_in_flight_leads_on_by_its_rule(keys: str, had: str, last: str, rule: Rule, expected: str) -> None:
    assert next_key(keys, had, last, rule) == expected


def test_new_positions_change_nothing_for_those_under_way() -> None:
    renumbered = [Step(step.key, step.position * 10 + 7, step.scheduled) for step in course("wabc")]
    found = next_step(renumbered, {"w", "a"}, "a")
    assert found is not None
    assert (found.key, found.position) == ("b", 27)


def test_the_rule_is_follow_where_none_is_named() -> None:
    assert next_step(course("xab"), {"a"}, "a") == next_step(course("xab"), {"a"}, "a", Rule.FOLLOW)


versions = st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1).map("".join)


def run_through(edits: list[tuple[str, Rule, int]]) -> tuple[list[str], list[str]]:
    """Send `n` lessons under each version, then the rest of the final one. (All sent, sent under the final one.)"""
    sent: list[str] = []
    begun = 0
    for number, (keys, rule, count) in enumerate(edits):
        begun = len(sent)
        left = count if number < len(edits) - 1 else 100
        while left and (key := next_key(keys, "".join(sent), sent[-1] if sent else "", rule)):
            sent.append(key)
            left -= 1
    return sent, sent[begun:]


@given(versions)
def test_without_edits_the_order_is_that_of_the_course(keys: str) -> None:
    for rule in Rule:
        assert "".join(run_through([(keys, rule, 0)])[0]) == keys


@given(st.lists(st.tuples(versions, st.sampled_from(Rule), st.integers(0, 4)), min_size=1, max_size=6))
def test_over_any_edits_no_lesson_comes_twice_and_the_order_of_the_version_holds(
    edits: list[tuple[str, Rule, int]],
) -> None:
    sent, under_final = run_through(edits)
    keys, rule, _ = edits[-1]
    assert len(set(sent)) == len(sent)
    assert set(under_final) <= set(keys)
    if rule is not BACKFILL:
        assert under_final == sorted(under_final, key=keys.index)


@given(st.lists(st.tuples(versions, st.sampled_from(Rule), st.integers(0, 4)), min_size=1, max_size=6))
def test_nobody_is_finished_while_lessons_he_should_get_remain(edits: list[tuple[str, Rule, int]]) -> None:
    sent, _ = run_through(edits)
    keys, rule, _ = edits[-1]
    if rule is BACKFILL:
        assert set(keys) <= set(sent)
    elif sent and sent[-1] in keys:
        assert set(keys[keys.index(sent[-1]) :]) <= set(sent)
    else:
        furthest = max((keys.index(key) for key in sent if key in keys), default=-1)
        assert set(keys[furthest + 1 :]) <= set(sent)
