"""Says beforehand what each button will come to, by the same decisions that the press asks. It changes nothing.

the run as it is | flows.turns, as the press would | the run as it would be | standing: in words
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.plan import Plan
from dripcourse.domain.states import EnrollmentState
from dripcourse.errors import InputError, Refused
from dripcourse.flows import turns, wishes
from dripcourse.flows.books import Book
from dripcourse.storage.database import Transaction
from dripcourse.web import standing
from dripcourse.web.desk import Reader
from dripcourse.web.pace_form import PAUSES, pause_until
from dripcourse.web.site import Site
from dripcourse.web.words import Words

Turn = Callable[[Transaction], Enrollment]


def foresee(site: Site, one: Reader) -> Mapping[str, str]:
    """What each button without a field will come to, by its name; "" for one that can do nothing now."""
    turns_of: dict[str, Turn] = {
        **{name: _pause(site, one, pause_until(one, name, {})) for name in PAUSES},
        "pause-open": _pause(site, one, None),
        "resume": lambda tx: turns.resumed(tx, site.engine.shelf, one.run, one.now),
        "skip": lambda tx: turns.skipped(tx, site.engine.shelf, one.run, one.now).run,
    }
    found = dict.fromkeys((*turns_of, "now"), "")
    with site.engine.db.reading() as tx:
        for name, turn in turns_of.items():
            found[name] = _line(site, tx, one, turn)
        found["now"] = _now(site, tx, one)
    return found


def _pause(site: Site, one: Reader, until: date | None) -> Turn:
    return lambda tx: turns.paused(tx, site.engine.shelf, one.run, one.now, until)


def _line(site: Site, tx: Transaction, one: Reader, turn: Turn) -> str:
    try:
        after = turn(tx)
    except (InputError, Refused):
        return ""
    return told(one.say, site.engine.shelf.book(tx, after.version_id), after, one)


def told(say: Words, book: Book, after: Enrollment, one: Reader) -> str:
    """Where that run stands, in the words of the page that follows the press."""
    if after.state is EnrollmentState.FINISHED:
        return say("nothing_left")
    lines = (standing.pause(say, book, after, one.now), standing.coming(say, book, after, one.now))
    return " ".join(line for line in lines if line)


def _now(site: Site, tx: Transaction, one: Reader) -> str:
    """What asking for the next lesson comes to: that one at once, and what follows by the plan."""
    try:
        asked = turns.asked(tx, site.engine.shelf, one.run, one.now)
    except Refused:
        return ""
    if not asked.asked:  # due already
        return ""
    return " ".join((one.say("in_a_moment"), following(site, tx, one, asked)))


def following(site: Site, tx: Transaction, one: Reader, asked: Enrollment) -> str:
    """What comes after the lesson that was asked for."""
    after = turns.after_sending(tx, site.engine.shelf, asked, one.now)
    return told(one.say, site.engine.shelf.book(tx, after.version_id), after, one)


def by_plan(site: Site, one: Reader, plan: Plan) -> list[str]:
    """What another plan comes to: the plan, and when the next lesson comes."""
    with site.engine.db.reading() as tx:
        line = _line(site, tx, one, lambda tx: turns.moved(tx, site.engine.shelf, one.run, plan, one.now))
    return [standing.plan(one.say, plan), line]


def until(site: Site, one: Reader, day: date | None) -> list[str]:
    """What a pause until that day comes to."""
    with site.engine.db.reading() as tx:
        return [_line(site, tx, one, _pause(site, one, day))]


def anew(site: Site, one: Reader) -> list[str]:
    """What beginning anew comes to, line by line; empty where it cannot be done from here."""
    with site.engine.db.reading() as tx:
        if not wishes.may_restart(tx, one.run):
            return []
        after = turns.anew(tx, site.engine.shelf, one.run, one.now)
        return standing.ahead(one.say, site.engine.shelf.book(tx, after.version_id), after, one.now)
