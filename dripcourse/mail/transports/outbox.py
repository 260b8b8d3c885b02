"""Where the built-in sink keeps what it received: in memory, bounded, and as .eml files if asked; it is no mailbox."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Received:
    """One mail for one recipient, as it came over the wire. `number` counts from 1 and is never used twice."""

    number: int
    at: datetime
    sender: str
    recipient: str
    raw: bytes


class Outbox:
    """The newest `limit` mails; older ones are dropped, their files too. Safe to use from any thread."""

    def __init__(self, folder: Path | None = None, limit: int = 5_000) -> None:
        self._folder = folder
        self._limit = limit
        self._mails: deque[Received] = deque()
        self._count = 0
        self._lock = threading.Lock()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def mails(self) -> list[Received]:
        """What is there now, oldest first; a copy."""
        with self._lock:
            return list(self._mails)

    @property
    def count(self) -> int:
        """How many came in all, dropped ones included."""
        return self._count

    def add(self, at: datetime, sender: str, recipient: str, raw: bytes) -> Received:
        """Keep one more mail."""
        with self._lock:
            self._count += 1
            received = Received(self._count, at, sender, recipient, raw)
            self._write(received)
            self._mails.append(received)
            while len(self._mails) > self._limit:
                self._remove(self._mails.popleft())
        return received

    def clear(self) -> None:
        """Forget all mails; numbers go on."""
        with self._lock:
            while self._mails:
                self._remove(self._mails.popleft())

    def _file(self, received: Received) -> Path | None:
        return self._folder / f"{received.number:06d}.eml" if self._folder else None

    def _write(self, received: Received) -> None:
        path = self._file(received)
        if path is not None:
            path.write_bytes(received.raw)

    def _remove(self, received: Received) -> None:
        path = self._file(received)
        if path is not None:
            path.unlink(missing_ok=True)
