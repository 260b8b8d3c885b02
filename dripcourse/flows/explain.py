"""Answers for one person: why each lesson went when it did, why others did not, and when the next one goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dripcourse.addresses import EmailAddress
from dripcourse.domain.calendar import instant, zone
from dripcourse.domain.enrollment import Delivery, Enrollment
from dripcourse.domain.plan import Plan
from dripcourse.domain.states import ENDED, DeliveryState, EnrollmentState
from dripcourse.errors import NotFound
from dripcourse.flows import asked
from dripcourse.flows.books import Book, Shelf
from dripcourse.flows.choices import Choice, plan_and_choice, which_mail
from dripcourse.storage import consents, deliveries, enrollments, events, sign_ups, subscribers, suppressions
from dripcourse.storage.consents import Consent
from dripcourse.storage.database import Database
from dripcourse.storage.events import Event

#: Of an address that nobody here has.
_NOBODY = "nothing is stored of this address; `dripcourse subscriber list` shows whose are"


@dataclass(frozen=True)
class Line:
    """One thing that happened: the moment (aware UTC), the same on the person's wall clock, and the sentence."""

    at: datetime
    wall: str
    text: str


@dataclass(frozen=True)
class Account:
    """Everything about one run: `lines` in order of time, `next` says what comes."""

    course: str
    run: int
    state: str
    plan: str
    lines: tuple[Line, ...]
    next: str


@dataclass(frozen=True)
class Explanation:
    """Everything about one person."""

    address: str
    state: str
    suppressed: str
    consents: tuple[Consent, ...]
    accounts: tuple[Account, ...]
    sign_ups: tuple[Line, ...] = ()  # what became of each, with the walls of UTC


def explain(db: Database, shelf: Shelf, address: EmailAddress) -> Explanation:
    """The whole story of that address. Raises NotFound."""
    with db.reading() as tx:
        if subscribers.lookup(tx, address.key) is None:
            raise NotFound(f"{address.text}: {asked.waits() if sign_ups.of_address(tx, address.key) else _NOBODY}")
        person = subscribers.find(tx, address)
        dead = suppressions.reason(tx, person.address_key)
        accounts = []
        for one in enrollments.of_subscriber(tx, person.id):
            rows, ledger = deliveries.of_enrollment(tx, one.id), events.of_enrollment(tx, one.id)
            books = {number: shelf.book(tx, number) for number in {one.version_id, *(row.version_id for row in rows)}}
            accounts.append(account(one, books, rows, ledger, dead))
        history = tuple(consents.history(tx, person.id))
        came = tuple(Line(at, wall(at, "UTC"), text) for at, text in asked.told(tx, person))
    return Explanation(person.address, person.state.value, dead, history, tuple(accounts), came)


def account(
    one: Enrollment, books: Mapping[int, Book], rows: list[Delivery], ledger: list[Event], dead: str
) -> Account:
    """The story of one run. Pure: it sees rows, not the database. `books` has every version it was sent, by id."""
    book = books[one.version_id]
    subjects = {**book.version.subjects, **book.edition(one.language).subjects}
    told = [(e.at, text) for e in ledger if (text := _event_line(e, one.plan.zone))]
    for row in rows:
        sent_from = books[row.version_id]
        step = sent_from.version.step(row.lesson_key)
        asked = not row.scheduled and step is not None and step.scheduled
        told.append((_moment(row), _delivery_line(row, *which_mail(sent_from, row, ledger), asked=asked)))
    lines = [Line(at, wall(at, one.plan.zone), text) for at, text in told]
    return Account(
        course=book.course.slug,
        run=one.run,
        state=one.state.value + (f" ({one.reason})" if one.reason else ""),
        plan=plan_and_choice(one),
        lines=tuple(sorted(lines, key=lambda line: line.at)),
        next=what_is_next(one, subjects, dead),
    )


def reasons(rows: Sequence[Delivery], ledger: Sequence[Event]) -> Iterator[tuple[Delivery, str]]:
    """Each lesson, in order of time, with what put it off since the one before; "" where nothing did."""
    since = datetime.min.replace(tzinfo=UTC)
    for row in sorted(rows, key=_moment):
        at = _moment(row)
        between = (e for e in ledger if e.kind in _DELAYS and since < e.at <= at)
        told = [_event_line(e, row.zone).rstrip(".") for e in between]
        since = at
        yield row, "; ".join([*told, row.reason] if row.reason else told)


def _moment(row: Delivery) -> datetime:
    return row.sent_at or row.created_at


def what_is_next(one: Enrollment, subjects: Mapping[str, str], dead: str = "") -> str:
    """When the next lesson goes and why then, or why none goes."""
    if dead:
        return f"Nothing more: the address is suppressed ({dead})."
    if one.state in ENDED:
        return f"Nothing more: this run is {one.state.value}."
    if one.state is EnrollmentState.PAUSED or one.due_at is None or one.next_date is None:
        return f"Nothing until it is resumed ({one.reason or 'paused'})."
    title = f"{one.next_key} («{subjects.get(one.next_key or '', '')}»)"
    if one.lease_until is not None:
        return f"{title} is being sent at this moment."
    if one.asked:
        return f"{title} goes at once, because it was asked for; after it the plan is {one.plan}."
    if one.due_at != instant(one.next_date, one.plan.hour, one.plan.zone):
        return f"{title} goes {wall(one.due_at, one.plan.zone)}, as soon as it may; after it the plan is {one.plan}."
    why = f"the plan is {one.plan}"
    if one.plan.paused_until and one.next_date == _first_day_after_pause(one.plan, one.plan.paused_until):
        begins = one.plan.paused_until == one.begins
        why += f", {'beginning on' if begins else 'paused until'} {one.plan.paused_until}"
    return f"{title} goes {wall(one.due_at, one.plan.zone)}, because {why}."


