"""How the tests get at the servers: hires the keeper once for each run, and asks it for URLs."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
from contextlib import closing
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parents[2]
DOOR = "DRIPCOURSE_TEST_KEEPER"
NAMED = {"redis": "DRIPCOURSE_TEST_REDIS_URL", "postgresql": "DRIPCOURSE_TEST_DATABASE_URL"}


def hire() -> subprocess.Popen[bytes]:
    """Starts the keeper, which starts nothing yet. Its door is told to child processes by the environment,
    with a password: other accounts of this machine can knock at it too.
    """
    with closing(socket.create_server(("127.0.0.1", 0))) as door:
        descriptor = door.fileno()
        os.environ[DOOR] = f"{door.getsockname()[1]} {secrets.token_hex(16)}"
        return subprocess.Popen(
            [sys.executable, "-m", "tests.services.keeper", str(descriptor), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd=ROOT,
            pass_fds=[descriptor],
            start_new_session=True,  # a Ctrl-C at the terminal is for pytest
        )


def dismiss(keeper: subprocess.Popen[bytes]) -> None:
    """Lets the keeper end its servers, and waits for it."""
    os.environ.pop(DOOR, None)
    if keeper.stdin:
        keeper.stdin.close()
    keeper.wait(timeout=30)


@cache
def url(name: str) -> str:
    """The URL of the server `name` ("redis", "postgresql"). Raises RuntimeError, with the remedy, if there is none."""
    named = os.environ.get(NAMED[name])
    if named:
        return named
    port, password = os.environ[DOOR].split()
    with socket.create_connection(("127.0.0.1", int(port)), timeout=300) as line:
        line.sendall(f"{password} {name}\n".encode())
        answer = json.loads(line.makefile().read())
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return str(answer["url"])


def worker_number() -> int:
    """0 for pytest alone, 1, 2, … for the workers of pytest-xdist."""
    name = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(name.removeprefix("gw")) + 1 if name else 0


def redis_url() -> str:
    """The URL of this worker's own database in the test Redis, counted from the one a given URL names."""
    parts = urlsplit(url("redis"))
    first = int(parts.path.strip("/") or 0)
    return urlunsplit(parts._replace(path=f"/{first + worker_number()}"))


def in_database(address: str, name: str) -> str:
    """`address` with its database replaced by `name`."""
    return urlunsplit(urlsplit(address)._replace(path=f"/{name}"))
