"""The engine inside the bench's own process, for what is measured without a worker: one claim, one tick."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from bench.kit import Kit
from bench.processes import Failed
from bench.seed import Seeded
from dripcourse import config
from dripcourse.flows.claiming import claim_due
from dripcourse.flows.engine import Engine, build_engine
from dripcourse.mail.transports.null import NullTransport
from dripcourse.storage.database import open_database


@contextmanager
def opened(kit: Kit, db: Seeded) -> Iterator[Engine]:
    """An engine on that database that sends nothing."""
    settings = config.load(kit.settings(database_url=db.url, state_dir=kit.room / "inside"))
    database = open_database(settings.database_url)
    try:
        yield build_engine(settings, database, lambda: datetime.now(UTC), NullTransport())
    finally:
        database.close()


def claim_seconds(engine: Engine) -> float:
    """Seconds for the claim of one full batch. Raises Failed where fewer are due."""
    started = time.perf_counter()
    claim = claim_due(engine, claim_id=uuid.uuid4().hex, now=engine.clock())
    took = time.perf_counter() - started
    if len(claim.jobs) != engine.batch_size:
        raise Failed(f"a claim took {len(claim.jobs)} of {engine.batch_size}")
    if claim.journal is not None:
        claim.journal.discard()
    return took
