"""`dripcourse hook log` and `hook replay`: what webhooks were told, and telling it once more."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Any

import typer

from dripcourse.cli import house
from dripcourse.cli.output import Json, put, put_json, put_table
from dripcourse.domain.hooks import message_id, number_of
from dripcourse.errors import InputError, Refused
from dripcourse.storage import hook_deliveries, hooks
from dripcourse.storage.database import Transaction
from dripcourse.storage.hook_deliveries import Message

_MOST = 100


def log(
    hook_id: Annotated[str, typer.Argument(metavar="HOOK", help="Its id, as `dripcourse hook list` shows it.")],
    failed: Annotated[bool, typer.Option("--failed", help="Only what has not been taken so far.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, at most.")] = _MOST,
    json: Json = False,
) -> None:
    """List the newest messages to a webhook, with what was answered; kept for thirty days.

    Example: dripcourse hook log 3v9wq7kz2m5c4xya --failed
    """
    with house.database(house.settings()).reading() as tx:
        one = hooks.find(tx, hook_id)
        rows = [_facts(hook_id, each) for each in hook_deliveries.log(tx, one.id, failed=failed, limit=limit)]
    if json:
        put_json(rows)
        return
    names = ("delivery", "event", "at", "state", "attempts", "code", "error")
    put_table(names, [[_shown(row[name]) for name in names] for row in rows])


def replay(
    delivery: Annotated[str, typer.Argument(metavar="[DELIVERY]", help="Its number, or its webhook-id.")] = "",
    failed: Annotated[bool, typer.Option("--failed", help="All that failed for good, with --since.")] = False,
    since: Annotated[str, typer.Option(help="With --failed: what happened from that day on, in UTC.")] = "",
    hook_id: Annotated[str, typer.Option("--hook", help="With --failed: only of this webhook.")] = "",
) -> None:
    """Send messages once more, under the ids they had: a receiver that has them already can tell.

    Example: dripcourse hook replay --failed --since 2026-03-01
    """
    if bool(delivery) == failed or (failed and not since):
        raise InputError("say what to replay: the number of a delivery, or --failed --since YYYY-MM-DD")
    number, start = number_of(delivery) if delivery else 0, _day(since) if failed else None
    with house.database(house.settings()).writing() as tx:
        if start is None:
            ids = [_one(tx, number)]
        else:
            ids = hook_deliveries.failed_since(tx, start, hooks.find(tx, hook_id).id if hook_id else None)
        done = hook_deliveries.replay(tx, ids, house.now())
    if not done and delivery:
        raise Refused(f"delivery {number} is under way at this moment; look at the log in a minute")
    put(f"{done} {'message goes' if done == 1 else 'messages go'} once more.")


def _one(tx: Transaction, number: int) -> int:
    one = hook_deliveries.find(tx, number)
    to = next(each for each in hooks.every(tx) if each.id == one.hook_id)
    if to.revoked_at is not None:
        raise Refused(f"the webhook {to.public_id} of delivery {number} is {to.state}; nothing is sent there")
    return one.id


def _day(typed: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(typed), time(), UTC)
    except ValueError:
        raise InputError(f"{typed!r} is not a date; write it as YYYY-MM-DD") from None


def _shown(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value)


def _facts(hook_id: str, one: Message) -> dict[str, Any]:
    return {
        "delivery": one.id, "webhook_id": message_id(hook_id, one.id, one.at), "event": one.kind, "at": one.at,
        "state": one.state, "attempts": one.attempts, "code": one.code, "error": one.error,
        "answered_at": one.answered_at, "due_at": one.due_at,
    }  # fmt: skip
