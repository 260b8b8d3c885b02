"""Turns a lesson or a notice for one person into the bytes that go out. It decides nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from dripcourse.domain.course import Course
from dripcourse.domain.enrollment import Delivery, Enrollment
from dripcourse.flows.books import Book
from dripcourse.flows.engine import Engine
from dripcourse.mail import wire
from dripcourse.mail.brand import Brand
from dripcourse.mail.slots import CompiledMail, fill
from dripcourse.storage.subscribers import Subscriber


def lesson_letter(
    engine: Engine,
    book: Book,
    mail: CompiledMail,
    person: Subscriber,
    one: Enrollment,
    delivery: Delivery,
    now: datetime,
) -> bytes:
    """The wire bytes of one lesson for one person, dated `now`."""
    brand = book.brand(engine.brand)
    values = {
        "leave_url": engine.links.url("leave", one.public_id),
        "recipient": person.address,
        "signed_up": f"{one.created_at:%-d %B %Y}",
    }
    head = wire.Head(
        from_name=brand.name,
        from_address=brand.from_address,
        to_address=person.address,
        to_name=person.name,
        reply_to=brand.reply_to,
        date=now,
        message_id=delivery.message_id,
        kind="lesson",
        list_id=f"{book.course.slug}.{brand.list_domain}",
        list_name=book.course.title,
        one_click_url=engine.links.url("one-click", one.public_id),
        help_url=f"mailto:{brand.reply_to or brand.from_address}",
        feedback_id=f"{delivery.lesson_key[:40]}:{book.course.slug[:40]}:lesson:dripcourse",
    )
    return wire.build(fill(mail, values), head)


def notice_letter(
    engine: Engine, mail: CompiledMail, person: Subscriber, message_id: str, urls: dict[str, str], now: datetime
) -> bytes:
    """The wire bytes of a mail outside the course, dated `now`. `urls` are the links it offers, by slot."""
    head = wire.Head(
        from_name=engine.brand.name,
        from_address=engine.brand.from_address,
        to_address=person.address,
        to_name=person.name,
        reply_to=engine.brand.reply_to,
        date=now,
        message_id=message_id,
        kind="system",
    )
    values = {"recipient": person.address, "signed_up": f"{person.created_at:%-d %B %Y}", **urls}
    return wire.build(fill(mail, values), head)


def test_letter(mail: CompiledMail, brand: Brand, course: Course, to: str, now: datetime) -> bytes:
    """One lesson for its author: real bytes, links that lead nowhere, a subject marked as a test."""
    nowhere = f"{brand.base_url}/leave/test"
    values = {"leave_url": nowhere, "recipient": to, "signed_up": f"{now:%-d %B %Y}"}
    head = wire.Head(
        from_name=brand.name,
        from_address=brand.from_address,
        to_address=to,
        reply_to=brand.reply_to,
        date=now,
        message_id=wire.message_id(f"test/{now.isoformat()}/{to}", brand.domain),
        kind="lesson",
        list_id=f"{course.slug}.{brand.list_domain}",
        list_name=course.title,
        one_click_url=f"{brand.base_url}/one-click/test",
        help_url=f"mailto:{brand.reply_to or brand.from_address}",
        feedback_id=f"test:{course.slug[:40]}:test:dripcourse",
    )
    return wire.build(fill(replace(mail, subject=f"[Test] {mail.subject}"), values), head)
