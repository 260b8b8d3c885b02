"""`demo`: the whole main job in one go, on a virtual clock, through the real engine; then the outbox to look at."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn

from dripcourse import data, logs
from dripcourse.cli import house
from dripcourse.cli.demo_cast import CAST, START, refusals, script
from dripcourse.cli.output import bar_on_terminal, put, put_table, say
from dripcourse.cli.proof import SHIPPED, show_proof
from dripcourse.cli.serving import listening, run_web, to_sink
from dripcourse.config import Settings
from dripcourse.courses.folders.folder import read_course
from dripcourse.domain.calendar import zone
from dripcourse.domain.enrollment import Delivery
from dripcourse.domain.progress import Rule
from dripcourse.flows.engine import Engine, build_engine
from dripcourse.flows.enroll import Wish, add_subscriber, enroll
from dripcourse.flows.publish import number_of_mails, publish
from dripcourse.flows.simulate import VirtualClock
from dripcourse.flows.tick import OUTAGE_AFTER
from dripcourse.flows.verify import verify
from dripcourse.mail.transports.outbox import Outbox
from dripcourse.mail.transports.sink import Sink
from dripcourse.storage import courses, deliveries, enrollments, forms, heartbeats, notices, schema
from dripcourse.storage.database import open_database
from dripcourse.web.app import create_app
from workers import runtime
from workers.embedded import EmbeddedBeat, EmbeddedWorker, tick_once

_WORDING = "Send me one lesson a day by e-mail. I can stop at any time with one click."


@dataclass
class DemoClock(VirtualClock):
    """Virtual until it is set free, then the real one."""

    free: bool = False

    def __call__(self) -> datetime:
        """The moment it shows."""
        return house.now() if self.free else self.now


def demo(
    once: Annotated[bool, typer.Option("--once", help="Exit instead of serving the outbox.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The web part's port; 0: any free one.")] = 0,
) -> None:
    """Publish the shipped course, let five people go through all of it in a minute, prove it, show every mail.

    Example: dripcourse demo
    """
    logs.configure("WARNING")
    with tempfile.TemporaryDirectory(prefix="dripcourse-demo-") as folder, listening("127.0.0.1", port) as (taken, url):
        settings = Settings(
            database_url=f"sqlite:///{Path(folder) / 'demo.db'}",
            base_url=url,
            sender_name="Thirty Steady Days",
            from_address="course@example.com",
            postal_address="Dripcourse demo, 1 Example Street, 12345 Sampletown",
            state_dir=Path(folder),
            secret_keys=("demo-key-made-for-one-run-only",),
        )
        clock, outbox = DemoClock(START), Outbox()
        with Sink(outbox, answer=refusals(), clock=clock) as sink, _worker(settings, clock, sink) as engine:
            slug = _prepare(engine)
            _let_time_pass(engine, clock)
            _show(engine, slug)
            proof = verify(engine.db, engine.shelf, clock())
            show_proof(proof)
            if not once:
                clock.free = True
                _stay(engine, settings, outbox, taken, url)
    raise typer.Exit(1 if proof.findings else 0)


@contextmanager
def _worker(settings: Settings, clock: VirtualClock, sink: Sink) -> Iterator[Engine]:
    db = open_database(settings.database_url)
    with db.writing() as tx:
        schema.upgrade(tx)
    engine = build_engine(settings, db, clock, to_sink(sink))
    runtime.use(engine)
    worker = EmbeddedWorker(polling=0.003)
    worker.start()
    try:
        yield engine
    finally:
        worker.stop()
        db.close()


def _prepare(engine: Engine) -> str:
    """Publish both shipped courses, each with a form, and enroll the five in the first; its slug."""
    slug = _publish(engine, SHIPPED, form="start")
    _publish(engine, "look-and-draw", form="draw")
    with engine.db.writing() as tx:
        row = courses.find(tx, slug)
        for person in CAST:
            added = add_subscriber(tx, person.address, person.name, START)
            enroll(tx, engine.shelf, added, row, Wish(person.plan), START, how="demo")
    return slug


def _publish(engine: Engine, folder: str, form: str) -> str:
    course = read_course(data.folder("lessons") / folder)
    with bar_on_terminal(TextColumn("Compiling {task.completed} mails"), BarColumn()) as bar:
        task = bar.add_task("compile", total=number_of_mails(course))
        publish(engine.db, course, engine.brand, Rule.FOLLOW, START, how="demo", progress=lambda: bar.advance(task))
    languages = ", ".join(each.language for each in course.editions)
    say(f"Published {course.title} ({languages}): {number_of_mails(course)} mails.")
    with engine.db.writing() as tx:
        row = courses.find(tx, course.slug)
        forms.add(tx, slug=form, title=row.title, wording=_WORDING, course_id=row.id, at=START)
    return course.slug


def _let_time_pass(engine: Engine, clock: VirtualClock) -> None:
    """Jump to each moment at which something happens; a tick goes through Celery, and the worker does the rest."""
    acts = sorted(script(engine), key=lambda act: act.at)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed} mails"), TimeElapsedColumn())
    with bar_on_terminal(*columns) as bar:
        task = bar.add_task("", total=sum(person.mails for person in CAST))
        while True:
            moments = [at for at in (_next_due(engine), acts[0].at if acts else None) if at is not None]
            if not moments:
                return
            _move(engine, clock, max(clock.now, min(moments)) - clock.now)
            while acts and acts[0].at <= clock.now:
                acts.pop(0).do(clock.now)
            tick_once()
            _wait_until_quiet(engine, clock)
            with engine.db.reading() as tx:
                sent = deliveries.counts(tx).get("sent", 0)
            bar.update(task, completed=sent, description=f"{clock.now:%a %Y-%m-%d}")


def _move(engine: Engine, clock: VirtualClock, by: timedelta) -> None:
    clock.now += by
    if by > OUTAGE_AFTER:  # the scheduler would have ticked through the quiet stretch
        with engine.db.writing() as tx:
            heartbeats.beat(tx, "tick", clock.now - timedelta(minutes=1))


def _wait_until_quiet(engine: Engine, clock: VirtualClock) -> None:
    """Until the worker has claimed and settled all that is due: the database says so, nothing else."""
    patience = time.monotonic() + 60
    while True:
        with engine.db.reading() as tx:
            busy = (
                enrollments.count_due(tx, clock.now, 1)
                + enrollments.count_leased(tx)
                + notices.count_due(tx, clock.now, 1)
            )
        if not busy:
            return
        if time.monotonic() > patience:
            raise RuntimeError("the Celery worker has not finished what is due within a minute")
        time.sleep(0.004)


def _next_due(engine: Engine) -> datetime | None:
    with engine.db.reading() as tx:
        moments = [at for at in (enrollments.next_due(tx), notices.next_due(tx)) if at is not None]
    return min(moments, default=None)


def _show(engine: Engine, slug: str) -> None:
    """Who got what and when, each in his own wall time."""
    with engine.db.reading() as tx:
        book = engine.shelf.book(tx, courses.find(tx, slug).version_id)
        runs = enrollments.after(tx, 0, len(CAST))
        rows = deliveries.of_enrollments(tx, [one.id for one in runs])
    times = [{row.lesson_key: _cell(row) for row in rows[one.id]} for one in runs]
    put_table(
        ("day", *(p.name for p in CAST)),
        [(step.position, *(t.get(step.key, "") for t in times)) for step in book.steps],
        title="Who got what, each in the wall time of his own zone (* late, with a reason)",
    )
    for person in CAST:
        put(f"{person.name}, {person.plan}: {person.story}")


def _cell(row: Delivery) -> str:
    if row.sent_at is None:
        return row.state.value
    return f"{row.sent_at.astimezone(zone(row.zone)):%m-%d %H:%M}" + ("*" if row.reason else "")


def _stay(engine: Engine, settings: Settings, outbox: Outbox, taken: socket.socket, url: str) -> None:
    """Serve the outbox and a working sign-up page on the real clock until Ctrl-C."""
    beat = EmbeddedBeat(seconds=1)
    beat.start()
    put(f"\nEvery mail:     {url}/outbox")
    put(f"Sign up:        {url}/f/start or {url}/f/draw   (the mails land in the outbox)")
    put("Stop with Ctrl-C.")
    try:
        run_web(create_app(engine, settings, outbox), taken)
    finally:
        beat.stop()
