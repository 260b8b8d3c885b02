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

from dripcourse import data
from dripcourse.addresses import parse_address
from dripcourse.cli import house, wishes
from dripcourse.cli.output import Json, bar_on_terminal, put, put_json, put_table, say
from dripcourse.cli.subscriber import Address
from dripcourse.courses.folders.folder import read_course
from dripcourse.domain.calendar import zone as zone_named
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
from dripcourse.flows.turns import LONGEST_PAUSE
from dripcourse.flows.verify import Proof
from dripcourse.flows.verify import verify as verify_ledger

SHIPPED = "emotional-intimacy"  # its folder


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
        put(f"{finding.promise}: {f'run {finding.enrollment}: ' if finding.enrollment else ''}{finding.what}")
    put(f"{proof.runs} runs, {proof.sent} lessons sent, {proof.late} late with a reason, {proof.doubts} in doubt.")
    if proof.findings:
        put(f"{len(proof.findings)} promises broken.")
    else:
        put("Proved: no lesson twice, none out of order, none left out, none without consent or after it ended,")
        put("never two in a local day, none outside the chosen days and hour without a reason, no gap without a")
        put("reason, one run at a time, nothing left hanging.")


def explain(address: Address, json: Json = False) -> None:
    """Say why each lesson went when it did, why others did not, and when the next one goes.

    Example: dripcourse explain anne@example.com
    """
    found = explain_address(house.database(house.settings()), Shelf(), parse_address(address))
    if json:
        put_json(found)
        return
    put(f"{found.address}: {found.state}" + (f"; suppressed: {found.suppressed}" if found.suppressed else ""))
    for line in found.sign_ups:
        put(f"  {line.wall}  {line.text}")
    for account in found.accounts:
        put(f"\n{account.course}, run {account.run}: {account.state}; plan {account.plan}")
        for line in account.lines:
            put(f"  {line.wall}  {line.text}")
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

    Course days count as if nothing came between; a pause and an outage begin just before the lesson of their day.

    Example: dripcourse simulate --zone Pacific/Auckland --start 2026-09-20 --pause 5:+4d --down 12:36h
    """
    settings = house.settings()
    _check_free(export)
    with scratch(settings) as (engine, clock), bar_on_terminal() as bar:
        task = bar.add_task("Simulating", total=None)

        def report(progress: Progress) -> None:
            bar.update(task, description=f"{progress.now:%Y-%m-%d}  {progress.sent} mails")

        if everybody:
            since = house.now()
            runs, _ = simulate_everybody(engine, clock, house.database(settings), since, days or 60, report)
            say(f"{runs} runs, {days or 60} days from now.")
        else:
            plan = wishes.plan(zone, hour, weekdays, pace)
            since = wishes.midnight(start, plan.zone) if start else house.now()
            told = read_course(Path(course) if course else data.folder("lessons") / SHIPPED)
            last = sum(lesson.scheduled for lesson in told.lessons)
            scenario = Scenario(plan, since, days or None, _pauses(pause, last), _outages(down, last), subscribers)
            simulate_course(engine, clock, told, scenario, report)
        bar.stop()
        _show(engine, since, clock(), one=subscribers == 1 and not everybody, export=export, json=json)


def _pauses(texts: list[str] | None, last: int) -> list[Pause]:
    matches = [_matching("--pause", text, r"(\d{1,4}):\+(\d{1,4})d", "DAY:+Nd, such as 5:+4d") for text in texts or []]
    found = [Pause(_course_day("--pause", match, last), int(match[2])) for match in matches]
    for pause in found:
        if not 1 <= pause.days <= LONGEST_PAUSE.days:
            raise InputError(f"--pause: {pause.days} days are no pause; allowed are 1 to {LONGEST_PAUSE.days}")
    return found


def _outages(texts: list[str] | None, last: int) -> list[Outage]:
    form = r"(\d{1,4}):(\d{1,5}(?:\.\d+)?)h"
    matches = [_matching("--down", text, form, "DAY:Nh, such as 12:36h") for text in texts or []]
    return [Outage(_course_day("--down", match, last), float(match[2])) for match in matches]


def _matching(option: str, text: str, form: str, example: str) -> re.Match[str]:
    match = re.fullmatch(form, text)
    if match is None:
        raise InputError(f"{option} {text!r}: write {example}")
    return match


def _course_day(option: str, match: re.Match[str], last: int) -> int:
    day = int(match[1])
    if not 1 <= day <= last:
        raise InputError(f"{option} {match[0]!r}: the course has no day {day}; its days are 1 to {last}")
    return day


def _check_free(export: Path | None) -> None:
    """Say it before the long work, not after."""
    if export is not None and not export.parent.is_dir():
        raise InputError(f"--export {export}: there is no folder {export.parent}")
    if export is not None and export.is_dir():
        raise InputError(f"--export {export}: this is a folder; name a file in it")


_COLUMNS = ("run", "lesson", "state", "local_date", "wall_time", "zone", "utc", "reason")


def _show(engine: Engine, since: datetime, end: datetime, *, one: bool, export: Path | None, json: bool) -> None:
    proof = verify_ledger(engine.db, engine.shelf, end)
    if export is not None:
        _export(export, _rows(engine, since))
    if json:
        dates = [dict(zip(_COLUMNS, row, strict=True)) for row in _rows(engine, since)]
        put_json({"proof": proof, "dates": dates})
    elif one:
        rows = [(row[1], row[2], row[4], row[6], row[7]) for row in _rows(engine, since)]
        put_table(("lesson", "state", "wall time", "UTC", "reason"), rows)
        show_proof(proof)
    else:
        per_day = Counter(row[6][:10] for row in _rows(engine, since) if row[2] == "sent")
        put_table(("UTC day", "mails"), sorted(per_day.items()))
        show_proof(proof)


def _export(path: Path, rows: Iterator[tuple[str, ...]]) -> None:
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(_COLUMNS)
            out.writerows(rows)
    except OSError as error:
        raise InputError(f"--export {path}: {error.strerror}") from None
    say(f"{path}: every date.")


def _rows(engine: Engine, since: datetime) -> Iterator[tuple[str, ...]]:
    """One row a lesson, from that moment on; what a copied run had before is not foretold."""
    for run, row, why in timetable(engine):
        at = row.sent_at or row.planned_at
        if at >= since:
            local = f"{at.astimezone(zone_named(row.zone)):%a %Y-%m-%d %H:%M}"
            day = str(row.local_date or "")
            yield (str(run), row.lesson_key, row.state.value, day, local, row.zone, f"{at:%Y-%m-%d %H:%M:%SZ}", why)
