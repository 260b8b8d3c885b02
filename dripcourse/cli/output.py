"""How commands speak: results to stdout (text or JSON), talk and errors to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, time
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, ProgressColumn
from rich.table import Table

talk = Console(stderr=True, highlight=False)
# Into a pipe or a file a table keeps its lines whole; on a terminal it fits itself in.
result = Console(highlight=False, width=None if sys.stdout.isatty() else 200)

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def say(message: str) -> None:
    """One line of talk, to stderr."""
    talk.print(message, markup=False, soft_wrap=True)


def bar_on_terminal(*columns: ProgressColumn) -> Progress:
    """A progress bar on stderr that is gone when the work is done; none where nobody watches."""
    return Progress(*columns, console=talk, transient=True, disable=not talk.is_terminal)


def put(text: str = "") -> None:
    """One line of result, to stdout."""
    sys.stdout.write(text + "\n")


def put_json(value: Any) -> None:
    """The result as JSON with stable keys; dates in ISO 8601."""
    put(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, date | time):  # a datetime is a date
        return value.isoformat()
    return str(value)


def put_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """The result as a table. Cells are data, never markup."""
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(str(cell).replace("[", r"\[") for cell in row))
    result.print(table)
