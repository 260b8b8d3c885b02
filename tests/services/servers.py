"""Starts one PostgreSQL or one Redis in a folder of its own, on a free loopback port. Says nothing about when."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.services.programs import postgresql_folders, redis_servers

PATIENCE = 60  # seconds a server may take to answer; it takes one, but the machine may be busy

APT = "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends"
MISSING = (
    "The tests need a real {what}, and none could be started.\n{tried}\n"
    "Either run `make test` once (it brings one along), or install it:  {apt} {package}\n"
    "or name a running one that may be written to:  {variable}={example}"
)


class StartError(Exception):
    """A server did not come up. The message holds what it said."""


@dataclass(frozen=True)
class Server:
    """A running server and how to reach it."""

    url: str
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """Ends it at once; what it holds is of no use to anyone."""
        self.process.kill()
        self.process.wait()


def start_redis(room: Path) -> Server:
    """A Redis with 64 databases that keeps nothing on disk."""
    return _first_that_starts("Redis", redis_servers(), _run_redis, room)


def start_postgresql(room: Path) -> Server:
    """A PostgreSQL cluster with an empty database `postgres`, made for speed: it would not survive a power cut."""
    return _first_that_starts("PostgreSQL", postgresql_folders(), _run_postgresql, room)


def _first_that_starts(what: str, candidates: list[Path], run: Any, room: Path) -> Server:
    tried = [] if candidates else ["No program was found on the PATH, in the usual places or in .venv."]
    for number, candidate in enumerate([c for c in candidates for _ in range(2)]):  # twice: a port may be snatched
        try:
            return run(candidate, room / f"{what.lower()}{number}")
        except (StartError, OSError, subprocess.SubprocessError) as error:
            tried.append(f"{candidate}: {error}")
    raise StartError(_missing(what, tried))


def _missing(what: str, tried: list[str]) -> str:
    redis = what == "Redis"
    return MISSING.format(
        what=what,
        tried="\n".join(tried),
        apt=APT,
        package="redis-server" if redis else "postgresql",
        variable="DRIPCOURSE_TEST_REDIS_URL" if redis else "DRIPCOURSE_TEST_DATABASE_URL",
        example="redis://127.0.0.1:6379/5" if redis else "postgresql+psycopg://user:password@127.0.0.1/postgres",
    )


def _run_redis(program: Path, room: Path) -> Server:
    room.mkdir()
    port, password = _free_port(), secrets.token_hex(16)
    settings = (
        f'bind 127.0.0.1\nport {port}\nrequirepass {password}\ndatabases 64\nappendonly no\nsave ""\n'
        f"dir {room}\nlogfile {room}/log\n"
    )
    (room / "conf").write_text(settings, encoding="utf-8")
    process = _spawn([program, room / "conf"], room)
    _wait(process, room, lambda: _redis_answers(port))
    return Server(f"redis://:{password}@127.0.0.1:{port}", process)


def _redis_answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
            line.sendall(b"PING\r\n")
            return line.recv(64).startswith((b"+PONG", b"-NOAUTH"))
    except OSError:
        return False


def _run_postgresql(programs: Path, room: Path) -> Server:
    account = _account()
    if account:
        programs = _within_reach(programs, room.parent)
    room.mkdir()
    port, password = _free_port(), secrets.token_hex(16)
    (room / "password").write_text(password, encoding="utf-8")
    if account:
        shutil.chown(room, account["user"], account["group"])
        shutil.chown(room / "password", account["user"], account["group"])
    initdb = [programs / "initdb", "--no-sync", "-A", "password", f"--pwfile={room}/password", "-U", "postgres"]
    initdb += ["-E", "UTF8", "--locale=C", "-D", room / "data"]
    if _spawn(initdb, room, **account).wait(PATIENCE):
        raise StartError(_said(room))
    quick = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=200")
    server = [programs / "postgres", "-D", room / "data", "-h", "127.0.0.1", "-p", str(port), "-k", ""]
    process = _spawn([*server, *(word for setting in quick for word in ("-c", setting))], room, **account)
    _wait(process, room, lambda: _postgresql_is_ready(room / "data" / "postmaster.pid"))
    return Server(f"postgresql+psycopg://postgres:{password}@127.0.0.1:{port}/postgres", process)


def _postgresql_is_ready(pid_file: Path) -> bool:
    # what pg_ctl looks at: the last line of the pid file turns from "starting" to "ready"
    return pid_file.exists() and pid_file.read_text(encoding="utf-8").rstrip().endswith("ready")


def _account() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as nobody. Empty for an ordinary user."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _within_reach(programs: Path, room: Path) -> Path:
    """The programs where nobody can read them: a wheel's may lie in a closed home, so they are copied."""
    install = programs.parent
    if install.name != "pginstall":
        return programs
    home = room / "programs"
    if not home.exists():
        libraries = install.parent.with_name(install.parent.name + ".libs")  # found by a path relative to bin/
        shutil.copytree(install, home / install.parent.name / install.name, symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, home / libraries.name)
    return home / install.parent.name / install.name / "bin"


def _spawn(command: list[Any], room: Path, **account: Any) -> subprocess.Popen[bytes]:
    with (room / "log").open("ab") as log:
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
        return subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=room,
            env=environment,
            **account,
        )


def _wait(process: subprocess.Popen[bytes], room: Path, ready: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise StartError(_said(room))
        time.sleep(0.01)


def _said(room: Path) -> str:
    lines = (room / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return " / ".join(lines[-5:]) or "it ended without a word"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
