"""The whole engine against `smtp-source -N` into a real Postfix that discards what it takes.

Fair because both meet the same relay with an empty queue, with mails of the same size, and -N gives smtp-source a new
recipient each time, as the engine has. The relay writes each mail to its queue on the disk before it says yes.
"""

from __future__ import annotations

from bench import engine, ways
from bench.kit import Kit, Row, at_least, interleaved, rates
from bench.postfix import postfix, until_empty

SHARE = 10  # a real relay takes a tenth of what a sink takes: so many mails fewer keep the run short


def measure(kit: Kit) -> list[Row]:
    """Goal: 0.85 of smtp-source."""
    db = kit.database(kit.mails)
    size = ways.the_mail(kit, db).stat().st_size
    number = max(1, kit.mails // SHARE)
    with postfix(kit.room) as (port, queue):

        def ours() -> float:
            until_empty(queue)
            return engine.run(kit, db, port, number).rate

        def theirs() -> float:
            until_empty(queue)
            return ways.smtp_source(port, number, size, "-N")

        theirs()  # the first of all pays for Postfix's processes
        found = interleaved(kit.rounds, {"engine": ours, "smtp-source -N": theirs})
    row = at_least("engine / smtp-source -N, Postfix", 0.85, found["engine"], found["smtp-source -N"], rates(found))
    return [row]
