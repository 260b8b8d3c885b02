"""Sends the mails outside a course (confirm, left) from their queue: claim, send, settle, like lessons.

A copy too many of these does no harm, so there is no journal and no doubt: an unread reply means another try.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from dripcourse.domain.retry import Follow, Verdict, after_attempt
from dripcourse.errors import DripcourseError
from dripcourse.flows.engine import Engine
from dripcourse.flows.letters import notice_letter
from dripcourse.flows.transmit import UnfitLetter, heard
from dripcourse.mail.brand import Brand
from dripcourse.mail.compile import compile_notice
from dripcourse.mail.slots import CompiledMail
from dripcourse.mail.transports import NO_ANSWER, Reply, Session
from dripcourse.storage import notices, subscribers, suppressions
from dripcourse.storage.database import Transaction
from dripcourse.storage.notices import Notice
from dripcourse.storage.subscribers import Subscriber

#: The links each template offers: slot -> (purpose, the context entry that holds the public id; "" is the notice's).
_LINKS = {
    "confirm": {"confirm_url": ("confirm", ""), "decline_url": ("decline", "")},
    "left": {"undo_url": ("undo", "enrollment")},
}
_LIMIT = 100


def send_notices(engine: Engine) -> int:
    """Send one batch of due notices; how many were looked at."""
    now = engine.clock()
    with engine.db.writing() as tx:
        batch = notices.claim(tx, now=now, lease_until=now + engine.lease, limit=_LIMIT)
        people = subscribers.many(tx, [one.subscriber_id for one in batch])
        dead = suppressions.among(tx, [person.address_key for person in people.values()])
    if not batch:
        return 0
    with engine.transport.session() as session:
        for one in batch:
            person = people[one.subscriber_id]
            if person.address_key in dead:
                _settle(engine, one, Verdict(Follow.FAIL, None, f"suppressed: {dead[person.address_key]}"), 0)
            else:
                _settle(engine, one, *_send(engine, session, one, person))
    return len(batch)


def _send(engine: Engine, session: Session, one: Notice, person: Subscriber) -> tuple[Verdict, int]:
    def build() -> bytes:
        try:
            mail = _compiled(one.template, tuple(sorted(_shown(one).items())), engine.brand, person.locale)
            return notice_letter(engine, mail, person, one.message_id, _urls(engine, one), engine.clock())
        except Exception as error:  # one broken notice must not stop those behind it, whatever is wrong with it
            raise UnfitLetter(f"this mail could not be made: {type(error).__name__}: {error}") from error

    try:
        reply = session.deliver(engine.envelope_sender, person.address, build, lambda: None)
    except DripcourseError as error:
        reply = Reply(NO_ANSWER, str(error), "build", accepted=False)
    code, text = heard(reply)
    verdict = after_attempt(
        accepted=reply.accepted, in_doubt=False, code=code, text=text, attempts=one.attempts,
        first_at=one.created_at, now=engine.clock(), seed=one.public_id,
    )  # fmt: skip
    return verdict, reply.code


def _settle(engine: Engine, one: Notice, verdict: Verdict, code: int) -> None:
    now = engine.clock()
    state = {Follow.SENT: "sent", Follow.LATER: "queued"}.get(verdict.follow, "failed")
    with engine.db.writing() as tx:
        notices.settle(
            tx, one, state=state, due_at=verdict.at if state == "queued" else None,
            sent_at=now if state == "sent" else None, code=code, error=verdict.why,
        )  # fmt: skip
        if verdict.follow is Follow.SUPPRESS:
            _note_dead(tx, one, now)


def _note_dead(tx: Transaction, one: Notice, now: datetime) -> None:
    person = subscribers.by_id(tx, one.subscriber_id)
    suppressions.add(tx, person.address_key, "hard-bounce", now)


def _shown(one: Notice) -> dict[str, str | int]:
    return {k: v for k, v in one.context.get("shown", {}).items() if isinstance(v, str | int)}


def _urls(engine: Engine, one: Notice) -> dict[str, str]:
    return {
        slot: engine.links.url(purpose, one.context[entry] if entry else one.public_id)
        for slot, (purpose, entry) in _LINKS[one.template].items()
    }


@lru_cache(maxsize=256)
def _compiled(template: str, shown: tuple[tuple[str, str | int], ...], brand: Brand, language: str) -> CompiledMail:
    return compile_notice(template, dict(shown), brand, language)
