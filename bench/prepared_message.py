"""A prepared message for each recipient against what most services do: Jinja2, premailer and EmailMessage for each.

Fair because both make the same lesson for the same person: same template and style sheet, both signed links, all list
headers. The other way gets its page as a compiled Jinja2 template, with the Markdown already turned into HTML.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from jinja2 import Environment
from premailer import Premailer

from bench.course import KEY, bench_course
from bench.inside import opened
from bench.kit import Kit, Row, interleaved, ratio
from bench.people import NAMES
from dripcourse.flows.engine import Engine
from dripcourse.flows.letters import lesson_wire, prepare_lesson
from dripcourse.mail import compile as compiling
from dripcourse.mail.slots import CompiledMail, sentinels

NOW = datetime(2026, 3, 3, 8, tzinfo=UTC)
OURS, THEIRS = 20_000, 40


def measure(kit: Kit) -> list[Row]:
    """Goal: a hundredth of the time."""
    with opened(kit, kit.database(kit.mails)) as engine:
        page, mail = _page(engine)
        ways = {"Jinja2": _usual(engine, page, mail), "prepared": _prepared(engine)}
        sizes = {name: len(way(1)) for name, way in ways.items()}
        numbers = {"Jinja2": THEIRS, "prepared": OURS}
        timed = {name: lambda name=name: _seconds(ways[name], numbers[name]) for name in ways}
        found = interleaved(kit.rounds, timed)
    middle, words = ratio(found["Jinja2"], found["prepared"])
    cost = ", ".join(f"{name} {statistics.median(each) * 1e6:,.1f} µs" for name, each in found.items())
    note = f"{cost} a mail of {sizes['prepared']:,} bytes"
    return [Row("Jinja2 + premailer + EmailMessage / prepared", ">= 100", words, middle >= 100, note)]


def _seconds(way: Callable[[int], bytes], number: int) -> float:
    started = time.process_time()
    for n in range(number):
        way(n)
    return (time.process_time() - started) / number


def _prepared(engine: Engine) -> Callable[[int], bytes]:
    """The product's way, as its sending flow goes it."""
    from dripcourse.storage import courses

    with engine.db.reading() as tx:
        book = engine.shelf.book(tx, courses.find(tx, "bench").version_id)
        prepared = prepare_lesson(engine, book, book.mail(tx, KEY), KEY)

    def one(n: int) -> bytes:
        return lesson_wire(
            engine, prepared, public_id=f"e{n:021}", address=f"person{n}@example.com", name=NAMES[n % len(NAMES)],
            signed_up=NOW, message_id=f"<{n:032}@example.com>", now=NOW,
        )  # fmt: skip

    return one


def _page(engine: Engine) -> tuple[str, CompiledMail]:
    """The lesson's page before its styles are inlined, and the compiled mail for its text."""
    pages, real = [], compiling.inlined
    compiling.inlined = lambda page: pages.append(page) or real(page)  # type: ignore[func-returns-value]
    try:
        course = bench_course()
        lesson = next(one for one in course.lessons if one.key == KEY)
        mail = compiling.compile_lesson(course, lesson, engine.brand)
    finally:
        compiling.inlined = real
    return pages[-1], mail


def _usual(engine: Engine, page: str, mail: CompiledMail) -> Callable[[int], bytes]:
    environment = Environment(autoescape=True)
    html, text = (environment.from_string(_with_names(part)) for part in (page, mail.text))
    brand = engine.brand

    def one(n: int) -> bytes:
        address, public_id = f"person{n}@example.com", f"e{n:021}"
        leave, one_click = (engine.links.url(purpose, public_id) for purpose in ("leave", "one-click"))
        values = {"leave_url": leave, "recipient": address, "signed_up": f"{NOW:%-d %B %Y}"}
        message = EmailMessage(policy=SMTP)
        message["Date"] = format_datetime(NOW)
        message["From"] = formataddr((brand.name, brand.from_address))
        message["To"] = formataddr((NAMES[n % len(NAMES)], address))
        message["Subject"] = mail.subject
        message["Message-ID"] = f"<{n:032}@example.com>"
        message["List-Id"] = f"<bench.{brand.list_domain}>"
        message["List-Unsubscribe"] = f"<{one_click}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(text.render(values), cte="quoted-printable")
        inlined = Premailer(html.render(values), allow_network=False, disable_validation=True).transform()
        message.add_alternative(inlined, subtype="html", cte="quoted-printable")
        return message.as_bytes()

    return one


def _with_names(part: str) -> str:
    """The page with {{ recipient }} where the product keeps its marks."""
    for name, mark in sentinels().items():
        part = part.replace(mark, "{{ " + name + " }}")
    return part
