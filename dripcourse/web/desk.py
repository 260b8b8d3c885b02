"""A reader as his own pages know him: his desk, his words, his links, and what can be done about a course that ended.

Every page of his is made here, so that each says so where his course has ended. It changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi.responses import HTMLResponse

from dripcourse.addresses import EmailAddress
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.states import ENDED, EnrollmentState
from dripcourse.errors import NotFound
from dripcourse.flows import inbound, reader, wishes
from dripcourse.flows.books import Book
from dripcourse.flows.reader import Desk, Had
from dripcourse.storage import enrollments, subscribers, suppressions
from dripcourse.storage.database import Transaction
from dripcourse.web import standing
from dripcourse.web.door import way_in
from dripcourse.web.page import page
from dripcourse.web.site import Site
from dripcourse.web.words import Words, words_for

#: Lesson kinds that are neither done nor put off.
_WITHOUT_TAPS = ("welcome", "completion")
_CAN_WRITE = (EnrollmentState.CANCELLED, EnrollmentState.STOPPED)


@dataclass(frozen=True)
class Earlier:
    """What he had of the course in an earlier run, whose pages are at `me`."""

    me: str
    lessons: tuple[Had, ...]


@dataclass(frozen=True)
class Reader:
    """One reader at one moment. Links are paths on this site, "" where of no use."""

    desk: Desk
    now: datetime
    masked: str  # a forwarded mail carries its links along
    sender: str
    me: str
    leave: str
    undo: str
    newer: str
    write: str
    anew: str  # where he can begin the course anew by himself
    form: str  # where he can sign up again, having left
    dead: bool  # whether nothing at all is mailed to his address

    @property
    def run(self) -> Enrollment:
        """His run."""
        return self.desk.run

    @property
    def say(self) -> Words:
        """The words of his pages, in the language of his lessons where there are any in it."""
        return words_for(self.language)

    @property
    def language(self) -> str:
        """That of his lessons."""
        return self.desk.book.edition(self.run.language).language

    @property
    def place(self) -> str:
        """Such as "Day 12 of 30 · Thirty Steady Days"."""
        return standing.place(self.say, self.desk)

    @property
    def pause(self) -> str:
        """Until when no lesson comes, "" where he is not paused."""
        return standing.pause(self.say, self.desk.book, self.run, self.now)

    @property
    def coming(self) -> str:
        """When the next lesson comes, "" where none does."""
        return standing.coming(self.say, self.desk.book, self.run, self.now)

    @property
    def ended(self) -> str:
        """How his course ended, "" while it is under way."""
        return self.say(f"ended_{self.run.state.value}") if self.run.state in ENDED else ""

    @property
    def may_repeat(self) -> bool:
        """Whether lessons may be sent to him once more."""
        return wishes.may_repeat(self.run)

    @property
    def dropped(self) -> bool:
        """Whether something he chose is no longer offered: the course was edited since."""
        run = self.run
        return self.desk.book.offered(run.language, run.without) != (run.language, run.without)

    @property
    def pruned(self) -> bool:
        """Whether what he had is no longer kept."""
        return bool(self.ended) and not self.desk.lessons and self.run.next_key is None

    @property
    def latest(self) -> Had | None:
        """The last lesson that went out to him."""
        return self.desk.lessons[-1] if self.desk.lessons else None

    def day_of(self, lesson: Had) -> str:
        """Which day's it is, "" where its subject says that."""
        return standing.day_of(self.say, lesson)

    def title_of(self, lesson: Had) -> str:
        """Its subject without the day, as a sentence names it."""
        return standing.title_of(self.say, lesson)

    def called(self, book: Book, key: str | None) -> str:
        """How a sentence names a lesson of that book that is still to come; "" where it has none of that key."""
        lesson = reader.ahead(self.desk, book, key)
        return self.title_of(lesson) if lesson else ""

    def takes_taps(self, lesson: Had) -> bool:
        """Whether it can be done or put off."""
        return lesson.kind not in _WITHOUT_TAPS

    def said(self, lesson: Had) -> str:
        """What he said of it, in words."""
        return self.say(f"said_{lesson.said.replace('-', '_')}") if lesson.said else ""

    def had(self, key: str) -> Had | None:
        """The lesson of that key, None where he has not had it."""
        return next((lesson for lesson in self.desk.lessons if lesson.key == key), None)


def open_desk(site: Site, token: str) -> Reader:
    """The reader whose link it is. Raises NotFound, as for any link that is not (any more) valid."""
    public_id = site.engine.links.read("me", token)
    with site.engine.db.reading() as tx:
        return _reader(site, tx, reader.desk(tx, site.engine, public_id))


def earlier(site: Site, one: Reader) -> list[Earlier]:
    """His earlier runs of the course in which he had lessons, the newest first."""
    with site.engine.db.reading() as tx:
        runs = enrollments.of_subscriber(tx, one.run.subscriber_id, one.run.course_id)
        before = [reader.desk(tx, site.engine, run.public_id) for run in reversed(runs) if run.run < one.run.run]
    return [Earlier(site.path("me", desk.run.public_id), desk.lessons) for desk in before if desk.lessons]


def reader_of(site: Site, desk: Desk) -> Reader:
    """The reader after a change of his desk."""
    with site.engine.db.reading() as tx:
        return _reader(site, tx, desk)


def reader_page(site: Site, one: Reader, name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """The page pages/`name`.html for that reader."""
    return page(site, name, status, reader=one, say=one.say, **values)


def no_such_lesson(site: Site, one: Reader) -> HTMLResponse:
    """A 404 with a way on: he has not had that lesson, or there is none."""
    return reader_page(site, one, "reader_gone", 404)


def lesson_of(one: Reader, key: str) -> Had:
    """The lesson of that key that can be done or put off. Raises NotFound."""
    found = one.had(key)
    if found is None or not one.takes_taps(found):
        raise NotFound("no such lesson")
    return found


def _reader(site: Site, tx: Transaction, desk: Desk) -> Reader:
    run = desk.run
    person = subscribers.many(tx, [run.subscriber_id]).get(run.subscriber_id)
    if person is None:  # erased since the line above was read
        raise NotFound("this link is not valid (any more)")
    later = [one for one in enrollments.of_subscriber(tx, run.subscriber_id, run.course_id) if one.run > run.run]
    # As flows.pace.come_back has it: what cannot be undone is not offered.
    dead = bool(suppressions.reason(tx, person.address_key))
    gone = run.state is EnrollmentState.LEFT and not later and not dead
    can_undo = gone and run.next_key is not None and inbound.is_open(tx, run, site.now())
    brand = desk.book.brand(site.engine.brand)
    return Reader(
        desk=desk,
        now=site.now(),
        masked=EmailAddress(person.address, person.address_key).masked,
        sender=brand.name,
        me=site.path("me", run.public_id),
        leave="" if run.state in ENDED else site.path("leave", run.public_id),
        undo=site.path("undo", run.public_id) if can_undo else "",
        newer=site.path("me", later[-1].public_id) if later else "",
        write=(brand.reply_to or brand.from_address) if dead or run.state in _CAN_WRITE else "",
        anew=site.path("me", run.public_id) + "/restart" if not dead and wishes.may_restart(tx, run) else "",
        form=way_in(site, tx, run.course_id, run.language) if gone and not can_undo else "",
        dead=dead,
    )
