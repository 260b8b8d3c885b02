"""What a sign-up leads to, by the state of the person's run; and what a confirm link is good for."""

from __future__ import annotations

import pytest

from dripcourse.domain.signing_up import Follows, Invitation, decide, invitation, may_go_on
from dripcourse.domain.states import EnrollmentState as State


@pytest.mark.parametrize(
    ("latest", "follows"),
    [
        (None, Follows.ASK),  # new, or asked before and never confirmed
        (State.FINISHED, Follows.ASK),
        (State.LEFT, Follows.ASK),
        (State.CANCELLED, Follows.ASK),
        (State.STOPPED, Follows.ASK),  # a bounce that was lifted since; while it is not, the address is dead
        (State.RESTARTED, Follows.ASK),
        (State.ACTIVE, Follows.TELL),
        (State.PAUSED, Follows.TELL),
    ],
)
def test_who_is_under_way_is_told_and_anybody_else_is_asked(latest: State | None, follows: Follows) -> None:
    assert decide(dead="", latest=latest).follows is follows
    dead = decide(dead="suppressed: complaint", latest=latest)
    assert (dead.follows, dead.why) == (Follows.NOTHING, "suppressed: complaint")


@pytest.mark.parametrize("used", [True, False])
@pytest.mark.parametrize("dead", [True, False])
@pytest.mark.parametrize("lapsed", [True, False])
@pytest.mark.parametrize("closed", ["", "held", "closed", "over", "full"])
@pytest.mark.parametrize("cut", [True, False])
def test_a_link_is_good_for_the_first_of_these_that_holds(
    *, used: bool, dead: bool, lapsed: bool, closed: str, cut: bool
) -> None:
    """A second press never reads like a failure; a form that is only held takes whom it asked before."""
    order = [
        (dead and cut, Invitation.DEAD),  # "sign up again" would lead in a circle
        (used, Invitation.USED),
        (dead, Invitation.DEAD),
        (lapsed, Invitation.LAPSED),
        (closed in ("closed", "over"), Invitation.CLOSED),
        (closed == "full", Invitation.FULL),
        (True, Invitation.OPEN),
    ]
    wanted = next(good_for for holds, good_for in order if holds)
    assert invitation(used=used, dead=dead, lapsed=lapsed, closed=closed, cut=cut) is wanted


@pytest.mark.parametrize(
    ("latest", "next_day", "may"),
    [
        (State.LEFT, 12, True),
        (State.LEFT, 2, True),
        (State.LEFT, 1, False),  # nothing had yet: that is beginning
        (State.LEFT, 0, False),  # pruned, or nothing but the farewell is left
        (State.FINISHED, 0, False),
        (State.CANCELLED, 12, False),
        (State.ACTIVE, 12, False),
        (None, 0, False),
    ],
)
def test_only_who_left_in_the_middle_may_go_on(latest: State | None, next_day: int, *, may: bool) -> None:
    assert may_go_on(latest, next_day) is may
