"""Sends what is due. Claim, send, settle: the ledger row comes before the network, and no transaction spans it.

    claim | decide | rows become "sending" | commit | SMTP, journal in hand | settle | commit

Where several batches follow each other, the next is claimed and the last settled on a second thread, while this one
is on the wire: the connections never wait for the database.

Crash anywhere: rows still "sending" when their lease ends are looked up in the journal by whoever claims them next.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from dripcourse.faults import reached
from dripcourse.flows.claim import Claim
from dripcourse.flows.claiming import claim_due
from dripcourse.flows.engine import Engine
from dripcourse.flows.leftovers import take_over_dead
from dripcourse.flows.settling import UNSETTLED, settle_all
from dripcourse.flows.transmit import Batch, Parcel
from dripcourse.mail.transports import Outgoing, Session

#: A recipient domain whose last mail took this long, in seconds, must not keep others waiting. (A mail that follows
#: another on its connection also waits for that one's answer.)
_SLOW = 1.0
_UNKNOWN = (_SLOW, 0.0)
#: Seconds for which it counts that a domain was quick.
_LATELY = 5.0
_T = TypeVar("_T")


@dataclass
class Report:
    """What was done. `claimed` counts rows looked at; nothing claimed means nothing is due. `outcomes` are of mails
    that were to be sent, `decided` of what was settled without sending: moved, recovered, in doubt, stopped.
    """

    claimed: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    decided: Counter[str] = field(default_factory=Counter)

    def count(self, kind: str) -> None:
        """One more of that kind."""
        self.outcomes[kind] = self.outcomes.get(kind, 0) + 1


def send_due(engine: Engine, batches: int = 1, seconds: float = float("inf")) -> Report:
    """Claim due lessons, send them, settle them: up to that many batches, none begun after that many seconds.

    Safe to run anywhere, any number of times, at once. Ends early where nothing is due any more, or where the relay
    cannot be reached: the rest is still due. Raises, when all that was begun is settled, what went wrong meanwhile.
    """
    until = time.monotonic() + seconds
    take_over_dead(engine, engine.clock())
    with engine.transport.session() as session, _second_hand(batches) as hand:
        pump = Pump(engine, session, hand, batches, until)
        try:
            session.deliver_all(engine.envelope_sender, pump)
        except Exception as error:  # what is known is settled all the same
            pump.break_off(error)
        return pump.finish()


def _second_hand(batches: int) -> Executor:
    """Who does the database's part: a thread of its own, or, where nothing can overlap, the caller himself."""
    return ThreadPoolExecutor(1, thread_name_prefix="batches") if batches > 1 else _Inline()


