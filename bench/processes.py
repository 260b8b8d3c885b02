"""Starts programs and ends each by its own process id, whatever happens in between; it knows none of them."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

PATIENCE = 60.0  # seconds a program may take to be ready
ROOT = Path(__file__).parent.parent


class Failed(Exception):
    """A program did not do what it was started for. The message holds its last words."""


class Program:
    """A running program, leader of its own session, with its output in a file."""

    def __init__(self, words: list[Any], log: Path, *, env: Mapping[str, str] | None = None, **how: Any) -> None:
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [str(word) for word in words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=None if env is None else dict(env),
                start_new_session=True,
                **{"cwd": ROOT, **how},
            )
        self.pid = self.process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def words(self) -> str:
        """The last lines it wrote."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])

    def until(self, ready: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Wait for the condition. Raises Failed when the program ends first or the time is over."""
        end = time.monotonic() + patience
        while not ready():
            if not self.running or time.monotonic() > end:
                raise Failed(f"{what}: not within {patience:.0f} s\n{self.words()}")
            time.sleep(0.02)

    def stop(self, number: int = signal.SIGTERM, patience: float = 20) -> None:
        """Ask it to end; after `patience` seconds end it and what it started."""
        if self.running:
            self.process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
        self.kill()

    def kill(self) -> None:
        """SIGKILL to the whole session it leads; nothing of it is left."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()


@contextlib.contextmanager
def running(words: list[Any], log: Path, *, end: int = signal.SIGTERM, **how: Any) -> Iterator[Program]:
    """The program, ended with the block."""
    program = Program(words, log, **how)
    try:
        yield program
    finally:
        program.stop(end)


def free_port() -> int:
    """A port of the loopback that nobody used a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def family(pid: int) -> list[int]:
    """The process and all that it started, as far as they live."""
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [pid, *(one for child in found for one in family(int(child)))]


def resident(pid: int) -> int:
    """Bytes of memory that the process and its children hold and share with nobody else, plus their shares (PSS)."""
    total = 0
    for one in family(pid):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii").splitlines()
            total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total
