"""`dripcourse report …`: what became of what was begun."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from dripcourse.cli import house
from dripcourse.cli.output import Json, put, put_json, put_table, say
from dripcourse.domain.budgets import MONTH
from dripcourse.flows import funnel
from dripcourse.flows.funnel import Funnel

report = typer.Typer(no_args_is_help=True, help="What became of sign-ups.")


@report.callback()
def _noun() -> None:
    """Keeps `forms` a word of its own, though it is the only one yet."""


@report.command()
def forms(
    days: Annotated[int, typer.Option(min=1, max=36500, help="How far to look back.")] = 30, json: Json = False
) -> None:
    """For each form who came, was refused, confirmed and finished; and from where those come who finish.

    Example: dripcourse report forms --days 90
    """
    span = timedelta(days=days)
    with house.database(house.settings()).reading() as tx:
        found = funnel.look(tx, house.now(), span)
    if json:
        put_json(found)
        return
    if span > MONTH:
        say(f"What came, was refused and mailed is kept for {MONTH.days} days; runs are counted for all {days}.")
    _tables(found)


def _tables(found: Funnel) -> None:
    columns = (
        "form",
        "state",
        "came",
        "mailed",
        "confirmed",
        "not me",
        "no seat",
        "shown again",
        "refused",
        "began",
        "finished",
    )
    put_table(columns, [
        (one.form, one.state, one.came, one.mailed, one.confirmed, one.declined, one.no_seat,
         one.again,
         ", ".join(f"{why} {number}" for why, number in one.refused.items()) or "0", one.began, one.finished)
        for one in found.forms
    ])  # fmt: skip
    put()
    put_table(("from", "began", "finished"), [(one.source, one.began, one.finished) for one in found.sources])
