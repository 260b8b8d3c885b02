"""`dripcourse hook …`: webhooks, what they want, and whether they work."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dripcourse.cli import house
from dripcourse.cli.hook_log import log, replay
from dripcourse.cli.output import Json, put, put_json, put_table
from dripcourse.config import Settings
from dripcourse.domain.hook_secrets import secrets_of
from dripcourse.domain.hooks import check_kinds, message_id
from dripcourse.errors import Refused
from dripcourse.flows import hooks as flow
from dripcourse.flows.hooks import Courier
from dripcourse.storage import courses, hooks
from dripcourse.storage.database import Transaction
from dripcourse.storage.hooks import Hook

hook = typer.Typer(no_args_is_help=True, help="Webhooks: other programs are told what happens (docs/hooks.md).")
hook.command()(log)
hook.command()(replay)

Id = Annotated[str, typer.Argument(metavar="HOOK", help="Its id, as `dripcourse hook list` shows it.")]


@hook.command()
def create(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where messages go: an https address.")],
    event: Annotated[
        list[str] | None, typer.Option(help="What it wants to know, such as lesson.done; give it several times.")
    ] = None,
    course: Annotated[str, typer.Option(help="Only what happens in this course.")] = "",
) -> None:
    """Make a webhook and print its id and its secret.

    Example: dripcourse hook create https://app.example.org/in --event signup.confirmed --event lesson.done
    """
    found, kinds = house.settings(), check_kinds(event or [])
    flow.check_url(url, near=found.hooks_private_ok)
    with house.database(found).writing() as tx:
        course_id = courses.find(tx, course).id if course else None
        one = hooks.add(tx, url, kinds, course_id, house.now())
    put(f"{one.public_id}\n{_secret(found, one)}")


@hook.command("list")
def list_(json: Json = False) -> None:
    """List the webhooks, revoked ones too.

    Example: dripcourse hook list
    """
    with house.database(house.settings()).reading() as tx:
        rows = [_facts(tx, one) for one in hooks.every(tx)]
    if json:
        put_json(rows)
    else:
        names = ("hook", "state", "url", "course", "events")
        put_table(names, [[row[n] if n != "events" else " ".join(row[n]) for n in names] for row in rows])


@hook.command()
def show(hook_id: Id, json: Json = False) -> None:
    """Show one webhook with its secret.

    Example: dripcourse hook show 3v9wq7kz2m5c4xya
    """
    found = house.settings()
    with house.database(found).reading() as tx:
        one = hooks.find(tx, hook_id)
        facts = {**_facts(tx, one), "secret": _secret(found, one)}
    if json:
        put_json(facts)
        return
    for name, value in facts.items():
        put(f"{name:14} {' '.join(value) if isinstance(value, tuple) else value or '-'}")


@hook.command()
def test(hook_id: Id) -> None:
    """Send a message of type hook.test now. Exit code 1 if it was not taken.

    Example: dripcourse hook test 3v9wq7kz2m5c4xya
    """
    found = house.settings()
    db = house.database(found)
    one = flow.send_test(Courier(db, house.now, found.secret_keys, found.hooks_private_ok), hook_id)
    name = message_id(hook_id, one.id, one.at)
    if one.state == "sent":
        put(f"{name} was taken ({one.code}).")
        return
    waits = "another message is under way to it; this one follows, see `dripcourse hook log`"
    put(f"{name} was not taken: {one.error or waits}.")
    raise typer.Exit(1)


@hook.command()
def revoke(hook_id: Id) -> None:
    """Send nothing more to a webhook, for good; what waits for it is dropped.

    Example: dripcourse hook revoke 3v9wq7kz2m5c4xya
    """
    with house.database(house.settings()).writing() as tx:
        one = hooks.find(tx, hook_id)
        if one.state == "revoked":
            raise Refused(f"the webhook {hook_id} is revoked already")
        hooks.revoke(tx, one, house.now())
    put(f"The webhook {hook_id} is revoked.")


@hook.command()
def enable(hook_id: Id) -> None:
    """Go on with a webhook that was disabled because it failed for five days, or answered 410, and with what waited.

    Example: dripcourse hook enable 3v9wq7kz2m5c4xya
    """
    with house.database(house.settings()).writing() as tx:
        kept = hooks.enable(tx, hooks.find(tx, hook_id), house.now())
    follow = "1 message that was kept goes out" if kept == 1 else f"{kept} messages that were kept go out"
    put(f"The webhook {hook_id} is active{f'; {follow}' if kept else ''}. Next: dripcourse hook test {hook_id}")


def _secret(found: Settings, one: Hook) -> str:
    return secrets_of(found.secret_keys, one.public_id)[0]


def _facts(tx: Transaction, one: Hook) -> dict[str, Any]:
    slug = courses.by_id(tx, one.course_id).slug if one.course_id else ""
    return {
        "hook": one.public_id, "state": one.state, "url": one.url, "course": slug, "events": one.kinds,
        "created_at": one.created_at, "failing_since": one.failing_since, "revoked_at": one.revoked_at,
    }  # fmt: skip
