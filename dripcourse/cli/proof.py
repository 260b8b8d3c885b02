"""`verify`, `explain`, `simulate`: what happened, why, and what would happen."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress as Bar

from dripcourse import data
from dripcourse.addresses import parse_address
from dripcourse.cli import house, wishes
from dripcourse.cli.output import Json, put, put_json, put_table, say, talk
from dripcourse.cli.subscriber import Address
from dripcourse.courses.folder import read_course
from dripcourse.domain.calendar import zone as zone_named
from dripcourse.domain.enrollment import Delivery
from dripcourse.errors import InputError
from dripcourse.flows.books import Shelf
from dripcourse.flows.engine import Engine
from dripcourse.flows.explain import explain as explain_address
from dripcourse.flows.simulate import (
    Outage,
    Pause,
    Progress,
    Scenario,
    scratch,
    simulate_course,
    simulate_everybody,
    timetable,
)
from dripcourse.flows.verify import Proof
from dripcourse.flows.verify import verify as verify_ledger

SHIPPED = "emotional-intimacy"


def verify(json: Json = False) -> None:
    """Prove over the whole ledger that every promise was kept. Exit code 1 with the rows where one was not.

    Example: dripcourse verify
    """
    proof = verify_ledger(house.database(house.settings()), Shelf(), house.now())
    if json:
        put_json(proof)
    else:
        show_proof(proof)
    raise typer.Exit(1 if proof.findings else 0)


def show_proof(proof: Proof) -> None:
    """The proof in words."""
    for finding in proof.findings:
        put(f"{finding.promise}: run {finding.enrollment}: {finding.what}")
    put(f"{proof.runs} runs, {proof.sent} lessons sent, {proof.late} late with a reason, {proof.doubts} in doubt.")
    if proof.findings:
        put(f"{len(proof.findings)} promises broken.")
    else:
        put("Proved: no lesson twice, none out of order, none after consent ended, never two in a local day,")
        put("none outside the chosen hour without a reason, no gap without a reason, nothing left hanging.")


def explain(address: Address, json: Json = False) -> None:
    """Say why each lesson went when it did, why others did not, and when the next one goes.

    Example: dripcourse explain anne@example.com
    """
    found = explain_address(house.database(house.settings()), Shelf(), parse_address(address))
    if json:
        put_json(found)
        return
    put(f"{found.address}: {found.state}" + (f"; suppressed: {found.suppressed}" if found.suppressed else ""))
    for account in found.accounts:
        put(f"\n{account.course}, run {account.run}: {account.state}; plan {account.plan}")
        for line in account.lines:
            put(f"  {line.text}")
        put(f"  Next: {account.next}")


def simulate(
    course: Annotated[
        str, typer.Argument(metavar="[DIR]", help="A course folder; the shipped course by default.")
    ] = "",
    days: Annotated[int, typer.Option(min=0, help="Days to simulate; 0: until everybody has finished.")] = 0,
    zone: wishes.Zone = "UTC",
    hour: wishes.Hour = "08:00",
    weekdays: wishes.Weekdays = "",
    pace: wishes.Pace = "daily",
    start: Annotated[str, typer.Option(help="Date of the sign-up, YYYY-MM-DD; today by default.")] = "",
    pause: Annotated[list[str] | None, typer.Option(help="DAY:+Nd, such as 5:+4d: on day 5 pause for 4 days.")] = None,
    down: Annotated[
        list[str] | None, typer.Option(help="DAY:Nh, such as 12:36h: from day 12, down for 36 hours.")
    ] = None,
    subscribers: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many with this plan.")] = 1,
    everybody: Annotated[
        bool, typer.Option("--everybody", help="All real enrollments from now on, without sending.")
    ] = False,
    export: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every date to a CSV file.")] = None,
    json: Json = False,
) -> None:
    """Run the real engine on a virtual clock and print every date. Nothing is sent, nothing real is changed.

    Example: dripcourse simulate --zone Pacific/Auckland --start 2026-09-20 --pause 5:+4d --down 12:36h
    """
    settings = house.settings()
    with scratch(settings) as (engine, clock), Bar(console=talk, transient=True) as bar:
        task = bar.add_task("Simulating", total=None)

        def report(progress: Progress) -> None:
            bar.update(task, description=f"{progress.now:%Y-%m-%d}  {progress.sent} mails")

        if everybody:
            real = house.database(settings)
            runs, _ = simulate_everybody(engine, clock, real, house.now(), days or 60, report)
            say(f"{runs} runs, {days or 60} days from now.")
        else:
            plan = wishes.plan(zone, hour, weekdays, pace)
            begin = wishes.midnight(start, plan.zone) if start else house.now()
            scenario = Scenario(plan, begin, days or None, _pauses(pause), _outages(down), subscribers)
            source = Path(course) if course else data.folder("lessons") / SHIPPED
            simulate_course(engine, clock, read_course(source), scenario, report)
        _show(engine, clock(), one=subscribers == 1 and not everybody, export=export, json=json)


def _pauses(texts: list[str] | None) -> list[Pause]:
    found = [(text, re.fullmatch(r"(\d+):\+(\d+)d", text)) for text in texts or []]
    wrong = [text for text, match in found if match is None]
    if wrong:
        raise InputError(f"--pause {wrong[0]!r}: write DAY:+Nd, such as 5:+4d")
    return [Pause(int(match[1]), int(match[2])) for _, match in found if match]


def _outages(texts: list[str] | None) -> list[Outage]:
    found = [(text, re.fullmatch(r"(\d+):(\d+(?:\.\d+)?)h", text)) for text in texts or []]
    wrong = [text for text, match in found if match is None]
    if wrong:
        raise InputError(f"--down {wrong[0]!r}: write DAY:Nh, such as 12:36h")
    return [Outage(int(match[1]), float(match[2])) for _, match in found if match]


def _show(engine: Engine, end: datetime, *, one: bool, export: Path | None, json: bool) -> None:
    proof = verify_ledger(engine.db, engine.shelf, end)
    if export is not None:
        with export.open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(("run", "lesson", "state", "local_date", "wall_time", "zone", "utc", "reason"))
            out.writerows(_rows(engine))
        say(f"{export}: every date.")
    if json:
        names = ("run", "lesson", "state", "local_date", "wall_time", "zone", "utc", "reason")
        put_json({"proof": proof, "dates": [dict(zip(names, row, strict=True)) for row in _rows(engine)]})
    elif one:
        rows = [(row[1], row[2], row[4], row[6], row[7]) for row in _rows(engine)]
        put_table(("lesson", "state", "wall time", "UTC", "reason"), rows)
        show_proof(proof)
    else:
        per_day = Counter(row[6][:10] for row in _rows(engine) if row[2] == "sent")
        put_table(("UTC day", "mails"), sorted(per_day.items()))
        show_proof(proof)


def _rows(engine: Engine) -> Iterator[tuple[str, ...]]:
    for run, rows, _plan in timetable(engine):
        for row in rows:
            yield (str(run), row.lesson_key, row.state.value, str(row.local_date or ""), *_times(row), row.reason)


def _times(row: Delivery) -> tuple[str, str, str]:
    at = row.sent_at or row.planned_at
    local = f"{at.astimezone(zone_named(row.zone)):%a %Y-%m-%d %H:%M}"
    return local, row.zone, f"{at:%Y-%m-%d %H:%M:%SZ}"