class _Inline(Executor):
    """Does at once what it is given."""

    def submit(self, fn: Callable[..., _T], /, *args: Any, **kwargs: Any) -> Future[_T]:
        """A future that is done already."""
        done: Future[_T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


class Pump:
    """The `Queue` between the database and the wire: batches come in at one end, answers go back at the other."""

    def __init__(self, engine: Engine, session: Session, hand: Executor, batches: int, until: float) -> None:
        self.engine = engine
        self._session = session
        self._hand = hand
        self._until = until
        self._left = batches
        self._begun = False
        self._report = Report()
        self._busy: Counter[str] = Counter()  # connections by recipient domain
        self._took: dict[str, tuple[float, float]] = {}  # by domain: seconds that its last mail took, and when that was
        self._share = max(1, engine.connections // 4)
        self._going: list[Batch] = []
        self._settled: list[Future[list[str]]] = []
        self._trouble: list[BaseException] = []
        self._coming: Future[Claim] | None = None
        self._claim_ahead()

    @property
    def finished(self) -> bool:
        """Whether no message will come any more."""
        return self._coming is None and not any(batch.waiting for batch in self._going)

    def take(self) -> Parcel | None:
        """The next message to begin: first for domains that hold less than a quarter of the connections, then for any
        that is known to answer quickly, and only where there is none such for a slow one.
        """
        if self._coming is None or self._coming.done():
            self._fetch()
        for may in (self._has_room, self._is_quick, None):
            for batch in self._going:
                parcel = batch.next(may)
                if parcel is not None:
                    self._busy[parcel.domain] += 1
                    parcel.begun = time.monotonic()
                    return parcel
            if may == self._is_quick and self._put_off_slow():
                return self.take()
        for batch in list(self._going):
            self._settle_if_done(batch)
        return None

    def _has_room(self, domain: str) -> bool:
        return self._busy[domain] < self._share

    def _is_quick(self, domain: str) -> bool:
        return self._took.get(domain, _UNKNOWN)[0] < _SLOW

    def put_back(self, one: Outgoing) -> None:
        """It was not begun after all; another connection takes it."""
        if isinstance(one, Parcel):  # it took nothing else
            self._busy[one.domain] -= 1
            one.batch.put_back(one)

    def ended(self, parcel: Parcel) -> None:
        """It has its outcome."""
        self._busy[parcel.domain] -= 1
        now = time.monotonic()
        self._took[parcel.domain] = (now - parcel.begun, now)
        self._settle_if_done(parcel.batch)

    def break_off(self, error: Exception) -> None:
        """No more is sent, for this reason. What was not begun is given back, what has its answer is settled."""
        self._trouble.append(error)
        self._left = 0
        if self._coming is not None:
            self._coming.exception()
            self._fetch()
        for batch in list(self._going):
            batch.give_back()
            self._settle_if_done(batch)

    def finish(self) -> Report:
        """What was done. Raises the first error of a claim or a settlement."""
        for future in self._settled:
            if (error := future.exception()) is not None:
                self._trouble.append(error)
                continue
            for kind in future.result():
                self._report.count(kind)
        if self._trouble:
            raise self._trouble[0]
        return self._report

    def _claim_ahead(self) -> None:
        """Claim another batch while the last is being begun, and no more: nobody else can send what is claimed."""
        left = sum(batch.left for batch in self._going)
        if self._left <= 0 or self._coming is not None or left >= self.engine.batch_size:
            return
        if self._begun and time.monotonic() >= self._until:
            return
        self._begun = True  # one batch is always sent
        self._left -= 1
        self._coming = self._hand.submit(self._claim)
        self._coming.add_done_callback(lambda _: self._session.wake())

    def _put_off_slow(self) -> bool:
        """Where claims are stopped by mail for slow domains, which is the lesser part, and others are quick at this
        moment: what their share cannot take soon waits in the database. Whether there was any.
        """
        left, claimed = sum(b.left for b in self._going), sum(len(b.claim.jobs) for b in self._going)
        if self._coming is not None or self._left <= 0 or left < self.engine.batch_size or 2 * left > claimed:
            return False
        if not self._is_anybody_quick():
            return False
        slow = [domain for domain in self._took if not self._is_quick(domain)]
        keep = 4 * self._share
        put_off = 0
        for batch in self._going:
            gone, keep = batch.put_off(slow, keep)
            put_off += gone
        return put_off > 0

    def _is_anybody_quick(self) -> bool:
        now = time.monotonic()
        return any(seconds < _SLOW and now - at < _LATELY for seconds, at in self._took.values())

    def _claim(self) -> Claim:
        reached("before_claim")
        claim = claim_due(self.engine, claim_id=uuid.uuid4().hex, now=self.engine.clock())
        reached("after_claim")
        return claim

    def _fetch(self) -> None:
        while self._coming is not None and self._coming.done():
            coming, self._coming = self._coming, None
            if (error := coming.exception()) is not None:  # what is on the wire is settled first
                self._trouble.append(error)
                self._left = 0
                return
            claim = coming.result()
            self._report.claimed += claim.looked_at
            self._report.decided.update(event.kind for event in claim.ledger)
            if not claim.looked_at:  # nothing is due
                self._left = 0
            if claim.jobs:
                self._going.append(Batch(self.engine, claim, self.ended))
            self._claim_ahead()
        self._claim_ahead()

    def _settle_if_done(self, batch: Batch) -> None:
        if batch.done and batch in self._going:
            self._going.remove(batch)
            if batch.unreachable:  # whatever is still due will not get through either
                self._left = 0
            self._settled.append(self._hand.submit(self._settle, batch))

    def _settle(self, batch: Batch) -> list[str]:
        reached("before_settle")
        kinds = settle_all(self.engine, batch.outcomes, batch.claim)
        reached("after_settle")
        if batch.claim.journal is not None and UNSETTLED not in kinds:  # else it still knows of an acceptance
            batch.claim.journal.discard()
        return kinds
