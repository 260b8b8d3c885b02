"""Sends the mails outside the sequence (confirm, left, paused, …) from their queue: claim, send, settle.

Before that it looks at the sign-ups that wait, so that their confirm mails go at once.

A copy too many of these does no harm, so there is no journal and no doubt: an unread reply means another try.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from dripcourse.domain.retry import Follow, Verdict, after_attempt
from dripcourse.errors import DripcourseError
from dripcourse.flows import signup
from dripcourse.flows.books import Book
from dripcourse.flows.engine import Engine
from dripcourse.flows.letters import notice_letter
from dripcourse.flows.repeating import again_letter, still_going
from dripcourse.flows.telling import note_picked_up, still_quiet
from dripcourse.flows.transmit import LeaseEnded, UnfitLetter, heard
from dripcourse.mail.sentences import spoken
from dripcourse.mail.transports import NO_ANSWER, Reply, Session
from dripcourse.spelling import spell_day
from dripcourse.storage import courses, enrollments, events, notices, subscribers, suppressions
from dripcourse.storage.database import Transaction
from dripcourse.storage.events import Event
from dripcourse.storage.notices import Notice
from dripcourse.storage.subscribers import Subscriber

#: The links each template offers: slot -> (purpose, the context entry that holds the public id; "" is the notice's).
_OF_RUN = {"me_url": ("me", "enrollment"), "leave_url": ("leave", "enrollment")}
_LINKS = {
    "confirm": {"confirm_url": ("confirm", ""), "decline_url": ("decline", "")},
    "left": {"undo_url": ("undo", "enrollment"), "me_url": ("me", "enrollment")},
    "already": _OF_RUN,
    "data": {"data_url": ("data", "")},
    "erase": {"erase_url": ("erase", "")},
    "paused": _OF_RUN,
    "pick-up": _OF_RUN,
    "resumed": _OF_RUN,
}
_LIMIT = 100


class _NotWanted(Exception):
    """The mail may not go any more; the words say why."""


def send_notices(engine: Engine) -> int:
    """Send up to 100 due notices; how many were looked at. A sign-up that has lapsed gets no confirm mail.

    Each is claimed by itself: at a slow server the lease of a whole batch would end in its middle, and everything
    behind that point would be sent twice. Raises, when all the others are done, what kept a row from being settled.
    """
    looked_at, trouble = 0, _taken_in(engine)
    with engine.transport.session() as session:
        while looked_at < _LIMIT:
            now = engine.clock()
            lease_until = now + engine.lease
            with engine.db.writing() as tx:
                claimed = notices.claim(tx, now=now, lease_until=lease_until, limit=1)
            if not claimed:
                break
            looked_at += 1
            try:
                _settle(engine, claimed[0], _send(engine, session, claimed[0], lease_until))
            except Exception as error:  # it stays claimed until its lease ends; those behind it must not wait
                trouble = error
    if trouble is not None:
        raise trouble
    return looked_at


def _taken_in(engine: Engine) -> Exception | None:
    """Look at the sign-ups that wait; what went wrong must not stop the mails that are due already."""
    try:
        signup.take_in(engine)
    except Exception as error:
        return error
    return None


def _send(engine: Engine, session: Session, one: Notice, lease_until: datetime) -> tuple[Verdict, int] | None:
    """What follows and the server's code; None where the lease ended before the dot: then nothing was sent."""

    def before_dot() -> None:
        if engine.clock() >= lease_until:
            raise LeaseEnded

    try:
        person = _still_wanted(engine, one, lease_until)
        build = _letter(engine, one, lease_until)
        reply = session.deliver(engine.envelope_sender, person.address, build, before_dot)
    except _NotWanted as why:
        return Verdict(Follow.FAIL, None, str(why)), 0
    except LeaseEnded:
        return None
    except DripcourseError as error:
        reply = Reply(NO_ANSWER, str(error), "build", accepted=False)
    except Exception as error:  # one broken row must not stop those behind it, whatever is wrong with it
        reply = Reply(NO_ANSWER, f"this mail could not be sent: {type(error).__name__}: {error}", "build", False)
    code, text = heard(reply)
    verdict = after_attempt(
        accepted=reply.accepted, in_doubt=False, code=code, text=text, attempts=one.attempts,
        first_at=one.created_at, now=engine.clock(), seed=one.public_id,
    )  # fmt: skip
    return verdict, reply.code


