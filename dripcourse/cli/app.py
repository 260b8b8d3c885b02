"""The command line as a whole: which nouns there are, and how an error becomes one line and an exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

import typer
from typer.exceptions import Abort, TyperException

from dripcourse import __version__
from dripcourse.cli import demo, house, proof, serving, setup
from dripcourse.cli.course import course
from dripcourse.cli.db import db
from dripcourse.cli.enrollment import enrollment
from dripcourse.cli.form import form
from dripcourse.cli.hook import hook
from dripcourse.cli.report import report
from dripcourse.cli.send_test import send_test
from dripcourse.cli.subscriber import subscriber
from dripcourse.cli.token import token
from dripcourse.cli.unsubscribe import unsubscribe
from dripcourse.errors import DripcourseError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Run an e-mail course: an article in, one lesson a day out, provably once each.",
)
_VERBS: dict[str, Callable[..., None]] = {
    "init": setup.init,
    "serve": serving.serve,
    "demo": demo.demo,
    "doctor": setup.doctor,
    "verify": proof.verify,
    "simulate": proof.simulate,
    "explain": proof.explain,
    "send-test": send_test,
}
_NOUNS = {
    "course": course,
    "subscriber": subscriber,
    "enrollment": enrollment,
    "form": form,
    "hook": hook,
    "token": token,
    "unsubscribe": unsubscribe,
    "report": report,
    "db": db,
}
for name, verb in _VERBS.items():
    app.command(name)(verb)
for name, noun in _NOUNS.items():
    app.add_typer(noun, name=name)


@app.callback(invoke_without_command=True)
def _top(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if version:
        sys.stdout.write(f"dripcourse {__version__}\n")
        raise typer.Exit


def main() -> None:
    """The entry point. A known error is one line (or one per mistake) and its exit code; a bug is a traceback."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = app(prog_name="dripcourse", standalone_mode=False)
    except DripcourseError as error:
        _fail(str(error), error.exit_code)
    except TyperException as error:
        _fail(_usage(error) if error.format_message() else "", 2)  # without a message it has printed the help
    except Abort:
        code = 130
    finally:
        house.close()
    sys.exit(code if isinstance(code, int) else 0)


def _usage(error: TyperException) -> str:
    """What is wrong with the words of a command, and where it says what they may be."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "dripcourse"
    return f"{' '.join(error.format_message().split()).rstrip('.')}; see `{command} --help`"


def _fail(message: str, code: int) -> NoReturn:
    sys.stderr.write("".join(f"Error: {line}\n" for line in message.splitlines()))
    sys.exit(code)


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    """SIGTERM ends a command as Ctrl-C does: what it has opened is closed, its temporary folder removed."""
    raise KeyboardInterrupt
