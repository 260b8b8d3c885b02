"""`dripcourse db …`: the database's schema, and what it need not keep."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from dripcourse.cli import house
from dripcourse.cli.output import Json, bar_on_terminal, put, put_json
from dripcourse.config import LEAST_HISTORY, Settings
from dripcourse.errors import InputError
from dripcourse.flows import lapses
from dripcourse.flows import prune as history
from dripcourse.storage import schema
from dripcourse.storage.database import Database

db = typer.Typer(no_args_is_help=True, help="The database: bring it up to date, check it, prune it.")
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


@db.command()
def upgrade() -> None:
    """Create the tables, or bring them to this version. Safe to run again.

    Example: dripcourse db upgrade
    """
    with house.reachable(house.settings()).writing() as tx:
        before, head = schema.revisions(tx)
        schema.upgrade(tx)
    put(f"The database is at schema {head}" + (" (it was there already)." if before == head else "."))


@db.command()
def check(json: Json = False) -> None:
    """Compare the database with what this program expects. Exit code 1 if they differ.

    Example: dripcourse db check
    """
    with house.reachable(house.settings()).reading() as tx:
        has, wants = schema.revisions(tx)
        found = (
            schema.differences(tx) if has == wants else [f"schema {has or 'none'}, expected {wants}: run db upgrade"]
        )
    if json:
        put_json({"schema": has, "expected": wants, "differences": found})
    else:
        for line in found:
            put(line)
        put(f"Schema {has or 'none'}: " + ("as expected." if not found else f"{len(found)} differences."))
    raise typer.Exit(1 if found else 0)


@db.command()
def prune(
    older_than: Annotated[
        int | None,
        typer.Option(metavar="DAYS", min=LEAST_HISTORY, max=36500, help="Days since the end; history_days by default."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed, and change nothing.")] = False,
    json: Json = False,
) -> None:
    """Remove the single days of runs that ended long ago; a summary of each, its consents and its person stay.

    So that nobody has to wait for the scheduler, who never confirmed in time goes too, whatever the age.

    Example: dripcourse db prune --older-than 365 --dry-run
    """
    settings, now = house.settings(), house.now()
    days = older_than or settings.history_days
    if not days:
        raise InputError("history_days is 0, nothing is pruned; say with --older-than DAYS what may go all the same")
    db_, age = house.database(settings), timedelta(days=days)
    with bar_on_terminal(*_COLUMNS) as bar:
        task = bar.add_task("Pruning", total=history.count_runs(db_, age, now))
        act = history.preview if dry_run else history.prune
        done = act(db_, age, now, progress=lambda runs: bar.advance(task, runs))
    people = _lapsed(settings, db_, now, dry_run)
    if json:
        put_json({"older_than": days, "dry_run": dry_run, **vars(done), "people": people})
    else:
        what = "Would remove" if dry_run else "Removed"
        put(f"{what} {done.deliveries} deliveries and {done.events} events; {done.runs} runs lose their single days.")
        if people:
            put(f"{what} {people} people who signed up and did not confirm in time.")


def _lapsed(found: Settings, db_: Database, now: datetime, dry_run: bool) -> int:
    """How many never confirmed in time, and are removed unless it is a dry run."""
    lapse = timedelta(days=found.signup_days)
    if dry_run:
        return lapses.foresee(db_, lapse, now)
    return lapses.forget(db_, found.secret_keys, lapse, now).people
