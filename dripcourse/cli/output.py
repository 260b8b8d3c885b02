"""How commands speak: results to stdout (text or JSON), talk and errors to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

talk = Console(stderr=True, highlight=False)
# Into a pipe or a file a table keeps its lines whole; on a terminal it fits itself in.
result = Console(highlight=False, width=None if sys.stdout.isatty() else 200)

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def say(message: str) -> None:
    """One line of talk, to stderr."""
    talk.print(message, markup=False)


def put(text: str = "") -> None:
    """One line of result, to stdout."""
    sys.stdout.write(text + "\n")


def put_json(value: Any) -> None:
    """The result as JSON with stable keys; dates in ISO 8601."""
    put(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def put_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """The result as a table. Cells are data, never markup."""
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(str(cell).replace("[", r"\[") for cell in row))
    result.print(table)
