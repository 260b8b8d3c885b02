"""The mails that come to the unsubscribe address: each ends its reader's course, or is passed over. No mail twice."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from dripcourse.domain.consent import Inbound
from dripcourse.errors import NotFound
from dripcourse.flows import inbound
from dripcourse.flows.engine import Engine
from dripcourse.logs import get_logger
from dripcourse.mail.leaving_mail import asked

log = get_logger(__name__)


class Became(StrEnum):
    """What became of a mail."""

    LEFT = "left"  # nothing more is sent; also where that was so before
    NOBODY = "nobody"  # a mark of ours, and its person was erased
    FORGED = "forged"  # a mark, and none of ours
    NO_MARK = "no-mark"
    AUTOMATIC = "automatic"
    TOO_BIG = "too-big"
    UNREADABLE = "unreadable"


def take(engine: Engine, raw: bytes, sender: str | None, now: datetime) -> Became:
    """Let go whoever's mark the mail carries; when it returns, that is in the database.

    Who sent it does not matter: the mark is his who has the mail it came with, as with one click. It is logged by its
    fate alone, with no address and no word of it.
    """
    found = asked(raw, sender)
    fate = _leave(engine, found.marks, now) if found.marks else Became(found.why)
    log.info("unsubscribe-mail", became=fate.value, bytes=len(raw))
    return fate


def _leave(engine: Engine, marks: tuple[str, ...], now: datetime) -> Became:
    fate = Became.FORGED
    for mark in marks:
        try:
            public_id = engine.links.read("mail-leave", mark)
        except NotFound:
            continue
        try:
            inbound.leave(engine, public_id, Inbound.BY_MAIL, now, how="mail")
            return Became.LEFT
        except NotFound:
            fate = Became.NOBODY
    return fate
