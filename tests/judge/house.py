"""The sending house the judged mails come from: a real engine and a real published version, without a way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from dripcourse.domain.course import Course
from dripcourse.domain.progress import Rule
from dripcourse.domain.states import SubscriberState
from dripcourse.flows import notify
from dripcourse.flows.books import Book
from dripcourse.flows.engine import Engine
from dripcourse.flows.letters import lesson_wire, notice_letter, prepare_lesson
from dripcourse.flows.publish import publish
from dripcourse.mail.brand import Brand
from dripcourse.mail.compile import NOTICES
from dripcourse.mail.links import Links
from dripcourse.mail.slots import CompiledMail
from dripcourse.mail.transports.null import NullTransport
from dripcourse.mail.wire import message_id
from dripcourse.storage.database import open_database
from dripcourse.storage.notices import Notice
from dripcourse.storage.schema import upgrade
from dripcourse.storage.subscribers import Subscriber
from tests.judge.keys import signing
from tests.judge.ways import OUTSIDE

BRAND = Brand(
    name="Small Steps",
    from_address="course@course.example.com",
    reply_to="hello@course.example.com",
    postal_address="Small Steps\n12 Mill Lane\nSpringfield, VT 05156, USA",
    base_url="https://course.example.com",
    list_domain="lists.course.example.com",
)
LINKS = Links(BRAND.base_url, ("a throw-away key of the judges",))
LEAVE_ADDRESS = "unsubscribe@course.example.com"
RUN, NOTICE = "k3v9x2m4q7w1z8r5", "p6t2c9b4n7d3f8h5"  # public ids, as long as real ones
SIGNED_UP = datetime(2026, 9, 28, 6, 0, tzinfo=UTC)


@dataclass(frozen=True)
class House:
    """One course as an installation has it after `dripcourse course publish`."""

    engine: Engine
    book: Book

    def wire(
        self, mail: CompiledMail, key: str, person: Subscriber, now: datetime, sentence: str, *, sign: bool
    ) -> bytes:
        """The bytes of that mail for that person, by the engine's own way. Raises InputError where it refuses."""
        domain = self.book.brand(BRAND).domain
        engine = replace(self.engine, signer=signing(domain) if sign else None)
        identity = message_id(f"{self.book.course.slug}/{mail.language}/{key}/{person.address}/{mail.html}", domain)
        if mail.template in NOTICES:
            values = notify._values(engine, _notice(mail.template, identity, sentence))
            no_more = ""
            if mail.template == "confirm":  # nothing that a stranger typed, and a way to say that it was not he
                person, no_more = replace(person, name="", fields={}), LINKS.url("decline-now", NOTICE)
            return notice_letter(engine, self.book, mail, person, identity, values, now, RUN, no_more)
        return lesson_wire(
            engine, prepare_lesson(engine, self.book, mail, key), public_id=RUN, address=person.address,
            name=person.name, signed_up=person.created_at, message_id=identity, now=now, sentence=sentence,
            fields=person.fields,
        )  # fmt: skip


def published(course: Course, leave_address: str = "") -> House:
    """The course in a database of its own, which only memory holds; `leave_address` takes mails that unsubscribe."""
    db = open_database("sqlite://", scratch=True)
    with db.writing() as tx:
        upgrade(tx)
    version = publish(db, course, BRAND, Rule.FOLLOW, SIGNED_UP, compiled=False)
    engine = Engine(
        db=db, clock=lambda: SIGNED_UP, transport=NullTransport(), brand=BRAND, links=LINKS,
        envelope_sender=BRAND.from_address, journals=None, batch_size=1, lease=timedelta(minutes=5),
        margin=timedelta(minutes=1), resend_unknown=False, leave_address=leave_address,
    )  # fmt: skip
    with db.reading() as tx:
        book = engine.shelf.book(tx, version.id)
    db.close()
    return House(engine, book)


def subscriber(name: str, address: str) -> Subscriber:
    """A person of that name and address, who signed up in September and typed his name into each field."""
    return Subscriber(1, NOTICE, address, address, name, "en", SubscriberState.CONFIRMED, {"city": name}, SIGNED_UP)


def expected_urls() -> Mapping[str, str]:
    """Each slot of a link and where it must lead, made without the engine: one purpose each, and whose id it holds."""
    ids = {"leave": RUN, "me": RUN, "undo": RUN, "confirm": NOTICE, "decline": NOTICE, "data": NOTICE, "erase": NOTICE}
    return {f"{purpose}_url": LINKS.url(purpose, public_id) for purpose, public_id in ids.items()}


def expected_clicks(template: str, leave_address: str) -> tuple[str, str]:
    """What List-Unsubscribe must hold, made without the engine: the link of one click, and the mailto; "" for none."""
    if template == "confirm":
        return LINKS.url("decline-now", NOTICE), ""
    if template in OUTSIDE:
        return "", ""
    mark = LINKS.token("mail-leave", RUN)
    return LINKS.url("one-click", RUN), f"mailto:{leave_address}?subject={mark}" if leave_address else ""


def _notice(template: str, identity: str, sentence: str) -> Notice:
    context = {"enrollment": RUN, "sentence": sentence}
    return Notice(1, NOTICE, 1, template, context, "queued", 1, 1, identity, SIGNED_UP, None)
