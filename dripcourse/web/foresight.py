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

#: Why the next lesson cannot go at once (turns.NotNow) -> the words that say so.
_NOT_NOW = {"paused": "now_not_paused", "begins": "now_not_begins", "enough": "now_not_enough"}


def foresee(site: Site, one: Reader) -> Mapping[str, str]:
    """What each button without a field will come to, by its name; "" for one that can do nothing now.

    "now-not" is why there is none for "now".
    """
    turns_of = {name: _pause(site, one, pause_until(one, name, {})) for name in PAUSES}
    found = {"pause-open": one.say("on_open")}
    with site.engine.db.reading() as tx:
        for name, turn in turns_of.items():
            found[name] = _on_again(site, tx, one, turn)
        found["resume"] = _line(site, tx, one, lambda tx: turns.resumed(tx, site.engine.shelf, one.run, one.now))
        found["skip"] = " ".join(_past(site, tx, one))
        found["now"], found["now-not"] = _now(site, tx, one)
    return found


def _pause(site: Site, one: Reader, until: date | None) -> Turn:
    return lambda tx: turns.paused(tx, site.engine.shelf, one.run, one.now, until)


def _on_again(site: Site, tx: Transaction, one: Reader, turn: Turn) -> str:
    """When lessons come again after that pause."""
    after = turn(tx)
    slot = standing.slot(one.say, site.engine.shelf.book(tx, after.version_id), after, one.now)
    return one.say("on_again", **slot) if slot else ""


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


def past(site: Site, one: Reader) -> list[str]:
    """What skipping the next lesson comes to, line by line; empty where it cannot be skipped now."""
    with site.engine.db.reading() as tx:
        return _past(site, tx, one)


def _past(site: Site, tx: Transaction, one: Reader) -> list[str]:
    try:
        after = turns.skipped(tx, site.engine.shelf, one.run, one.now)
    except Refused:
        return []
    lesson = one.called(site.engine.shelf.book(tx, after.run.version_id), after.lesson)
    return [one.say("skip_out", lesson=lesson), stands(site, tx, one, after.run)] if lesson else []


def stands(site: Site, tx: Transaction, one: Reader, after: Enrollment) -> str:
    """Which lesson that run has next, and when it comes."""
    if after.state is EnrollmentState.FINISHED:
        return one.say("nothing_left")
    book = site.engine.shelf.book(tx, after.version_id)
    lesson, slot = one.called(book, after.next_key), standing.slot(one.say, book, after, one.now)
    if not lesson:
        return told(one.say, book, after, one)
    return one.say("skip_next", lesson=lesson, **slot) if slot else one.say("skip_paused", lesson=lesson)


def _now(site: Site, tx: Transaction, one: Reader) -> tuple[str, str]:
    """What asking for the next lesson comes to, that one at once and what follows by the plan; or why it cannot be."""
    shelf = site.engine.shelf
    try:
        asked = turns.asked(tx, shelf, one.run, one.now)
    except turns.NotNow as why:
        return "", one.say(_NOT_NOW[why.why], most=turns.ASKED_A_DAY)
    except Refused:
        return "", one.say("now_not")
    if asked == one.run:  # asked for, or due, already
        return "", one.say("now_not_due")
    lesson = one.called(shelf.book(tx, asked.version_id), asked.next_key)
    if not lesson:  # a new version dropped it at this moment
        return "", one.say("now_not")
    return " ".join((one.say("in_a_moment", lesson=lesson), following(site, tx, one, asked))), ""


def following(site: Site, tx: Transaction, one: Reader, asked: Enrollment) -> str:
    """What comes after the lesson that was asked for."""
    after = turns.after_sending(tx, site.engine.shelf, asked, one.now)
    if after.state is EnrollmentState.FINISHED:
        return one.say("nothing_left")
    slot = standing.slot(one.say, site.engine.shelf.book(tx, after.version_id), after, one.now)
    return one.say("now_after", **slot) if slot else ""


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
        return standing.begun_anew(one.say, site.engine.shelf.book(tx, after.version_id), after, one.now)
