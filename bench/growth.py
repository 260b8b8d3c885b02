"""What a mail costs with many enrollments and a long history, against few and none; then the claim alone.

Fair because the same number is due in both and goes into the same smtp-sink in turns. In the large database those who
are due lie scattered over all pages, as people with different hours do; in the small one everybody is due.
"""

from __future__ import annotations

import statistics

from bench import engine
from bench.inside import claim_seconds, opened
from bench.kit import Kit, Row, interleaved, rates, ratio
from bench.seed import Seeded
from bench.servers import smtp_sink

FEW = 10_000
BATCHES = FEW // 500


def measure(kit: Kit) -> list[Row]:
    """Goals: 1.2 for the whole engine, 2.0 for the claim; 1.1 for the claim from 1 to 10 million."""
    few, many = kit.database(FEW), kit.database(kit.many, old=3 * kit.many)
    with smtp_sink(kit.room) as port:
        ways = {
            f"{FEW:,}": lambda: engine.run(kit, few, port, FEW).rate,
            f"{kit.many:,}": lambda: engine.run(kit, many, port, FEW).rate,
        }
        found = interleaved(kit.rounds, ways)
    small, large = found.values()
    what = f"engine, cost of a mail at {kit.many:,} / {FEW:,}"
    rows = [_at_most(what, 1.2, small, large, rates(found))]  # rates: the cost is the inverse
    claims = interleaved(kit.rounds, {"few": lambda: _claims(kit, few), "many": lambda: _claims(kit, many)})
    what = f"claim alone at {kit.many:,} / {FEW:,}"
    rows.append(_at_most(what, 2.0, claims["many"], claims["few"], _words(claims)))
    if not kit.quick:
        most = kit.database(10 * kit.many)
        claims = interleaved(kit.rounds, {"1M": lambda: _claims(kit, many), "10M": lambda: _claims(kit, most)})
        what = f"claim alone at {10 * kit.many:,} / {kit.many:,}"
        rows.append(_at_most(what, 1.1, claims["10M"], claims["1M"], _words(claims)))
        kit.drop(most)
    return rows


def _at_most(what: str, goal: float, a: list[float], b: list[float], note: str) -> Row:
    middle, words = ratio(a, b)
    return Row(what, f"<= {goal:g}", words, middle <= goal, note)


def _claims(kit: Kit, db: Seeded) -> float:
    """The median seconds of one claim of 500, the first two left out: they read the course and plan the statements."""
    db.reset(FEW)
    with opened(kit, db) as one:
        return statistics.median([claim_seconds(one) for _ in range(BATCHES)][2:])


def _words(claims: dict[str, list[float]]) -> str:
    return ", ".join(f"{name} {statistics.median(each) * 1000:.1f} ms for 500" for name, each in claims.items())
