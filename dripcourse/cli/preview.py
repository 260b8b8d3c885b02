"""`dripcourse course preview`: shows a course folder in the browser while it is being written. Sends nothing."""

from __future__ import annotations

import socket
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from dripcourse import logs
from dripcourse.cli.output import say
from dripcourse.cli.serving import HOST, run_web
from dripcourse.courses.folders.folder import survey
from dripcourse.errors import ConfigError
from dripcourse.web.gallery import create_gallery
from dripcourse.web.gallery_mails import Gallery


def preview(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The course folder.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on this machine; 0: any free one.")] = 8025,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Show all mails of a course as inboxes, phones and dark mail programs show them; renewed when a file is saved.

    Needs no settings and no database, sends nothing, and is reached from this machine only. Ends with Ctrl-C.

    Example: dripcourse course preview lessons/my-course --open
    """
    logs.configure("WARNING")
    survey(folder)  # a mistyped folder is said here; one that goes away later, on the page
    gallery = Gallery(folder)
    with _listening(port) as taken:
        url = f"http://{HOST}:{taken.getsockname()[1]}"
        seen = gallery.look()
        wrong = f", {seen.wrong} mistake{'' if seen.wrong == 1 else 's'}" if seen.wrong else ""
        say(f"Preview: {url}   {len(seen.exhibits)} mails{wrong}. Stop with Ctrl-C")
        if open_ and not webbrowser.open(url):
            say("No browser was found; open that address by hand.")
        run_web(create_gallery(gallery), taken)


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        why = str(error.strerror).partition(" (while")[0]
        raise ConfigError(
            f"cannot listen on {HOST}:{port}: {why}; choose another --port, or --port 0 for any free one"
        ) from None
