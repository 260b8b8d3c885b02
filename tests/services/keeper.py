"""Keeps the test servers: a process beside pytest that starts one when first asked, and ends all with pytest.

It is a process of its own so that nothing is left even when pytest is killed with SIGKILL: its standard input
is a pipe that only pytest holds, and closes when pytest is gone. Asked over a socket, so that the workers of
pytest-xdist share one server. Not imported by the tests: they ask through tests.services.asking.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import selectors
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.services.asking import DOOR
from tests.services.servers import Server, StartError, start_postgresql, start_redis

STARTERS: dict[str, Callable[[Path], Server]] = {"postgresql": start_postgresql, "redis": start_redis}


class Keeper:
    """The servers started so far and the folder they live in."""

    def __init__(self) -> None:
        self.room: Path | None = None
        self.servers: dict[str, Server] = {}
        self.failures: dict[str, str] = {}

    def answer(self, name: str) -> dict[str, str]:
        """`{"url": …}`, or `{"error": …}` if it cannot be had; a failed start is not tried again."""
        if name not in self.servers and name not in self.failures:
            try:
                self.room = self.room or make_room()
                self.servers[name] = STARTERS[name](self.room)
            except StartError as error:
                self.failures[name] = str(error)
        server = self.servers.get(name)
        return {"url": server.url} if server else {"error": self.failures[name]}

    def stop(self) -> None:
        """Ends every server and removes their folder."""
        for server in self.servers.values():
            server.stop()
        if self.room:
            shutil.rmtree(self.room, ignore_errors=True)


def make_room() -> Path:
    """A new folder that the account `nobody` can pass through; not listable by others."""
    usual = Path(tempfile.gettempdir())
    open_to_all = all(place.stat().st_mode & 0o001 for place in (usual, *usual.parents))
    parent = usual if open_to_all or os.geteuid() else Path("/tmp")
    room = Path(tempfile.mkdtemp(prefix="dripcourse-tests-", dir=parent))
    room.chmod(0o711)
    return room


def serve(door: socket.socket, parent: int) -> None:
    """Answers until pytest is gone."""
    keeper = Keeper()
    with selectors.DefaultSelector() as selector, contextlib.closing(door):
        selector.register(door, selectors.EVENT_READ)
        selector.register(sys.stdin, selectors.EVENT_READ)
        try:
            # the parent is looked at as well: a forgotten child of a test may hold the pipe open
            while os.getppid() == parent:
                ready = {key.fileobj for key, _ in selector.select(timeout=1)}
                if sys.stdin in ready:
                    break
                if door in ready:
                    _answer_one(door, keeper)
        finally:
            keeper.stop()


def _answer_one(door: socket.socket, keeper: Keeper) -> None:
    caller, _ = door.accept()
    with caller, contextlib.suppress(OSError):  # a caller that hung up is no concern of the others
        caller.settimeout(5)
        password, _, name = caller.makefile().readline().strip().partition(" ")
        if secrets.compare_digest(password, os.environ[DOOR].split()[1]):
            caller.settimeout(None)
            caller.sendall(json.dumps(keeper.answer(name)).encode())


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # it ends when pytest has ended, not before
        signal.signal(ignored, signal.SIG_IGN)
    serve(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]))
