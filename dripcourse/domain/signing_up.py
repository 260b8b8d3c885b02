"""What a sign-up leads to, and what the link in its confirm mail is good for. It sees facts, not people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dripcourse.domain.states import ENDED, EnrollmentState


class Follows(StrEnum):
    """What is done about a sign-up. Whichever it is, whoever typed the address sees the same page."""

    ASK = "ask"  # a confirm mail
    TELL = "tell"  # a mail that says where he is: he is in this course already
    NOTHING = "nothing"


@dataclass(frozen=True)
class Outcome:
    """What follows, and why nothing does ("" else)."""

    follows: Follows
    why: str = ""


def decide(*, dead: str, latest: EnrollmentState | None) -> Outcome:
    """What a sign-up leads to.

    `dead`: why this address is never written to again, "" where it may be. `latest`: the state of the person's latest
    run in that course, None without one. Whether the address has had enough mails for now, the gate decides.
    """
    if dead:
        return Outcome(Follows.NOTHING, dead)
    return Outcome(Follows.ASK if latest is None or latest in ENDED else Follows.TELL)


class Invitation(StrEnum):
    """What a confirm link is good for at this moment."""

    OPEN = "open"  # the button begins the course
    USED = "used"  # it has begun: whoever opens the mail again sees that it worked
    DEAD = "dead"  # declined, or nothing is sent to that address any more
    LAPSED = "lapsed"
    CLOSED = "closed"
    FULL = "full"


#: domain.forms.is_open -> what it means for somebody who was asked before. What a breaker holds is new sign-ups only.
_MEANWHILE = {"closed": Invitation.CLOSED, "over": Invitation.CLOSED, "full": Invitation.FULL}


def invitation(*, used: bool, dead: bool, lapsed: bool, closed: str, cut: bool = False) -> Invitation:
    """What the link is good for. `closed` is why its form takes nobody, as `domain.forms.is_open` says it.

    Used comes first: a second press of the button must not read like a failure, whatever has happened since. But where
    the run it led to was `cut` short and the address is dead, to sign up again would bring no mail: that is said.
    """
    if used and not (dead and cut):
        return Invitation.USED
    if dead:
        return Invitation.DEAD
    return Invitation.LAPSED if lapsed else _MEANWHILE.get(closed, Invitation.OPEN)


def may_go_on(latest: EnrollmentState | None, next_day: int) -> bool:
    """Whether somebody who confirms again may go on where he stopped: he left before a lesson that has a day.

    `next_day` is that day, 0 where no lesson with a day is left (or none was had): then he can only begin anew.
    """
    return latest is EnrollmentState.LEFT and next_day > 1
