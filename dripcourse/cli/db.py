"""`dripcourse db …`: the database's schema."""

from __future__ import annotations

import typer

from dripcourse.cli import house
from dripcourse.cli.output import Json, put, put_json
from dripcourse.storage import schema

db = typer.Typer(no_args_is_help=True, help="The database: bring it up to date, check it.")


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
