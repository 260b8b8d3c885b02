"""Neither the answer to a sign-up nor the time it takes tells who is known here."""

from __future__ import annotations

import gc
import statistics
import time

import pytest

from dripcourse.addresses import parse_address
from dripcourse.domain.fingerprint import Fingerprints
from dripcourse.flows import privacy
from dripcourse.storage import suppressions
from tests.web.conftest import World, link


def suppress(world: World, address: str) -> None:
    with world.db.writing() as tx:
        suppressions.add(tx, parse_address(address).key, "complaint", world.clock())


def people(world: World) -> dict[str, str]:
    """An address in each state, by its state."""
    known = {state: f"{state}@example.net" for state in ("new", "pending", "enrolled", "suppressed", "erased")}
    for state in ("pending", "enrolled", "erased"):
        world.sign_up(address=known[state])
    for to, raw in world.send():
        if to != known["pending"]:
            world.client.post(link(raw, "confirm"), data={"do": "confirm"})
    suppress(world, known["suppressed"])
    keys = Fingerprints(world.engine.links.keys)
    privacy.erase(world.db, keys, parse_address(known["erased"]), world.clock(), how="cli")
    return known


def test_nobody_can_tell_by_the_answer_who_is_known_here(both: World) -> None:
    answers = [both.client.post("/f/steps", data=both.entry | {"address": each}) for each in people(both).values()]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(answer.headers.items()) for answer in answers}) == 1


@pytest.mark.slow
@pytest.mark.parametrize("state", ["pending", "enrolled", "suppressed", "erased"])
def test_nobody_can_tell_by_the_time_it_takes(world: World, state: str) -> None:
    """300 sign-ups each, in turns: the medians lie within 5 ms, and Mann-Whitney's U is nothing unusual (p > 0.01)."""
    known = people(world)
    new: list[float] = []
    other: list[float] = []
    gc.disable()
    try:
        for turn in range(300):
            world.clock.turn(minutes=20)  # slow enough for the budgets of form and network
            pair, entry = ((new, f"new{turn}@example.net"), (other, known[state])), world.entry
            for times, address in pair if turn % 2 else reversed(pair):
                began = time.perf_counter()
                answer = world.client.post("/f/steps", data=entry | {"address": address})
                times.append(time.perf_counter() - began)
                assert answer.status_code == 202
    finally:
        gc.enable()
    assert abs(statistics.median(new) - statistics.median(other)) < 0.005
    assert unlikely(new, other) < 2.576  # p > 0.01, two-sided


def unlikely(ours: list[float], theirs: list[float]) -> float:
    """How many standard deviations Mann-Whitney's U lies from its mean (normal approximation, no ties)."""
    ranked = sorted([(value, 0) for value in ours] + [(value, 1) for value in theirs])
    ranks = sum(rank for rank, (_, whose) in enumerate(ranked, 1) if whose == 0)
    n, m = len(ours), len(theirs)
    u = ranks - n * (n + 1) / 2
    return abs(u - n * m / 2) / (n * m * (n + m + 1) / 12) ** 0.5


def test_the_measure_sees_a_difference_of_a_tenth() -> None:
    assert unlikely([1.0 + i / 3000 for i in range(300)], [1.1 + i / 3000 for i in range(300)]) > 10
    assert unlikely([float(i) for i in range(0, 600, 2)], [float(i) for i in range(1, 600, 2)]) < 0.5
