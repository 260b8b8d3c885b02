"""`dripcourse enrollment …`: who is where in which course."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

import typer

from dripcourse.addresses import parse_address
from dripcourse.cli import house, wishes
from dripcourse.cli.enrollment_list import Course, list_
from dripcourse.cli.output import put
from dripcourse.cli.subscriber import Address
from dripcourse.domain.calendar import local_date
from dripcourse.domain.enrollment import Enrollment
from dripcourse.errors import InputError
from dripcourse.flows import pace as changes
from dripcourse.flows import telling
from dripcourse.flows.books import Shelf
from dripcourse.flows.choices import plan_and_choice
from dripcourse.flows.enroll import Wish, enroll, find_run
from dripcourse.flows.explain import what_is_next
from dripcourse.flows.reader import choose_for
from dripcourse.storage import courses, enrollments, subscribers
from dripcourse.storage.database import Transaction

enrollment = typer.Typer(no_args_is_help=True, help="Enroll people; pause, resume, skip, move, restart, cancel.")

NoMail = Annotated[bool, typer.Option("--no-mail", help="Do not tell the person by mail.")]
Language = Annotated[str, typer.Option("--language", help="One of the course's languages, such as de.")]
Without = Annotated[
    str, typer.Option("--without", help="Perspectives to replace by other passages: keys of [optional], by comma.")
]

enrollment.command("list")(list_)

Again = Annotated[bool, typer.Option("--again", help="For one who had left: he asked for it himself.")]


@enrollment.command()
def add(
    address: Address,
    course: Annotated[str, typer.Option("--course", help="The course's slug.")],
    zone: wishes.Zone = "UTC",
    hour: wishes.Hour = "08:00",
    weekdays: wishes.Weekdays = "",
    pace: wishes.Pace = "daily",
    start: wishes.Start = "",
    language: Language = "",
    without: Without = "",
    again: Again = False,
) -> None:
    """Enroll a subscriber. The welcome mail goes at once, the first lesson at the next chosen hour.

    Example: dripcourse enrollment add anne@example.com --course my-course --zone Europe/Berlin --hour 08:00
    """
    begin = wishes.parse_date(start) if start else None
    wish = Wish(wishes.plan(zone, hour, weekdays, pace), begin, language=language, without=without)
    db, now = house.database(house.settings()), house.now()
    if wish.start is not None and wish.start < local_date(now, wish.plan.zone):
        raise InputError(f"--start {wish.start} lies in the past")
    with db.writing() as tx:
        person = subscribers.find(tx, parse_address(address))
        done = enroll(tx, Shelf(), person, courses.find(tx, course), wish, now, how="cli", again=again)
    put(f"{person.address} is in {course}: {plan_and_choice(done)}.")


@enrollment.command()
def pause(
    address: Address,
    course: Course = "",
    until: Annotated[str, typer.Option(help="First date on which lessons may go again, YYYY-MM-DD.")] = "",
    days: Annotated[int, typer.Option(min=0, max=366, help="Or: for so many days from today.")] = 0,
    no_mail: NoMail = False,
) -> None:
    """Pause until a date, for some days, or until `resume`. The whole remaining plan moves.

    Example: dripcourse enrollment pause anne@example.com --days 7
    """
    if until and days:
        raise InputError("give --until or --days, not both")

    def change(tx: Transaction, shelf: Shelf, one: Enrollment) -> Enrollment:
        today = local_date(house.now(), one.plan.zone)
        end = wishes.parse_date(until) if until else today + timedelta(days=days) if days else None
        done = changes.pause(tx, shelf, one.id, house.now(), how="cli", until=end)
        if done != one and not no_mail:
            telling.tell_paused(tx, shelf, done, _host(), house.now())
        return done

    _apply(address, course, change, as_it_was=_already_paused)


def _already_paused(one: Enrollment) -> str:
    if one.plan.paused_until and one.plan.paused_until == one.begins:
        return f"not paused, for it begins on {one.begins} and no lesson comes before. "
    return f"already paused until {one.plan.paused_until or '`resume`'}. "


@enrollment.command()
def resume(address: Address, course: Course = "", no_mail: NoMail = False) -> None:
    """End a pause: the next lesson goes at the next hour of the plan.

    Example: dripcourse enrollment resume anne@example.com
    """

    def change(tx: Transaction, shelf: Shelf, one: Enrollment) -> Enrollment:
        done = changes.resume(tx, shelf, one.id, house.now(), how="cli")
        if not no_mail:
            telling.tell_resumed(tx, shelf, done, _host(), house.now())
        return done

    _apply(address, course, change)


@enrollment.command()
def choose(
    address: Address,
    course: Course = "",
    language: Annotated[str | None, typer.Option(help="One of the course's languages, such as de.")] = None,
    without: Annotated[
        str | None, typer.Option(help="Keys of [optional], by comma; empty: take them all back.")
    ] = None,
) -> None:
    """Choose a language, or other passages in place of a perspective's, from the next lesson on.

    Example: dripcourse enrollment choose anne@example.com --without scripture
    """
    if language is None and without is None:
        raise InputError("nothing to change: give --language or --without")

    def change(tx: Transaction, shelf: Shelf, one: Enrollment) -> Enrollment:
        wanted = one.language if language is None else language, one.without if without is None else without
        choose_for(tx, shelf.book(tx, one.version_id), one, *wanted, house.now(), how="cli")
        return one

    _apply(address, course, change)


@enrollment.command()
def skip(address: Address, course: Course = "") -> None:
    """Pass over the next lesson; the one after it takes its day.

    Example: dripcourse enrollment skip anne@example.com
    """
    _apply(address, course, lambda tx, shelf, one: changes.skip(tx, shelf, one.id, house.now(), how="cli"))


@enrollment.command("send-now")
def send_now(address: Address, course: Course = "") -> None:
    """Send the next lesson now; those after it keep their days. At most three a day.

    Example: dripcourse enrollment send-now anne@example.com
    """
    _apply(address, course, lambda tx, shelf, one: changes.ask(tx, shelf, one.id, house.now(), how="cli"))


@enrollment.command()
def move(
    address: Address,
    course: Course = "",
    zone: wishes.Zone = "",
    hour: wishes.Hour = "",
    weekdays: wishes.Weekdays = "",
    pace: wishes.Pace = "",
) -> None:
    """Change zone, hour, weekdays or pace. What is not given stays.

    Example: dripcourse enrollment move anne@example.com --zone Asia/Tokyo --hour 21:00
    """
    if not (zone or hour or weekdays or pace):
        raise InputError("nothing to change: give --zone, --hour, --weekdays or --pace")

    def change(tx: Transaction, shelf: Shelf, one: Enrollment) -> Enrollment:
        plan = wishes.changed(one.plan, zone, hour, weekdays, pace)
        return changes.move(tx, shelf, one.id, plan, house.now(), how="cli")

    _apply(address, course, change)


@enrollment.command()
def restart(address: Address, course: Course = "", again: Again = False) -> None:
    """Begin the course anew as a new run, with the same plan.

    Example: dripcourse enrollment restart anne@example.com
    """
    _apply(
        address, course, lambda tx, shelf, one: changes.restart(tx, shelf, one.id, house.now(), how="cli", again=again)
    )


@enrollment.command()
def cancel(
    address: Address, course: Course = "", why: Annotated[str, typer.Option(help="Kept in the ledger.")] = ""
) -> None:
    """End the run. What was sent stays in the ledger.

    Example: dripcourse enrollment cancel anne@example.com --why "asked by phone"
    """
    _apply(address, course, lambda tx, shelf, one: changes.cancel(tx, one.id, house.now(), how="cli", why=why))


def _host() -> str:
    return house.settings().from_address.rpartition("@")[2]


def _apply(
    address: str,
    course: str,
    change: Callable[[Transaction, Shelf, Enrollment], Enrollment],
    as_it_was: Callable[[Enrollment], str] = lambda _: "",
) -> None:
    """Find the run, lock it, change it in one transaction; say what comes next, after why nothing changed if so."""
    db, shelf = house.database(house.settings()), Shelf()
    with db.writing() as tx:
        person = subscribers.find(tx, parse_address(address))
        before = find_run(tx, person, course or None)
        before = enrollments.lock(tx, [before.id])[before.id]
        done = change(tx, shelf, before)
        subjects = shelf.book(tx, done.version_id).version.subjects
    put(f"{person.address}: {as_it_was(done) if done == before else ''}{what_is_next(done, subjects)}")
