"""`dripcourse token …`: keys of programs that sign people up (docs/api.md)."""

from __future__ import annotations

from typing import Annotated

import typer

from dripcourse.cli import house
from dripcourse.cli.output import Json, put, put_json, put_table, say
from dripcourse.domain.signatures import secrets_of
from dripcourse.errors import NotFound
from dripcourse.flows import tokens
from dripcourse.storage import forms
from dripcourse.storage import tokens as kept

token = typer.Typer(no_args_is_help=True, help="Keys of programs that sign people up through the API.")

_COLUMNS = ("id", "name", "created", "revoked")


@token.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for, such as the program's name.")],
) -> None:
    """Make a token, and show it once: only its hash is kept.

    Example: dripcourse token create shop
    """
    made, text = tokens.create(house.database(house.settings()), name, house.now())
    say(f"Keep it like a password; it is not shown again. To end it: dripcourse token revoke {made.public_id}")
    put(text)


@token.command("list")
def list_(json: Json = False) -> None:
    """List the tokens by their ids; the tokens themselves are kept nowhere.

    Example: dripcourse token list
    """
    with house.database(house.settings()).reading() as tx:
        rows = [(one.public_id, one.name, one.created_at, one.revoked_at) for one in kept.every(tx)]
    if json:
        put_json([dict(zip(_COLUMNS, row, strict=True)) for row in rows])
    else:
        put_table(_COLUMNS, [(*row[:2], f"{row[2]:%Y-%m-%d}", f"{row[3]:%Y-%m-%d}" if row[3] else "") for row in rows])


@token.command()
def revoke(public_id: Annotated[str, typer.Argument(metavar="ID", help="As `token list` shows it.")]) -> None:
    """End a token: from now on it opens nothing.

    Example: dripcourse token revoke k3v9dmq2x7abcdef
    """
    ended = tokens.revoke(house.database(house.settings()), public_id, house.now())
    put(f"The token {ended.public_id} ({ended.name}) is revoked.")


@token.command()
def intake(slug: Annotated[str, typer.Argument(metavar="FORM", help="The form it signs up for.")]) -> None:
    """Show the address and the secret by which another form builder signs its posts.

    Example: dripcourse token intake start
    """
    found = house.settings()
    with house.database(found).reading() as tx:
        there = [one.slug for one in forms.every(tx)]
    if slug not in there:
        raise NotFound(f"no form {slug!r}; the forms are: {', '.join(there) or 'none yet'}")
    put(f"{found.base_url}/api/v1/intake/{slug}")
    put(secrets_of(found.secret_keys, slug)[0])
