"""The servers of a run: PostgreSQL and Redis as an installation would have them, and two sinks. Nothing is measured.

PostgreSQL keeps every commit (fsync and synchronous_commit on): what it would lose in a crash would flatter us.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.processes import Failed, Program, answers, free_port, running
from bench.programs import path
from tests.services.programs import postgresql_folders, redis_servers
from tests.services.servers import _within_reach

POSTGRESQL = (
    "shared_buffers=1GB", "max_wal_size=8GB", "wal_compression=lz4", "checkpoint_timeout=15min",
    "random_page_cost=1.1", "max_connections=200", "max_parallel_workers_per_gather=0", "jit=off",
)  # fmt: skip


@contextmanager
def room() -> Iterator[Path]:
    """A new folder on the disk with the most room, which `nobody` can pass through; removed at the end."""
    usual = [Path(place) for place in (os.environ.get("BENCH_DIR"), tempfile.gettempdir(), "/var/tmp") if place]
    places = [place for place in usual[: 1 if os.environ.get("BENCH_DIR") else None] if place.is_dir()]
    parent = max(places, key=lambda place: shutil.disk_usage(place).free)
    folder = Path(tempfile.mkdtemp(prefix="dripcourse-bench-", dir=parent))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def account() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as nobody. Empty for an ordinary user."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """A new cluster; the URL of its server, without a database name. Raises Failed where none can be started."""
    programs = _within_reach(_newest(postgresql_folders()), folder)
    home, who, password = folder / "postgresql", account(), secrets.token_hex(16)
    home.mkdir()
    (home / "password").write_text(password, encoding="ascii")
    for place in (home, home / "password") if who else ():
        shutil.chown(place, who["user"], who["group"])
    log, data, port = folder / "postgresql.log", home / "data", free_port()
    made = [programs / "initdb", "-A", "password", f"--pwfile={home}/password", "-U", "postgres", "-E", "UTF8"]
    env = {"PATH": path(), "LC_ALL": "C", "TZ": "UTC"}
    first = Program([*made, "--locale=C", "-D", data], log, env=env, cwd=home, **who)
    if first.process.wait(120):
        raise Failed(f"initdb: {first.words()}")
    server = [programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", port, "-k", ""]
    server += [word for setting in POSTGRESQL for word in ("-c", setting)]
    with running(server, log, end=2, env=env, cwd=home, **who) as program:  # SIGINT: end now, and in order
        status = data / "postmaster.pid"
        program.until(lambda: status.is_file() and status.read_text().rstrip().endswith("ready"), "PostgreSQL")
        yield f"postgresql+psycopg://postgres:{password}@127.0.0.1:{port}"


def _newest(folders: list[Path]) -> Path:
    if not folders:
        raise Failed("no PostgreSQL was found; Debian's package is called postgresql")
    return next((one for one in folders if one.parent.parent == Path("/usr/lib/postgresql")), folders[0])


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis that keeps nothing on disk, as the hints in it deserve; its URL."""
    port = free_port()
    settings = ["--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", folder]
    with running([redis_servers()[0], *settings], folder / "redis.log") as program:
        program.until(lambda: answers(port), "Redis")
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def smtp_sink(folder: Path) -> Iterator[int]:
    """Postfix's smtp-sink; its port."""
    port = free_port()
    account_needed = ["-u", "nobody"] if os.geteuid() == 0 else []
    words = ["smtp-sink", *account_needed, f"127.0.0.1:{port}", "1000"]
    with running(words, folder / "smtp-sink.log", env={"PATH": path()}) as program:
        program.until(lambda: answers(port), "smtp-sink")
        yield port


@dataclass
class LeanSink:
    """A running lean sink. What it counted is known once it has ended."""

    port: int
    folder: Path
    program: Program

    def accepted(self) -> int:
        """How many mails it has accepted by now."""
        (self.folder / "report").unlink(missing_ok=True)
        self.program.process.send_signal(signal.SIGUSR1)
        found: list[int] = []

        def written() -> bool:
            with contextlib.suppress(OSError, ValueError):  # not there yet, or half of it
                found.append(int(self.report["messages"]))
            return bool(found)

        self.program.until(written, "the lean sink's report")
        return found[0]

    @property
    def report(self) -> dict[str, float]:
        """messages, slow, bytes, first and last (seconds since 1970)."""
        found: dict[str, float] = json.loads((self.folder / "report").read_text(encoding="ascii"))
        return found

    @property
    def copies(self) -> dict[str, int]:
        """How often each Message-ID was accepted."""
        lines = (self.folder / "ids").read_text(encoding="ascii", errors="replace").splitlines()
        return {name: int(count) for name, _, count in (line.rpartition(" ") for line in lines)}

    @property
    def first_mail(self) -> bytes:
        """The first message as it came over the wire, without its final dot."""
        return (self.folder / "mail").read_bytes().removesuffix(b".\r\n")


@contextmanager
def lean_sink(folder: Path, program: Path, *, ids: bool = False, **options: int) -> Iterator[LeanSink]:
    """The sink of lean_sink.c with `delay` and `slow_ms` in milliseconds."""
    own = Path(tempfile.mkdtemp(prefix="sink-", dir=folder))
    port = free_port()
    words = [program, "--port", port, "--report", own / "report", "--keep", own / "mail"]
    words += ["--ids", own / "ids"] if ids else []
    words += [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value)]
    with running(words, own / "log") as sink:
        sink.until(lambda: answers(port), "the lean sink")
        yield LeanSink(port, own, sink)
