"""What a reader chose for his run (a language, other passages), in words, and since when. Not the choosing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dripcourse.domain.enrollment import Delivery, Enrollment
from dripcourse.flows.books import Book
from dripcourse.storage.events import Event


@dataclass(frozen=True)
class Choice:
    """A language, "" for the course's own, and the keys of the perspectives he opted out of, by comma."""

    language: str = ""
    without: str = ""

    def __str__(self) -> str:
        """What differs from the course as it is: "in de, without scripture"; "" where nothing does."""
        named = [f"without {key}" for key in self.without.split(",") if key]
        return ", ".join([f"in {self.language}", *named] if self.language else named)


def plan_and_choice(one: Enrollment) -> str:
    """The plan of a run with what its reader chose: "08:00 UTC, every day, in de, without scripture"."""
    return ", ".join(filter(None, (str(one.plan), str(Choice(one.language, one.without)))))


def choice_at(ledger: Sequence[Event], moment: datetime) -> Choice:
    """What was chosen then: by "enrolled", and by the last "chose" before that moment. `ledger` is one run's."""
    told = [e.data or {} for e in ledger if e.kind in ("enrolled", "chose") and e.at <= moment]
    last = told[-1] if told else {}
    return Choice(str(last.get("language", "")), str(last.get("without", "")))


def which_mail(book: Book, row: Delivery, ledger: Sequence[Event]) -> tuple[str, str]:
    """(its subject, what sets it apart: " in de", " with the other passage") of the mail that lesson was sent as.

    Judged by the moment it was accepted; a choice that came while it was on the wire may have been too late for it.
    """
    chosen = choice_at(ledger, row.sent_at or row.created_at)
    name = book.which(row.lesson_key, chosen.language, chosen.without)
    subjects = {**book.version.subjects, **book.edition(name.language).subjects}
    apart = [f"in {name.language}"] * bool(name.language) + ["with the other passage"] * name.instead
    return subjects.get(row.lesson_key, ""), f" {', '.join(apart)}" if apart else ""