def _first_day_after_pause(plan: Plan, back: date) -> date:
    """The first wanted weekday from the day he is back: a pause that ends on a Saturday explains Monday's lesson."""
    return next(day for day in (back + timedelta(days=n) for n in range(7)) if plan.allows(day))


def wall(at: datetime, zone_name: str) -> str:
    """A moment as people in the zone read it: Thu 2026-03-12 08:00 Asia/Tokyo."""
    return f"{at.astimezone(zone(zone_name)):%a %Y-%m-%d %H:%M} {zone_name}"


def _delivery_line(row: Delivery, subject: str, apart: str, *, asked: bool = False) -> str:
    name = f"{row.lesson_key} («{subject}»)"
    planned = wall(row.planned_at, row.zone)
    match row.state:
        case DeliveryState.SENT:
            when = f"{name}{apart} was accepted {wall(row.sent_at or row.created_at, row.zone)}"
            why = f"late, planned {planned}: {row.reason}" if row.reason else _why_then(row, planned, asked)
            return f"{when}, {why}." + (f" {row.doubts} earlier copy may have arrived too." if row.doubts else "")
        case DeliveryState.SKIPPED | DeliveryState.FAILED:
            return f"{name} did not go: {row.reason or row.error}."
        case DeliveryState.UNKNOWN:
            return f"{name}{apart} is in doubt since {planned}: {row.error or 'its worker died'}; it may have arrived."
        case DeliveryState.WITHDRAWN:
            return f"{name} was taken back before it was sent: the person had {row.reason or 'gone'}."
        case DeliveryState.RETRY:
            return f"{name} was tried {row.attempts} times, last error: {row.error or 'none'}."
    return f"{name} is being sent."


def _why_then(row: Delivery, planned: str, asked: bool) -> str:
    if asked:
        return "out of turn, because its reader asked for it"
    return f"its hour on that day ({planned})" if row.scheduled else "at once after enrolling"


_SENTENCES = {
    "enrolled": "Enrolled by {source}: {plan}{choice}.",
    "paused": "Paused by {source} until {until}.",
    "resumed": "Resumed by {source}.",
    "asked-now": "Asked for {lesson} at once ({source}).",
    "repeated": "Had {lesson} sent to him once more.",
    "done": "Tapped Done on {lesson}.",
    "not-today": "Tapped Not today on {lesson}.",
    "chose": "Chose {what} ({source}).",
    "pick-up": "Had tapped nothing for a while: a “pick up here” mail went.",
    "returned": "Came back ({source}).",
    "plan-changed": "Plan changed by {source}: {plan}.",
    "moved": "{lesson} moved to {to}: {why}.",
    "deferred": "{lesson} was put off: {why}; next try {again_at}.",
    "doubt": "{lesson} is in doubt: {why}.",
    "recovered": "{lesson} was found to have gone: {why}.",
    "passed-over": "{lesson} was passed over: {why}.",
    "course-changed": "The course was edited (version {version}): next is {to} instead of {from}.",
    "trouble": "{lesson} could not be planned: {why}.",
    "crossed": "{lesson} still came: {why}.",
    "left": "Left the course ({why}).",
    "cancelled": "Cancelled by {source}: {why}.",
    "stopped": "Stopped: {why}.",
    "hard-bounce": "Stopped: {why}.",
    "gave-up": "Paused: {why}.",
    "restarted": "Ended by a restart.",
    "finished": "Finished.",
}


#: What may put the next lesson off, or bring another one in its place.
_DELAYS = {"paused", "resumed", "returned", "plan-changed", "moved", "doubt", "passed-over", "course-changed"}


def _event_line(event: Event, zone_name: str) -> str:
    if event.kind == "pruned":
        return _what_there_was(event.data or {})
    data: dict[str, Any] = {"source": event.source, **(event.data or {})}
    choice = str(Choice(data.get("language", ""), data.get("without", "")))
    data["choice"] = f", {choice}" if choice else ""
    for name in ("again_at", "at"):
        if data.get(name):
            data[name] = wall(datetime.fromisoformat(data[name]), zone_name)
    sentence = _SENTENCES.get(event.kind)
    return sentence.format_map(_Missing(data)) if sentence else ""


def _what_there_was(data: Mapping[str, Any]) -> str:
    """What is left to say of days that were pruned."""
    sent, first, last = data.get("sent", 0), data.get("first"), data.get("last")
    went = f"{sent} lessons between {first} and {last}" if sent > 1 else f"1 lesson on {first}" if sent else "No lesson"
    doubts = f", {data['doubts']} in doubt" if data.get("doubts") else ""
    return f"{went} of version {data.get('version', '?')}{doubts}; the single days are no longer kept."


class _Missing(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"
