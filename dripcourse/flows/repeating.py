"""Makes the mail of a lesson that its reader asked for once more: as he had it, with his links. It decides nothing."""

from __future__ import annotations

from dripcourse.flows.engine import Engine
from dripcourse.flows.letters import lesson_wire, prepare_lesson
from dripcourse.flows.sentences import taps_sentence
from dripcourse.flows.wishes import may_repeat
from dripcourse.storage import answers, enrollments
from dripcourse.storage.courses import MailName
from dripcourse.storage.database import Transaction
from dripcourse.storage.notices import Notice
from dripcourse.storage.subscribers import Subscriber


def still_going(tx: Transaction, one: Notice) -> bool:
    """Whether lessons may still be mailed to him: he may have left since he asked."""
    return may_repeat(enrollments.by_public_id(tx, one.context["enrollment"]))


def again_letter(engine: Engine, one: Notice, person: Subscriber) -> bytes:
    """The lesson's wire bytes: its version, language and passage, with what he has tapped by now. Raises NotFound."""
    key, language = str(one.context["lesson"]), str(one.context["language"])
    with engine.db.reading() as tx:
        run = enrollments.by_public_id(tx, one.context["enrollment"])
        book = engine.shelf.book(tx, int(one.context["version"]))
        mail = book.mail(tx, MailName(key, language, instead=bool(one.context["instead"])))
        said = answers.of_runs(tx, [run.id]).get(run.id, {})
    return lesson_wire(
        engine, prepare_lesson(engine, book, mail, key), public_id=run.public_id, address=person.address,
        name=person.name, signed_up=run.created_at, message_id=one.message_id, now=engine.clock(),
        sentence=taps_sentence(book, language, key, said), fields=person.fields,
    )  # fmt: skip
