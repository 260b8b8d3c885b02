"""Puts people into courses: an admin's `subscriber add` and `enrollment add`, and what a confirmed sign-up ends in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from dripcourse.addresses import EmailAddress
from dripcourse.domain.calendar import next_slot
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.fields import holds_web_address
from dripcourse.domain.plan import Plan
from dripcourse.domain.progress import slot_for
from dripcourse.domain.states import ENDED, EnrollmentState, SubscriberState
from dripcourse.errors import InputError, Refused
from dripcourse.flows.books import Shelf
from dripcourse.storage import consents, courses, enrollments, events, subscribers, suppressions
from dripcourse.storage.consents import Consent
from dripcourse.storage.courses import CourseRow
from dripcourse.storage.database import Transaction
from dripcourse.storage.events import Event
from dripcourse.storage.subscribers import Subscriber

BY_ADMIN = "Added by an administrator, who states that this person asked for the course."


@dataclass(frozen=True)
class Wish:
    """When and how somebody wants a course, and where he came from. `start`: no lesson before that date."""

    plan: Plan
    start: date | None = None
    source: Mapping[str, Any] = field(default_factory=dict)
    language: str = ""  # of those the course is published in; "" its own
    without: str = ""  # keys of the perspectives he wants other passages for, by comma


def clean_name(name: str) -> str:
    """A display name fit for a mail header: one line, at most 64 characters, no web address. Raises InputError."""
    text = " ".join(name.split())
    if len(text) > 64:
        raise InputError(f"the name has {len(text)} characters; at most 64 are kept in mail headers")
    if holds_web_address(text):  # bots send their spam in the name field
        raise InputError("a name must not contain a web address, @ or angle brackets; after a full stop, put a space")
    return text


def add_subscriber(
    tx: Transaction, address: EmailAddress, name: str, now: datetime, *, locale: str = "en"
) -> Subscriber:
    """A confirmed person, vouched for by an admin. Raises Refused for a known or suppressed address."""
    why = suppressions.reason(tx, address.key)
    if why:
        raise Refused(f"{address.text} is suppressed ({why}); nothing is sent there")
    known = subscribers.lookup(tx, address.key)
    if known is not None and known.state is SubscriberState.CONFIRMED:
        raise Refused(f"{address.text} is a subscriber already")
    if known is not None:
        subscribers.set_state(tx, known.id, SubscriberState.CONFIRMED)
        return replace(known, state=SubscriberState.CONFIRMED)
    return subscribers.add(tx, address, name=clean_name(name), state=SubscriberState.CONFIRMED, at=now, locale=locale)


def enroll(
    tx: Transaction,
    shelf: Shelf,
    person: Subscriber,
    course: CourseRow,
    wish: Wish,
    now: datetime,
    *,
    how: str,
    again: bool = False,
) -> Enrollment:
    """A new run for this person. Raises Refused where he may not be written to or has a run under way.

    Somebody who left is taken in again only by a confirmed form, or where the admin says that he asked (`again`).
    """
    may_begin(tx, person, course.id, how=how, again=again)
    _refuse_second(tx, enrollments.of_subscriber(tx, person.id, course.id), course)
    if how == "cli":
        language, without = shelf.book(tx, course.version_id).choice(wish.language, wish.without)
        wish = replace(wish, language=language, without=without)
        consents.record(tx, Consent(person.id, course.id, "confirmed", now, how, wording=BY_ADMIN))
    return new_run(tx, shelf, person.id, course, wish, now, how=how)


def may_begin(tx: Transaction, person: Subscriber, course_id: int, *, how: str, again: bool) -> None:
    """Raise Refused where no new run may begin: no consent, a dead address, or one who has left."""
    why = suppressions.reason(tx, person.address_key)
    if why or person.state is not SubscriberState.CONFIRMED:
        raise Refused(f"{person.address} cannot be enrolled: {why or 'the sign-up is not confirmed'}")
    runs = enrollments.of_subscriber(tx, person.id, course_id)
    if runs and runs[-1].state is EnrollmentState.LEFT and how != "form" and not again:
        raise Refused(f"{person.address} has left this course; enroll again only who asked for it, with --again")


def new_run(
    tx: Transaction, shelf: Shelf, subscriber_id: int, course: CourseRow, wish: Wish, now: datetime, *, how: str
) -> Enrollment:
    """The enrollment row at its first lesson, and the event that says where it came from. Raises Refused for a second.

    A day on which an earlier run sent its lesson stays used: a restart does not bring a second one.
    """
    course = courses.share(tx, course.id)  # no publication may change the version in between
    earlier = enrollments.of_subscriber(tx, subscriber_id, course.id)
    _refuse_second(tx, earlier, course)  # somebody else's may have come since the caller looked
    run = max((one.run for one in earlier), default=0) + 1
    used = max((one.last_date for one in earlier if one.last_date), default=None)
    plan = replace(wish.plan, paused_until=wish.start)  # which is how the engine waits for a day
    book = shelf.book(tx, course.version_id)
    before = earlier[-1].without if earlier else ""  # who opted out once need not say so again
    language, without = book.offered(wish.language, wish.without or before)
    first = book.steps[0]
    slot = slot_for(first, plan, after=used, not_before=now)
    one = enrollments.add(
        tx, subscriber_id=subscriber_id, version=(course.id, course.version_id), run=run, plan=plan,
        step_key=first.key, slot=(slot.day, slot.at), source=wish.source, at=now, language=language, without=without,
        pick_up_in=book.may_be_quiet(0), begins=wish.start,
    )  # fmt: skip
    if used is not None:
        one = replace(one, last_date=used)
        enrollments.save(tx, [one], now)
    begins = (
        wish.start if used is None else next_slot(plan, after=used, not_before=now).day
    )  # the pace counts from there
    also = {"start": str(begins or ""), "language": language, "without": without}
    data = {"course": course.slug, "plan": str(plan), "run": run, **{name: text for name, text in also.items() if text}}
    events.record(tx, [Event(now, "enrolled", how, subscriber_id, one.id, data)])
    return one


def _refuse_second(tx: Transaction, runs: Sequence[Enrollment], course: CourseRow) -> None:
    going = [one for one in runs if one.state not in ENDED]
    if going:
        address = subscribers.by_id(tx, going[-1].subscriber_id).address
        raise Refused(f"{address} is in {course.slug} already ({going[-1].state}); use `enrollment restart`")


def find_run(tx: Transaction, person: Subscriber, course_slug: str | None) -> Enrollment:
    """The newest run of this person, in that course or in the only one he is in. Raises Refused if that is unclear."""
    course_id = courses.find(tx, course_slug).id if course_slug else None
    runs = enrollments.of_subscriber(tx, person.id, course_id)
    if not runs:
        raise Refused(f"{person.address} is not enrolled" + (f" in {course_slug}" if course_slug else ""))
    if len({one.course_id for one in runs}) > 1:
        slugs = ", ".join(sorted({courses.by_id(tx, one.course_id).slug for one in runs}))
        raise Refused(f"{person.address} is in several courses; say which with --course: {slugs}")
    going = [one for one in runs if one.state is not EnrollmentState.RESTARTED]
    return (going or runs)[-1]
