"""One claimed batch on its way to the mail server, each answer noted in the journal. No transaction is open meanwhile.

A message's life: take (its consent is read, its envelope goes) -> wire (consent once more, its bytes) -> before_dot
(the journal says "in doubt") -> answered (the journal says what the server said).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from dripcourse.errors import DripcourseError, InputError
from dripcourse.faults import reached
from dripcourse.flows.claim import Claim
from dripcourse.flows.engine import Engine
from dripcourse.flows.given import Given
from dripcourse.flows.jobs import Job, Outcome
from dripcourse.flows.letters import lesson_wire, prepare_lesson
from dripcourse.flows.sentences import Taps
from dripcourse.mail.address import checked
from dripcourse.mail.journal import State
from dripcourse.mail.prepared import Prepared
from dripcourse.mail.transports import NO_ANSWER, Reply
from dripcourse.storage import outcomes

#: How long mail for a domain that answers slowly waits before it is claimed again.
_CONGESTED = timedelta(minutes=1)
#: Stages at which a server speaks of us and not of a mail.
BEFORE_MAIL = ("connect", "tls", "ehlo", "auth")


class UnfitLetter(DripcourseError):
    """One mail cannot be made. It is tried again later, and parked in the end; the batch goes on."""


class LeaseEnded(Exception):
    """The final dot would come after the lease: somebody else may be sending this mail already."""


class Withdrawn(Exception):
    """Its reader left, paused or moved after the claim: nothing of this mail goes out."""


def heard(reply: Reply) -> tuple[int, str]:
    """(code, text) as domain.retry wants them: what a server says before MAIL FROM is about us, whatever its code."""
    if reply.stage in BEFORE_MAIL:
        return NO_ANSWER, f"at {reply.stage}: {reply.code if reply.code > 0 else ''} {reply.text}".replace(":  ", ": ")
    return reply.code, reply.text


class Batch:
    """What is left to hand over of one claim, and what came of the rest."""

    def __init__(self, engine: Engine, claim: Claim, ended: Callable[[Parcel], None]) -> None:
        self.engine = engine
        self.claim = claim
        self.left = len(claim.jobs)  # not begun yet
        self._ended = ended
        self.outcomes: list[Outcome] = []
        self.waiting: dict[str, deque[Parcel]] = {}  # by recipient domain, the one to be served next first
        for job in claim.jobs:
            parcel = Parcel(self, job)
            self.waiting.setdefault(parcel.domain, deque()).append(parcel)
        self._last_begin = claim.lease_until - engine.margin
        self._held = {job.claimed.id: job.claimed.fence for job in claim.jobs}  # those whose dot is not out yet
        self._unwanted: set[int] = set()
        self._looked_at = float("-inf")
        self.taps = Taps(engine.db, [job.claimed.id for job in claim.jobs])
        self.given = Given(engine.db, [job.claimed.subscriber_id for job in claim.jobs])

    @property
    def done(self) -> bool:
        """Whether every job has its outcome."""
        return len(self.outcomes) == len(self.claim.jobs)

    @property
    def unreachable(self) -> bool:
        """Whether the relay could not be reached for any of them."""
        replies = [outcome.reply for outcome in self.outcomes if outcome.reply is not None]
        return bool(replies) and all(reply.stage in BEFORE_MAIL for reply in replies)

    def next(self, may: Callable[[str], bool] | None) -> Parcel | None:
        """The next to begin, of the domains that may have one; they take turns. None where there is none such.

        What has become unwanted, or too late for the lease, ends here.
        """
        for domain in list(self.waiting):
            if may is not None and not may(domain):
                continue
            parcels = self.waiting.pop(domain)
            try:
                parcel = self._first_wanted(parcels)
            finally:
                if parcels:
                    self.waiting[domain] = parcels  # behind the others
            if parcel is not None:
                return parcel
        return None

    def _first_wanted(self, parcels: deque[Parcel]) -> Parcel | None:
        while parcels:
            parcel, now = parcels[0], self.engine.clock()
            wanted = now < self._last_begin and self.still_wanted(parcel.job)
            parcels.popleft()
            self.left -= 1
            if wanted and not parcel.impossible:
                return parcel
            self.outcomes.append(Outcome(parcel.job, parcel.impossible if wanted else None, now))
        return None

    def put_off(self, domains: Collection[str], keep: int) -> tuple[int, int]:
        """All but `keep` of what is left for these domains goes back to the database for a while; (how many went,
        how many more may be kept).
        """
        late: list[Parcel] = []
        for domain in domains:
            parcels = self.waiting.pop(domain, deque())
            kept = deque(parcels.popleft() for _ in range(min(keep, len(parcels))))
            keep -= len(kept)
            late += parcels
            if kept:
                self.waiting[domain] = kept
        self._not_begun(late, _CONGESTED)
        return len(late), keep

    def give_back(self) -> None:
        """Nothing more of it is begun: what is left is due at once again."""
        parcels = [parcel for waiting in self.waiting.values() for parcel in waiting]
        self.waiting.clear()
        self._not_begun(parcels, timedelta(0))

    def _not_begun(self, parcels: Collection[Parcel], wait: timedelta) -> None:
        now = self.engine.clock()
        self.outcomes += (Outcome(parcel.job, None, now, wait) for parcel in parcels)
        self.left -= len(parcels)

    def put_back(self, parcel: Parcel) -> None:
        """It was not begun after all."""
        self.left += 1
        self.waiting.setdefault(parcel.domain, deque()).appendleft(parcel)

    def still_wanted(self, job: Job) -> bool:
        """Whether its reader still wants it: who leaves while a batch is under way gets nothing more.

        One look at the database serves all that begins within `consent_age` of it.
        """
        if self.engine.journals is None:
            return True
        moment = time.monotonic()
        if moment - self._looked_at >= self.engine.consent_age:
            held = list(self._held.items()) if self.engine.consent_age else [(job.claimed.id, job.claimed.fence)]
            with self.engine.db.reading() as tx:
                self._unwanted |= outcomes.no_longer_wanted(tx, held)
            self._looked_at = moment
        return job.claimed.id not in self._unwanted

    def letter(self, job: Job) -> Prepared:
        """The prepared message of its lesson. Raises NotFound or InputError where it cannot be made."""
        book, key = job.group.book, job.group.sheet.lesson_key
        name = book.which(key, job.claimed.language, job.claimed.without)
        found = book.letters.get(name)
        if found is None:
            with self.engine.db.reading() as tx:
                mail = book.mail(tx, name)
            found = book.letters[name] = prepare_lesson(self.engine, book, mail, key)
        return found

    def mark(self, job: Job, state: State, at: datetime) -> None:
        """Note in the journal how far it got."""
        self._held.pop(job.claimed.id, None)
        if self.claim.journal is not None:
            self.claim.journal.mark(job.slot, state, at)

    def end(self, parcel: Parcel, reply: Reply | None, at: datetime) -> None:
        """What came of one that was begun."""
        self.outcomes.append(Outcome(parcel.job, reply, at))
        self._ended(parcel)


class Parcel:
    """One job as the transport sees it (`Outgoing`)."""

    __slots__ = ("batch", "begun", "domain", "impossible", "job", "recipient")

    def __init__(self, batch: Batch, job: Job) -> None:
        self.batch = batch
        self.job = job
        self.begun = 0.0  # monotonic
        self.impossible: Reply | None = None
        try:
            self.recipient = checked(job.claimed.address)
        except InputError as problem:
            self.recipient = job.claimed.address
            self.impossible = Reply(553, f"5.1.3 {problem}; nothing was sent", "rcpt", accepted=False)
        self.domain = self.recipient.rpartition("@")[2]

    def wire(self) -> bytes:
        """The bytes of this mail. Raises Withdrawn, or UnfitLetter for whatever is wrong with it."""
        batch, job = self.batch, self.job
        if not batch.still_wanted(job):
            raise Withdrawn
        row = job.claimed
        try:
            letter = batch.letter(job)
            return lesson_wire(
                batch.engine,
                letter,
                public_id=row.public_id,
                address=row.address,
                name=row.name,
                signed_up=row.created_at,
                message_id=job.message_id,
                now=batch.engine.clock(),
                sentence=batch.taps.sentence(job) if "sentence" in letter.names else "",
                fields=batch.given.by(job) if letter.mentions else {},
            )
        except Exception as error:  # one broken lesson or row must not stop the others, whatever is wrong with it
            raise UnfitLetter(f"this mail could not be made: {type(error).__name__}: {error}") from error

    def before_dot(self) -> None:
        """From here on the server may have it. Raises LeaseEnded."""
        now = self.batch.engine.clock()
        if now >= self.batch.claim.lease_until:
            raise LeaseEnded
        self.batch.mark(self.job, State.IN_DOUBT, now)

    def answered(self, reply: Reply) -> None:
        """The server's word, or what takes its place."""
        at = self.batch.engine.clock()
        reached("before_journal")
        if not reply.in_doubt:
            self.batch.mark(self.job, State.ACCEPTED if reply.accepted else State.REFUSED, at)
        reached("after_journal")
        self.batch.end(self, reply, at)

    def failed(self, error: Exception) -> None:
        """Nothing of it was sent, for a reason of ours. What is no known reason goes up."""
        if isinstance(error, Withdrawn | LeaseEnded):
            self.batch.end(self, None, self.batch.engine.clock())
        elif isinstance(error, DripcourseError):  # an unfit letter, an impossible sender: final for nobody
            self.answered(Reply(NO_ANSWER, str(error), "build", accepted=False))
        else:
            self.batch.end(self, None, self.batch.engine.clock())
            raise error
