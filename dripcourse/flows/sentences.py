"""The one sentence of a mail that is about its reader, in the mail's language; it is made when the mail is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from dripcourse.domain.answers import is_recap, looked_back_on, tally
from dripcourse.domain.calendar import local_date, zone
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.states import EnrollmentState
from dripcourse.flows.books import Book
from dripcourse.flows.jobs import Job
from dripcourse.mail.sentences import sentence, spoken
from dripcourse.spelling import spell_list, spell_weekday
from dripcourse.storage import answers
from dripcourse.storage.database import Database


class Taps:
    """What the readers of one batch tapped: read for all of them when the first look back asks, else never."""

    def __init__(self, db: Database, runs: Sequence[int]) -> None:
        self._db = db
        self._runs = runs
        self._said: dict[int, dict[str, str]] | None = None

    def sentence(self, job: Job) -> str:
        """The sentence for the mail of that job."""
        if self._said is None:
            with self._db.reading() as tx:
                self._said = answers.of_runs(tx, self._runs)
        book, key = job.group.book, job.group.sheet.lesson_key
        return taps_sentence(book, job.claimed.language, key, self._said.get(job.claimed.id, {}))


def taps_sentence(book: Book, language: str, at: str, said: Mapping[str, str]) -> str:
    """What its reader tapped under the lessons that the mail `at` looks back on; no blame for who tapped nothing.

    A recap names the days, the mail after the last lesson only counts what he did: it is no ledger of the rest.
    """
    tongue = spoken(book.edition(language).language)
    found = tally(looked_back_on(book.lessons, at), said)
    if not is_recap(book.lessons, at):
        return sentence(_counted("taps_count", found.done), tongue, count=str(len(found.done)))
    done, not_today = (spell_list([str(day) for day in days], tongue) for days in (found.done, found.not_today))
    name = "taps_both" if found.done and found.not_today else _counted("taps_done", found.done)
    if not found.done:
        name = _counted("taps_not_today", found.not_today)
    return sentence(name, tongue, done=done, not_today=not_today)


def _counted(name: str, days: Sequence[int]) -> str:
    """The sentence for no day, for one, or for several."""
    return ("taps_none", f"{name}_one", name)[min(len(days), 2)]


def pause_sentence(book: Book, one: Enrollment, until: date | None) -> str:
    """Until when no lesson comes."""
    edition = book.edition(one.language)
    if until is None:
        return sentence("paused_open", edition.language)
    return sentence("paused_until", edition.language, when=spell_weekday(until, spoken(edition.language)))


def already_sentence(book: Book, one: Enrollment, day: int, now: datetime) -> str:
    """Where its reader is, on one line: the last day he has had (0: none), whether he has paused, what comes next."""
    language = book.edition(one.language).language
    said = [sentence("already_day", language, day=str(day), days=str(book.days))] if day else []
    if one.state is EnrollmentState.PAUSED:
        said += [sentence("already_paused", language), pause_sentence(book, one, None)]
    else:
        paused = one.is_paused(local_date(now, one.plan.zone))
        said += [sentence("already_paused", language)] * paused + [next_sentence(book, one, now)]
    return " ".join(said)


def next_sentence(book: Book, one: Enrollment, now: datetime) -> str:
    """When the next lesson comes, on its reader's wall clock; at once, where that moment has passed."""
    edition = book.edition(one.language)
    if one.due_at is None or one.next_date is None:
        return sentence("next_none", edition.language)
    wall = one.due_at.astimezone(zone(one.plan.zone))
    if one.due_at <= now:
        return sentence("next_now", edition.language)
    return sentence(
        "next_at", edition.language, when=spell_weekday(wall.date(), spoken(edition.language)), hour=f"{wall:%H:%M}"
    )
