"""What the readers of one batch said of themselves, for the lessons that mention it; it words nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dripcourse.flows.jobs import Job
from dripcourse.storage import subscribers
from dripcourse.storage.database import Database


class Given:
    """Their fields: read for all of them when the first lesson that mentions any is made, else never."""

    def __init__(self, db: Database, people: Sequence[int]) -> None:
        self._db = db
        self._people = people
        self._fields: Mapping[int, Mapping[str, object]] | None = None

    def by(self, job: Job) -> Mapping[str, object]:
        """Those of the job's reader; none where he was erased meanwhile."""
        if self._fields is None:
            with self._db.reading() as tx:
                self._fields = subscribers.fields_of(tx, self._people)
        return self._fields.get(job.claimed.subscriber_id, {})
