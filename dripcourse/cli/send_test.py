"""`send-test`: one mail of a course folder to its author through the real relay; nothing of it is recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dripcourse.addresses import parse_address
from dripcourse.cli import house
from dripcourse.cli.output import put, say
from dripcourse.courses.folders.folder import read_course
from dripcourse.domain.course import Course
from dripcourse.errors import ConfigError, InputError, NotFound
from dripcourse.flows.engine import installation_brand, relay, signer
from dripcourse.flows.letters import test_letter
from dripcourse.mail.brand import Brand, for_course
from dripcourse.mail.compile import NOTICES, CompiledMail, compile_lesson, compile_notice


def send_test(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A course folder.")],
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Where to send it: your own address.")],
    lesson: Annotated[str, typer.Option(help="The lesson's key; the first day's by default.")] = "",
    notice: Annotated[str, typer.Option(help=f"Not a lesson, but one of: {', '.join(NOTICES)}.")] = "",
    language: Annotated[str, typer.Option(help="One of the course's languages, such as de.")] = "",
    instead: Annotated[bool, typer.Option("--instead", help="With the passage for those who opted out.")] = False,
) -> None:
    """Send one mail of a course folder to yourself through the real relay. Nothing is recorded.

    Example: dripcourse send-test lessons/my-course me@example.org --lesson five-open-minutes
    """
    if notice and (lesson or instead):
        raise InputError("a notice is no lesson: give --notice by itself")
    s, to = house.settings(), parse_address(address)
    course = _edition(read_course(folder), language)
    brand = installation_brand(s)
    mail = compile_notice(course, notice, brand) if notice else _lesson(course, lesson, brand, instead, folder)
    if not s.smtp_host:
        raise ConfigError(
            "smtp_host is not set, so there is no relay to send by: name yours (DRIPCOURSE_SMTP_HOST); "
            f"`dripcourse course preview {folder}` shows every mail without one"
        )
    own, sign = for_course(brand, course), signer(s)
    raw = test_letter(mail, own, course, to.text, house.now(), sign, brand.domain)
    with relay(s).session() as session:
        reply = session.deliver(s.envelope_sender, to.text, lambda: raw, lambda: None)
    if not reply.accepted:
        raise InputError(f"the relay did not take it ({reply.stage}): {reply.code} {reply.text}")
    if sign is not None and not sign.aligned(own.from_address):
        say(f"Signed as {sign.domain}, but the course is from {own.from_address}: DMARC does not count that signature.")
    put(f"{to.text}: accepted by {s.smtp_host}: {reply.code} {reply.text}")


def _edition(course: Course, language: str) -> Course:
    """The course in that language, its own for ""."""
    for edition in course.editions:
        if language.lower() in ("", edition.language.lower()):  # tags have no case (RFC 5646)
            return edition
    there = ", ".join(edition.language for edition in course.editions)
    raise NotFound(f"{course.slug} is not there in {language!r}; languages: {there}")


def _lesson(course: Course, key: str, brand: Brand, instead: bool, folder: Path) -> CompiledMail:
    chosen = next((x for x in course.lessons if (x.key == key if key else x.day == 1)), None)
    if chosen is None:
        raise NotFound(f"{folder} has no lesson {key!r}; keys: {', '.join(x.key for x in course.lessons)}")
    if instead and not course.option(chosen):
        having = ", ".join(x.key for x in course.lessons if course.option(x)) or "none"
        raise InputError(f"{chosen.key} has no other passage; lessons that have one: {having}")
    return compile_lesson(course, chosen, brand, instead=instead)
