"""The whole engine against smtp-source and against a raw pipelined client, all into the same smtp-sink.

Fair because all meet the same sink in turns with mails of the same size. smtp-source (C, ten sessions, as it comes and
with its sessions kept open) and the raw client send one prebuilt mail and do nothing else; the engine claims, builds,
signs, journals and settles.
"""

from __future__ import annotations

from bench import engine, ways
from bench.kit import Kit, Row, at_least, interleaved, rates
from bench.servers import smtp_sink


def measure(kit: Kit) -> list[Row]:
    """Goals: 1.0 of smtp-source, 0.85 of the raw client."""
    db = kit.database(kit.mails)
    mail = ways.the_mail(kit, db)
    size = mail.stat().st_size
    with smtp_sink(kit.room) as port:
        found = interleaved(
            kit.rounds,
            {
                "smtp-source": lambda: ways.smtp_source(port, kit.mails, size),
                "without -d": lambda: ways.smtp_source(port, kit.mails // 2, size, kept=False),
                "engine": lambda: engine.run(kit, db, port, kit.mails).rate,
                "raw client": lambda: ways.raw_client(port, kit.mails, mail),
            },
        )
    note = f"{rates(found)}; a mail has {size:,} bytes"
    return [
        at_least("engine / smtp-source -s 10, smtp-sink", 1.0, found["engine"], found["without -d"], note),
        at_least("the same, sessions kept open (-d)", 1.0, found["engine"], found["smtp-source"]),
        at_least("engine / raw pipelined client, smtp-sink", 0.85, found["engine"], found["raw client"]),
    ]
