"""`dripcourse unsubscribe`: reads the mails that come to the unsubscribe address. Web links need none of it."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from dripcourse import logs
from dripcourse.cli import house
from dripcourse.cli.output import put, say
from dripcourse.config import Settings
from dripcourse.errors import ConfigError, InputError
from dripcourse.flows import mailbox
from dripcourse.flows.engine import Engine
from dripcourse.mail import lmtp
from dripcourse.mail.leaving_mail import MOST_BYTES
from dripcourse.mail.transports.null import NullTransport

unsubscribe = typer.Typer(no_args_is_help=True, help="Read the mails that come to unsubscribe_address.")

_LATER = 75  # EX_TEMPFAIL of sysexits.h: a mail server keeps the mail and comes again


@unsubscribe.command()
def read(
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="A mail; - is standard input.")] = "-",
) -> None:
    """Read one mail, from a pipe of the mail server, and let its reader go if it carries his mark.

    Ends with 0 once the mail was understood or is none of ours, with 75 ("try again") where the database is away.

    Example: dripcourse unsubscribe read - < mail.eml
    """
    raw = _mail(file)
    try:
        settings = house.settings()
        logs.configure("WARNING")
        fate = mailbox.take(_engine(settings), raw, None, house.now())
    except Exception as error:  # whatever it is, the mail is worth more than the reason
        say(f"not now: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}".rstrip(": "))
        raise typer.Exit(_LATER) from None
    put(fate.value)


@unsubscribe.command()
def listen(
    where: Annotated[str, typer.Option("--lmtp", metavar="HOST:PORT|PATH", help="Where the mail server finds us.")],
) -> None:
    """Take mails from the mail server by LMTP. Each is acknowledged when the database has what came of it.

    Example: dripcourse unsubscribe listen --lmtp 127.0.0.1:8024
    """
    settings = house.settings()
    logs.configure(settings.log_level)
    if not settings.unsubscribe_address:
        raise ConfigError("unsubscribe_address is not set, so no mail of ours names it; set it (docs/unsubscribe.md)")
    engine, fates = _engine(settings), Counter[str]()

    def take(raw: bytes, sender: str) -> str:
        fate = mailbox.take(engine, raw, sender, house.now())
        fates[fate.value] += 1
        return f"250 2.0.0 {fate.value}"

    with lmtp.listening(where) as taken:
        say(f"LMTP: {lmtp.place(taken)}   Stop with Ctrl-C")
        with suppress(asyncio.CancelledError):
            asyncio.run(_until_stopped(lmtp.serve(taken, take, MOST_BYTES, settings.host)))
    say(", ".join(f"{number} {fate}" for fate, number in sorted(fates.items())) or "no mail came")


async def _until_stopped(serving: Coroutine[Any, Any, None]) -> None:
    """Cancelled by Ctrl-C and SIGTERM, between two steps: raised within one they would be some conversation's error."""
    task = asyncio.ensure_future(serving)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await task


def _engine(settings: Settings) -> Engine:
    return house.engine(settings, house.database(settings), NullTransport())


def _mail(file: str) -> bytes:
    """The mail's bytes; one more than are read, so that a longer one is known as such."""
    if file == "-":
        raw = sys.stdin.buffer.read(MOST_BYTES + 1)
        while sys.stdin.buffer.read(MOST_BYTES):  # a pipe that is not read to its end looks broken to a mail server
            pass
        return raw
    try:
        with Path(file).open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from None
