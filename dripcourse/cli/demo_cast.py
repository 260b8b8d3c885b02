"""Who takes part in the demo, and what happens to them: five people, five zones, five stories."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from dripcourse.addresses import EmailAddress, parse_address
from dripcourse.domain.answers import Answer
from dripcourse.domain.calendar import instant
from dripcourse.domain.consent import Inbound
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.plan import EVERY_DAY, WEEKDAYS, Plan
from dripcourse.flows import inbound, reader
from dripcourse.flows.engine import Engine
from dripcourse.flows.enroll import find_run
from dripcourse.mail.transports import sink
from dripcourse.storage import subscribers

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # thirty days from here cross the clock changes of 2026


@dataclass(frozen=True)
class Cast:
    """One of the five. `mails` is how many lessons he will have had in the end, welcome and completion included."""

    name: str
    address: EmailAddress
    plan: Plan
    story: str
    mails: int = 32


def _cast(name: str, zone: str, hour: time, weekdays: int, story: str, mails: int = 32) -> Cast:
    return Cast(name, parse_address(f"{name.lower()}@example.com"), Plan(zone, hour, weekdays), story, mails)


ANNA = _cast(
    "Anna",
    "Europe/Berlin",
    time(8, 0),
    EVERY_DAY,
    "taps Done, and her reviews say so; her clocks go forward on 29 March, the lesson stays at 08:00.",
)
BEN = _cast(
    "Ben",
    "America/New_York",
    time(7, 30),
    WEEKDAYS,
    "weekdays only; he taps nothing, so he is asked twice whether to pick up here.",
)
CHIE = _cast(
    "Chie",
    "Asia/Tokyo",
    time(22, 30),
    EVERY_DAY,
    "pauses for five days before day 10; her plan moves, and a mail says so.",
)
DAYO = _cast(
    "Dayo", "Africa/Lagos", time(6, 15), EVERY_DAY, "leaves on day 9 with one click; nothing more goes to him.", 10
)
ELENA = _cast(
    "Elena",
    "America/Sao_Paulo",
    time(12, 0),
    EVERY_DAY,
    "wants no Scripture and gets other passages; her server says «later» twice on day 3, then accepts.",
)
CAST = (ANNA, BEN, CHIE, DAYO, ELENA)

_GREYLISTED = 4  # the mail to Elena that is refused: welcome, day 1, day 2, day 3


def refusals() -> sink.Answer:
    """The sink's answers: Elena's server puts her fourth mail off twice. Attempts count per recipient, from 1."""

    def answer(recipient: str, attempt: int) -> str | None:
        if recipient == ELENA.address.text and attempt in (_GREYLISTED, _GREYLISTED + 1):
            return "451 4.7.1 greylisted, try again later"
        return None

    return answer


@dataclass(frozen=True)
class Act:
    """Something a person does at a moment."""

    at: datetime
    do: Callable[[datetime], None]


def script(engine: Engine) -> list[Act]:
    """What the five do by themselves while time passes."""
    evening = instant((START + timedelta(days=9)).date(), time(22, 0), CHIE.plan.zone)
    morning = instant((START + timedelta(days=9)).date(), time(9, 0), DAYO.plan.zone)

    def chie_pauses(now: datetime) -> None:
        run = _run(engine, CHIE)
        reader.pause(engine, run.public_id, (run.next_date or now.date()) + timedelta(days=5), now)

    def dayo_leaves(now: datetime) -> None:
        inbound.leave(engine, _run(engine, DAYO).public_id, Inbound.ONE_CLICK, now)

    def elena_opts_out(now: datetime) -> None:
        reader.choose(engine, _run(engine, ELENA).public_id, "", "scripture", now)

    acts = [(evening, chie_pauses), (morning, dayo_leaves), (START + timedelta(hours=1), elena_opts_out)]
    return [Act(at, do) for at, do in [*acts, *_taps(engine)] if at is not None]


def _taps(engine: Engine) -> Iterator[tuple[datetime | None, Callable[[datetime], None]]]:
    """Anna, at nine in the evening: Done, and every fifth day Not today."""

    def tap(now: datetime) -> None:
        with engine.db.reading() as tx:
            had = reader.desk(tx, engine, _run(engine, ANNA).public_id)
        latest = had.lessons[-1]
        if latest.kind in ("lesson", "practice", "recap"):
            answer = Answer.DONE if latest.day % 5 else Answer.NOT_TODAY
            reader.say(engine, had.run.public_id, latest.key, answer, now)

    for day in range(1, 31):
        yield instant((START + timedelta(days=day)).date(), time(21, 0), ANNA.plan.zone), tap


def _run(engine: Engine, person: Cast) -> Enrollment:
    with engine.db.reading() as tx:
        return find_run(tx, subscribers.find(tx, person.address), None)
