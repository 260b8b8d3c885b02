"""What follows an inbound event: which consent ends, whether the address is suppressed, what may still be sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

#: For how long leaving can be undone from the mail or the page that confirms it.
UNDO_FOR = timedelta(days=1)


class Inbound(StrEnum):
    """What can come in from a person or from his mail server."""

    LEFT = "left"  # the leave page
    ONE_CLICK = "one-click"  # RFC 8058
    BY_MAIL = "mail"  # a mail to the address in List-Unsubscribe (RFC 2369)
    DECLINED = "declined"  # "this was not me", on a sign-up
    COMPLAINT = "complaint"
    HARD_BOUNCE = "hard-bounce"
    RETURNED = "returned"  # the undo link after leaving


class Scope(StrEnum):
    """How much an event ends."""

    NOTHING = "nothing"
    COURSE = "course"
    EVERYTHING = "everything"


@dataclass(frozen=True)
class Consequence:
    """`ends`: what stops. `suppress`: the reason under which the address is never written to again, or ""."""

    ends: Scope
    suppress: str = ""
    withdraws: bool = False


CONSEQUENCES = {
    Inbound.LEFT: Consequence(Scope.COURSE, withdraws=True),
    Inbound.ONE_CLICK: Consequence(Scope.COURSE, withdraws=True),
    Inbound.BY_MAIL: Consequence(Scope.COURSE, withdraws=True),
    Inbound.DECLINED: Consequence(Scope.EVERYTHING, suppress="signup-declined", withdraws=True),
    Inbound.COMPLAINT: Consequence(Scope.EVERYTHING, suppress="complaint", withdraws=True),
    Inbound.HARD_BOUNCE: Consequence(Scope.EVERYTHING, suppress="hard-bounce"),
    Inbound.RETURNED: Consequence(Scope.NOTHING),
}


def may_send(*, confirmed: bool, suppressed: bool, ended: bool) -> str:
    """Why nothing may be sent, in one word, or "" where it may. Read in the same transaction as the claim."""
    if suppressed:
        return "suppressed"
    if not confirmed:
        return "unconfirmed"
    return "ended" if ended else ""
