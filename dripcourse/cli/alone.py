"""Makes sure that one process alone works on a folder: a lock that its end, however it comes, gives back."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dripcourse.errors import ConfigError


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the lock of that folder. Raises ConfigError where another process holds it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(f"another `dripcourse serve` works in {folder.resolve()}; stop it first") from None
        yield
