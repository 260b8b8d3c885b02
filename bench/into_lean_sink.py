"""The whole engine against smtp-source, both into a sink that costs next to nothing.

Fair because smtp-sink takes more CPU for a mail than either sender and would hide the difference; this sink takes a
tenth of that, and so what is compared is the senders. Same sink, same size, in turns.
"""

from __future__ import annotations

from bench import engine, ways
from bench.kit import Kit, Row, at_least, interleaved, rates
from bench.servers import lean_sink


def measure(kit: Kit) -> list[Row]:
    """Goal: 1.0 of smtp-source."""
    db = kit.database(kit.mails)
    mail = ways.the_mail(kit, db)
    with lean_sink(kit.room, kit.lean) as sink:
        found = interleaved(
            kit.rounds,
            {
                "smtp-source": lambda: ways.smtp_source(sink.port, kit.mails, mail.stat().st_size),
                "without -d": lambda: ways.smtp_source(sink.port, kit.mails, mail.stat().st_size, kept=False),
                "engine": lambda: engine.run(kit, db, sink.port, kit.mails).rate,
                "raw client": lambda: ways.raw_client(sink.port, kit.mails, mail),
            },
        )
    return [
        at_least("engine / smtp-source -s 10, lean sink", 1.0, found["engine"], found["without -d"], rates(found)),
        at_least("the same into it, sessions kept open (-d)", 1.0, found["engine"], found["smtp-source"]),
    ]
