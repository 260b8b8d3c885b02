"""`dripcourse subscriber …`: the people."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from dripcourse.addresses import parse_address
from dripcourse.cli import house
from dripcourse.cli.output import Json, put, put_json, put_table
from dripcourse.errors import InputError
from dripcourse.flows.books import Shelf
from dripcourse.flows.enroll import add_subscriber
from dripcourse.flows.explain import explain
from dripcourse.flows.imports import import_people, read_rows

subscriber = typer.Typer(no_args_is_help=True, help="Add, import and show people.")

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The person's e-mail address.")]


@subscriber.command()
def add(address: Address, name: Annotated[str, typer.Option(help="The name shown in To.")] = "") -> None:
    """Add somebody who has asked for it outside; you vouch for the consent.

    Example: dripcourse subscriber add anne@example.com --name "Anne Miller"
    """
    db = house.database(house.settings())
    with db.writing() as tx:
        person = add_subscriber(tx, parse_address(address), name, house.now())
    put(f"{person.address} added. Next: dripcourse enrollment add {person.address} --course COURSE")


@subscriber.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV: address,name,zone,hour,course.")],
    json: Json = False,
) -> None:
    """Add and enroll people from a CSV file. Refused lines are listed with their reason; exit code 1 if there are any.

    Example: dripcourse subscriber import people.csv
    """
    db = house.database(house.settings())
    rows = _rows(file)
    done = import_people(db, Shelf(), rows, house.now())
    if json:
        refused = [{"line": line, "reason": why} for line, why in done.refused]
        put_json({"taken": done.taken, "enrolled": done.enrolled, "refused": refused})
    else:
        for line, why in done.refused:
            put(f"{file}:{line}: refused: {why}")
        put(f"{done.taken} taken, {done.enrolled} enrolled, {len(done.refused)} refused.")
    raise typer.Exit(1 if done.refused else 0)


def _rows(file: Path) -> list[tuple[int, Mapping[str, str]]]:
    """The whole file, read before anything is written: a file that breaks off in the middle changes nothing."""
    try:
        raw = file.read_bytes()
        return list(read_rows(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(f"{file}:{line}: not UTF-8; save the file as UTF-8 and import it again") from None
    except InputError as error:
        raise InputError(f"{file}: {error}") from None


@subscriber.command()
def show(address: Address, json: Json = False) -> None:
    """Show one person: state, consents, courses.

    Example: dripcourse subscriber show anne@example.com
    """
    found = explain(house.database(house.settings()), Shelf(), parse_address(address))
    if json:
        put_json(found)
        return
    put(f"{found.address}: {found.state}" + (f", suppressed ({found.suppressed})" if found.suppressed else ""))
    rows = [(a.course, a.run, a.state, a.plan, a.next) for a in found.accounts]
    put_table(("course", "run", "state", "plan", "next"), rows)
    asked = [(f"{c.at:%Y-%m-%d %H:%M} UTC", c.kind, c.how, c.form_version, c.wording[:60]) for c in found.consents]
    put_table(("at", "consent", "how", "form", "wording"), asked)
