"""Keeps no longer than is needed what sign-ups leave behind: people who never confirmed, and where consents came from.

    found by index -> locked -> looked at again -> removed; some hundred a transaction

One that cannot be removed is told in the log and passed over: the others go all the same, and so does the tick.
Whoever comes back after that is new. Nothing recognises him: he asked for nothing, so nothing has to be refused. Only
"this was not me" in his mail still counts (flows/forgotten.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from dripcourse.flows import forgotten as mails
from dripcourse.logs import get_logger
from dripcourse.storage import forgotten, lapses
from dripcourse.storage.database import DATABASE_GONE, Database, Transaction

log = get_logger(__name__)

#: Rows a transaction.
BATCH = 200
#: Batches of each for one beat of the scheduler.
A_BEAT = 4
#: A confirm link may be pressed up to its last moment; after that, a day for whoever asks why it did not work.
GRACE = timedelta(days=1)
#: How long a consent says from which network it came: long enough to look into abuse.
NETWORKS_KEPT = timedelta(days=30)

Step = Callable[[Database, datetime], int]


@dataclass(frozen=True)
class Forgotten:
    """How many people who never confirmed were removed, and how many consents lost their network."""

    people: int
    networks: int


def forget(
    db: Database, keys: tuple[str, ...], lapse: timedelta, now: datetime, *, most: int | None = None
) -> Forgotten:
    """Remove whose sign-up lapsed `lapse` and a day ago, and networks older than thirty days; all, or so many batches.

    `keys` are those of the links, oldest first. Any number of callers may do it at once; what was committed stays if
    the process dies.
    """
    _batches(_mails, db, now - mails.KEPT, most)
    return Forgotten(
        _people(Search(db, keys, now - lapse - GRACE, now), most),
        _batches(_networks, db, now - NETWORKS_KEPT, most),
    )


def foresee(db: Database, lapse: timedelta, now: datetime) -> int:
    """How many people `forget` would remove; nothing is written."""
    with db.reading() as tx:
        return lapses.count_lapsed(tx, now - lapse - GRACE)


def _batches(step: Step, db: Database, before: datetime, most: int | None) -> int:
    done = 0
    for _ in count() if most is None else range(most):
        found = step(db, before)
        done += found
        if found < BATCH:
            break
    return done


@dataclass(frozen=True)
class Search:
    """For people who were asked for the last time before that moment, made at another; `keys` mark their addresses."""

    db: Database
    keys: tuple[str, ...]
    before: datetime
    now: datetime


def _people(search: Search, most: int | None) -> int:
    """Looked for in a transaction that only reads: mostly there is nothing."""
    done, last = 0, None
    for _ in count() if most is None else range(most):
        with search.db.reading() as tx:
            found = lapses.lapsed(tx, search.before, BATCH, last)
        if found:
            done += _remove_all(search, [one.id for one in found])
        if len(found) < BATCH:
            break
        last = found[-1]  # what could not be removed lies behind it
    return done


def _remove_all(search: Search, ids: list[int]) -> int:
    """These in one transaction, or, where something about one of them cannot be, each in one of his own."""
    try:
        return search.db.write(lambda tx: _remove(tx, search, ids))
    except DATABASE_GONE:
        raise
    except Exception:  # whatever it is, it is about one of them
        return sum(_remove_alone(search, one) for one in ids)


def _remove_alone(search: Search, one: int) -> int:
    try:
        return search.db.write(lambda tx: _remove(tx, search, [one]))
    except DATABASE_GONE:
        raise
    except Exception as error:
        log.error("one who never confirmed cannot be removed", subscriber=one, error=str(error).partition("\n")[0])
        return 0


def _remove(tx: Transaction, search: Search, ids: list[int]) -> int:
    found = lapses.held(tx, ids, search.before)
    mails.remember(tx, search.keys, found, search.now)
    lapses.remove(tx, found)
    return len(found)


def _mails(db: Database, before: datetime) -> int:
    with db.reading() as tx:
        ids = forgotten.aged(tx, before, BATCH)
    if ids:
        db.write(lambda tx: forgotten.remove(tx, ids))
    return len(ids)


def _networks(db: Database, before: datetime) -> int:
    with db.reading() as tx:
        ids = lapses.networks(tx, before, BATCH)
    if ids:
        db.write(lambda tx: lapses.forget_networks(tx, ids))
    return len(ids)
