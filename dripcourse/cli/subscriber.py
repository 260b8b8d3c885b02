"""`dripcourse subscriber …`: the people."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, TextIO

import typer
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

from dripcourse.addresses import parse_address
from dripcourse.cli import house
from dripcourse.cli.output import Json, bar_on_terminal, put, put_json, put_table, say
from dripcourse.domain.fingerprint import Fingerprints
from dripcourse.errors import InputError, Refused
from dripcourse.flows import privacy
from dripcourse.flows.books import Shelf
from dripcourse.flows.disclosure import disclose
from dripcourse.flows.enroll import add_subscriber
from dripcourse.flows.explain import explain
from dripcourse.flows.imports import import_people, read_rows
from dripcourse.storage import subscribers

subscriber = typer.Typer(no_args_is_help=True, help="Add, import, show and erase people.")

_COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    TextColumn("{task.completed} of {task.total} lines"),
    TimeRemainingColumn(),
)

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The person's e-mail address.")]


@subscriber.command()
def add(address: Address, name: Annotated[str, typer.Option(help="The name shown in To.")] = "") -> None:
    """Add somebody who has asked for it outside; you vouch for the consent.

    Example: dripcourse subscriber add anne@example.com --name "Anne Miller"
    """
    found, typed = house.settings(), parse_address(address)
    with house.database(found).writing() as tx:
        privacy.refuse_erased(tx, Fingerprints(found.secret_keys), typed)
        person = add_subscriber(tx, typed, name, house.now())
    put(f"{person.address} added. Next: dripcourse enrollment add {person.address} --course COURSE")


@subscriber.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV: address,name,zone,hour,course.")],
    json: Json = False,
) -> None:
    """Add and enroll people from a CSV file. Refused lines are listed with their reason; exit code 1 if there are any.

    Example: dripcourse subscriber import people.csv
    """
    found = house.settings()
    db, known = house.database(found), Fingerprints(found.secret_keys)
    with _opened(file) as source, bar_on_terminal(*_COLUMNS) as bar:
        total = sum(1 for _ in _rows(file, source))  # to its end first: a file that breaks off there changes nothing
        task = bar.add_task("Importing", total=total)
        rows, told = _rows(file, source), lambda lines: bar.advance(task, lines)
        done = import_people(db, Shelf(), rows, house.now(), told, known)
    if json:
        refused = [{"line": line, "reason": why} for line, why in done.refused]
        put_json({"taken": done.taken, "enrolled": done.enrolled, "refused": refused})
    else:
        for line, why in done.refused:
            put(f"{file}:{line}: refused: {why}")
        put(f"{done.taken} taken, {done.enrolled} enrolled, {len(done.refused)} refused.")
    raise typer.Exit(1 if done.refused else 0)


def _opened(file: Path) -> BinaryIO:
    """The file, to be read twice; one that cannot be (a pipe) is kept in memory. Raises InputError."""
    try:
        source = file.open("rb")
        if source.seekable():
            return source
        with source:
            return io.BytesIO(source.read())
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from None


def _rows(file: Path, source: BinaryIO) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Its lines from the first one on, never all in memory. Raises InputError for what is not UTF-8 or no CSV."""
    try:
        with _text(source) as text:
            yield from read_rows(text)
    except UnicodeDecodeError:
        where = f"{file}:{_first_not_utf8(source)}"
        raise InputError(f"{where}: not UTF-8; save the file as UTF-8 and import it again") from None
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from None
    except InputError as error:
        raise InputError(f"{file}: {error}") from None


@contextmanager
def _text(source: BinaryIO) -> Iterator[TextIO]:
    source.seek(0)
    text = io.TextIOWrapper(source, "utf-8-sig", newline="")
    try:
        yield text
    finally:
        text.detach()  # or it would close the file


def _first_not_utf8(source: BinaryIO) -> int:
    """The number of the first line that is not UTF-8."""
    source.seek(0)
    for number, line in enumerate(source, 1):
        try:
            line.decode()
        except UnicodeDecodeError:
            return number
    raise AssertionError("asked only where there is one")


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


@subscriber.command()
def export(address: Address) -> None:
    """Print everything that is kept of one person, as JSON: what he may ask for (docs/my-data.md).

    Example: dripcourse subscriber export anne@example.com > anne.json
    """
    with house.database(house.settings()).reading() as tx:
        person = subscribers.find(tx, parse_address(address))
        put_json(disclose(tx, person, house.now()))


@subscriber.command()
def erase(
    address: Address,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Erase a person who asks for it: runs, lessons, taps, consents, address. A keyed hash of the address stays.

    By it an import or `subscriber add` is refused later; who signs up by a form and confirms may come back.

    Example: dripcourse subscriber erase anne@example.com
    """
    found, typed = house.settings(), parse_address(address)
    db, known = house.database(found), Fingerprints(found.secret_keys)
    if not yes:
        say(f"{_spelt(privacy.holding(db, known, typed))} will be removed for good.")
        if not (sys.stdin.isatty() and typer.confirm("Erase?", err=True)):
            raise Refused("nothing was erased; say --yes to erase without being asked")
    done = privacy.erase(db, known, typed, house.now(), how="cli")
    if json:
        put_json(done)
    else:
        put(f"{_spelt(done)} removed. Backups, and the logs of your mail server, are not ours to clean.")


def _spelt(found: privacy.Holding) -> str:
    """What there is of a person: anne@example.com with 1 enrollment, 12 deliveries."""
    many = {name: "deliveries" if name == "delivery" else f"{name}s" for name in found.rows}
    rows = ", ".join(f"{n} {name if n == 1 else many[name]}" for name, n in found.rows.items() if n)
    return found.address + (f" ({rows})" if rows else "")
