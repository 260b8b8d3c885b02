"""The engine with its acceptance journal against the engine without, into the lean sink.

Fair because only the journal differs (bench/switched.py), and the lean sink leaves the engine the most to do: what
the journal costs shows there most.
"""

from __future__ import annotations

from bench import engine
from bench.kit import Kit, Row, at_least, interleaved, rates
from bench.servers import lean_sink


def measure(kit: Kit) -> list[Row]:
    """Goal: 0.95 of the rate without."""
    db = kit.database(kit.mails)
    with lean_sink(kit.room, kit.lean) as sink:
        found = interleaved(
            kit.rounds,
            {
                "with": lambda: engine.run(kit, db, sink.port, kit.mails).rate,
                "without": lambda: engine.run(kit, db, sink.port, kit.mails, app="bench.switched").rate,
            },
        )
    return [at_least("engine with journal / without", 0.95, found["with"], found["without"], rates(found))]