def _letter(engine: Engine, one: Notice, lease_until: datetime) -> Callable[[], bytes]:
    """Makes the mail once the server is there: connecting can take minutes, so consent is read again then."""

    def build() -> bytes:
        person = _still_wanted(engine, one, lease_until)
        try:
            if one.template == "again":
                return again_letter(engine, one, person)
            with engine.db.reading() as tx:
                book = _book(engine, tx, one)
                mail = book.notice(tx, one.template, str(one.context.get("language", "")), engine.brand)
            values, run = _values(engine, one), str(one.context.get("enrollment", ""))
            no_more = engine.links.url("decline-now", one.public_id) if one.template == "confirm" else ""
            if one.template == "confirm":
                values["signed_up"] = spell_day(one.created_at.date(), spoken(mail.language))
            return notice_letter(engine, book, mail, person, one.message_id, values, engine.clock(), run, no_more)
        except Exception as error:
            raise UnfitLetter(f"this mail could not be made: {type(error).__name__}: {error}") from error

    return build


def _still_wanted(engine: Engine, one: Notice, lease_until: datetime) -> Subscriber:
    """The person it is for, as of this moment. Raises _NotWanted, or LeaseEnded where it is no longer ours to send."""
    now = engine.clock()
    if now + engine.margin >= lease_until:
        raise LeaseEnded
    with engine.db.reading() as tx:
        current = notices.by_public_id(tx, one.public_id)
        if current is None or current.fence != one.fence:  # taken over, or its person was erased
            raise LeaseEnded
        person = subscribers.by_id(tx, one.subscriber_id)
        dead = suppressions.reason(tx, person.address_key)  # who declined is suppressed, too
        quiet = one.template != "pick-up" or still_quiet(tx, one, now)
        left = one.template == "again" and not still_going(tx, one)
    if dead:
        raise _NotWanted(f"suppressed: {dead}")
    if left:
        raise _NotWanted("its reader has left since he asked for it")
    if not quiet:
        raise _NotWanted("its reader is there again, or has stopped")
    if one.template == "confirm" and now - one.created_at > engine.signup_lapse:
        raise _NotWanted(f"the sign-up lapsed after {engine.signup_lapse.days} days; its link would lead nowhere")
    # Whoever filled in the form typed the name: nothing of his gets into a mail to somebody who has not confirmed.
    return replace(person, name="", fields={}) if one.template == "confirm" else person


def _settle(engine: Engine, one: Notice, outcome: tuple[Verdict, int] | None) -> None:
    """Write the outcome down; once more in our own words where the database does not take the server's."""
    if outcome is None:
        return
    verdict, code = outcome
    try:
        _write(engine, one, verdict, code)
    except Exception as error:
        follow = Follow.FAIL if verdict.follow is Follow.SUPPRESS else verdict.follow
        why = f"what the server said could not be kept: {type(error).__name__}"
        _write(engine, one, replace(verdict, follow=follow, why=why), code)


def _write(engine: Engine, one: Notice, verdict: Verdict, code: int) -> None:
    now = engine.clock()
    state = {Follow.SENT: "sent", Follow.LATER: "queued"}.get(verdict.follow, "failed")
    with engine.db.writing() as tx:
        notices.settle(
            tx, one, state=state, due_at=verdict.at if state == "queued" else None,
            sent_at=now if state == "sent" else None, code=code, error=verdict.why,
        )  # fmt: skip
        if state == "sent" and one.template == "pick-up":
            note_picked_up(tx, one, now)
        if verdict.follow is Follow.SUPPRESS:
            _note_dead(tx, one, verdict.why, now)


def _note_dead(tx: Transaction, one: Notice, why: str, now: datetime) -> None:
    person, data = subscribers.by_id(tx, one.subscriber_id), {"why": why, "mail": one.template}
    if "course_id" in one.context:
        data["course"] = courses.by_id(tx, int(one.context["course_id"])).slug
    events.record(tx, [Event(now, "hard-bounce", "engine", person.id, data=data)])
    suppressions.add(tx, person.address_key, "hard-bounce", now)


def _book(engine: Engine, tx: Transaction, one: Notice) -> Book:
    """The course it is about, as it is published now."""
    if "course_id" in one.context:
        course_id = int(one.context["course_id"])
    else:
        course_id = enrollments.by_public_id(tx, one.context["enrollment"]).course_id
    return engine.shelf.book(tx, courses.by_id(tx, course_id).version_id)


def _values(engine: Engine, one: Notice) -> dict[str, str]:
    """What goes into its slots: its links, and its sentence."""
    links = {
        slot: engine.links.url(purpose, one.context[entry] if entry else one.public_id)
        for slot, (purpose, entry) in _LINKS[one.template].items()
    }
    return {**links, **{name: str(one.context.get(name, "")) for name in ("sentence", "opt_in")}}
