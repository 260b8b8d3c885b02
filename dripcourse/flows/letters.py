"""Turns a lesson or a notice for one person into the bytes that go out. It decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType

from dripcourse.domain.course import Course
from dripcourse.domain.mentions import of_reader
from dripcourse.flows.books import Book
from dripcourse.flows.engine import Engine
from dripcourse.mail.brand import Brand
from dripcourse.mail.compile import NOTICES
from dripcourse.mail.dkim import Signer
from dripcourse.mail.prepared import Prepared, prepare
from dripcourse.mail.sentences import sentence, spoken
from dripcourse.mail.slots import CompiledMail
from dripcourse.mail.wire import Head, message_id
from dripcourse.spelling import spell_day
from dripcourse.storage.subscribers import Subscriber

#: Notices that are sent like lessons.
_OF_LIST = ("pick-up",)
_NOTHING: Mapping[str, object] = MappingProxyType({})
_TESTED = ("leave", "me", "confirm", "decline", "undo", "data", "erase")


def prepare_lesson(engine: Engine, book: Book, mail: CompiledMail, key: str) -> Prepared:
    """The lesson of that key, ready for `lesson_wire`. Raises InputError where the sender's names are impossible."""
    return _prepared(mail, _list_head(engine, book, key))


def lesson_wire(
    engine: Engine,
    prepared: Prepared,
    *,
    public_id: str,
    address: str,
    name: str,
    signed_up: datetime,
    message_id: str,
    now: datetime,
    sentence: str = "",
    fields: Mapping[str, object] = _NOTHING,
) -> bytes:
    """The wire bytes of one lesson for one run, dated `now`. Raises InputError for an address that cannot be mailed.

    `fields` are its reader's, for a lesson that mentions any (`prepared.mentions`); his name is there without.
    """
    leave_url, one_click_url, me_url, leave_mark = engine.links.lesson_urls(public_id)
    raw = prepared.wire(
        to_address=address,
        to_name=name,
        date=now,
        message_id=message_id,
        one_click_url=one_click_url,
        leave_mark=leave_mark,
        fields=of_reader(name, fields) if prepared.mentions else fields,
        values={
            "leave_url": leave_url,
            "me_url": me_url,
            "recipient": address,
            "signed_up": spell_day(signed_up.date(), spoken(prepared.mail.language)),
            "sentence": sentence,
        },
    )
    return raw if engine.signer is None else engine.signer.signed(raw, now)


def notice_letter(
    engine: Engine, book: Book, mail: CompiledMail, person: Subscriber, message_id: str, values: Mapping[str, str],
    now: datetime, run: str = "", no_more: str = "",
) -> bytes:  # fmt: skip
    """The wire bytes of a mail outside the sequence, dated `now`. `values`: its links and sentence.

    What nobody asked for at that moment ("pick up here") belongs to the list like a lesson: it can be left with one
    click, and `run` is its run's public id. The others answer what somebody did; `no_more` is the link by which a mail
    program says for him that it was not he (a confirm mail's one click).
    """
    of_list = mail.template in _OF_LIST
    head = _list_head(engine, book, mail.template) if of_list else _notice_head(book.brand(engine.brand))
    raw = _prepared(mail, head).wire(
        to_address=person.address,
        to_name=person.name,
        date=now,
        message_id=message_id,
        one_click_url=engine.links.url("one-click", run) if of_list else no_more or None,
        leave_mark=engine.links.token("mail-leave", run) if of_list else "",
        fields=of_reader(person.name, person.fields),
        values={
            "recipient": person.address,
            "signed_up": spell_day(person.created_at.date(), spoken(mail.language)),
            **values,
        },
    )
    return raw if engine.signer is None else engine.signer.signed(raw, now)


def test_letter(
    mail: CompiledMail, brand: Brand, course: Course, to: str, now: datetime, signer: Signer | None, domain: str
) -> bytes:
    """One mail for its author: real bytes, links that lead nowhere, a subject marked as a test.

    `domain` is that of the installation, in which its Message-IDs end.
    """
    if mail.template in NOTICES and mail.template not in _OF_LIST:
        head, sample = _notice_head(brand), "paused_open" if mail.template == "paused" else "next_now"
    else:
        head, sample = _lesson_head(brand, course.slug, course.title, ""), "taps_none"
        head = replace(head, feedback_id=f"test:{course.slug[:40]}:test:dripcourse")
    links = {f"{purpose}_url": f"{brand.base_url}/{purpose}/test" for purpose in _TESTED}
    raw = prepare(replace(mail, subject=f"[Test] {mail.subject}"), head).wire(
        to_address=to,
        date=now,
        message_id=message_id(f"test/{now.isoformat()}/{to}", domain),
        one_click_url=None if head.kind == "system" else f"{brand.base_url}/one-click/test",
        values={
            **links,
            "recipient": to,
            "signed_up": spell_day(now.date(), spoken(mail.language)),
            "sentence": sentence(sample, mail.language),
            "opt_in": "",
        },
    )
    return raw if signer is None else signer.signed(raw, now)


def _notice_head(brand: Brand) -> Head:
    return Head(from_name=brand.name, from_address=brand.from_address, reply_to=brand.reply_to, kind="system")


def _list_head(engine: Engine, book: Book, key: str) -> Head:
    head = _lesson_head(book.brand(engine.brand), book.course.slug, book.course.title, key)
    return replace(head, leave_address=engine.leave_address)


def _lesson_head(brand: Brand, slug: str, title: str, key: str) -> Head:
    return Head(
        from_name=brand.name,
        from_address=brand.from_address,
        reply_to=brand.reply_to,
        kind="lesson",
        list_id=f"{slug}.{brand.list_domain}",
        list_name=title,
        help_url=f"mailto:{brand.reply_to or brand.from_address}",
        feedback_id=f"{key[:40]}:{slug[:40]}:lesson:dripcourse",
    )


# A lesson or notice is prepared once a process, not once a letter; strings keep their hash, so asking is cheap.
_prepared = lru_cache(maxsize=256)(prepare)
