"""One connection to an address that was chosen already, within a deadline that no slow server outlasts; no HTTP."""

from __future__ import annotations

import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeVar

from dripcourse.errors import InputError
from dripcourse.fetching.public import Address

T = TypeVar("T")


@dataclass(frozen=True)
class Deadline:
    """`until` in seconds of time.monotonic(); `step` is the most that a single wait may take, in seconds."""

    until: float
    step: float

    @classmethod
    def after(cls, seconds: float, step: float) -> Deadline:
        """It ends `seconds` from here."""
        return cls(time.monotonic() + seconds, step)

    def left(self) -> float:
        """Seconds that the next wait may take. Raises TimeoutError where nothing is left."""
        left = min(self.step, self.until - time.monotonic())
        if left <= 0:
            raise TimeoutError
        return left


class Line(AbstractContextManager["Line"]):
    """A connected socket whose every wait counts against the deadline; closed by `with`.

    `allowance` is how many bytes may still come in: what is over it is an InputError, a reason without remedy.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline, allowance: int) -> None:
        self._sock, self._deadline, self.allowance = sock, deadline, allowance

    def __exit__(self, *_: object) -> None:
        self._sock.close()

    def send(self, data: bytes) -> None:
        """Send all of it. Raises OSError, TimeoutError."""
        self._sock.settimeout(self._deadline.left())
        self._sock.sendall(data)

    def receive(self, buffer: memoryview) -> int:
        """Read what there is into `buffer`; 0 at the end. Raises OSError, TimeoutError, InputError."""
        self._sock.settimeout(self._deadline.left())
        count = self._sock.recv_into(buffer)
        self.allowance -= count
        if self.allowance < 0:
            raise InputError("the server sends more than belongs there")
        return count

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What http.client reads an answer from."""
        return io.BufferedReader(_Tap(self))


class _Tap(io.RawIOBase):
    def __init__(self, line: Line) -> None:
        self._line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # BufferedReader gives nothing else
        return self._line.receive(buffer)


def connect(addresses: Sequence[Address], port: int, deadline: Deadline) -> socket.socket:
    """A connection to the first of the addresses that answers. Raises OSError, TimeoutError: the last one's."""
    failed: OSError = TimeoutError()
    for address in addresses:
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(deadline.left())
            sock.connect((str(address), port))
        except OSError as error:
            sock.close()
            failed = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failed


def encrypted(sock: socket.socket, host: str, context: ssl.SSLContext, deadline: Deadline) -> socket.socket:
    """TLS over `sock` with a certificate that holds for `host`. Closes `sock` and raises OSError where it does not."""
    try:
        sock.settimeout(deadline.left())
        return context.wrap_socket(sock, server_hostname=host)
    except BaseException:
        sock.close()
        raise


def within(deadline: Deadline, ask: Callable[[], T]) -> T:
    """What `ask` returns or raises; TimeoutError if that takes too long.

    The look-up of a name has no time limit of its own, so it has a thread; one that hangs is left to itself.
    """
    answer: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def asked() -> None:
        try:
            answer.put((ask(), None))
        except BaseException as error:  # it is raised again on the thread that waits
            answer.put((None, error))

    thread = threading.Thread(target=asked, name="look-up", daemon=True)
    thread.start()
    try:
        found, failed = answer.get(timeout=deadline.left())
    except queue.Empty:
        raise TimeoutError from None
    thread.join()
    if failed is not None:
        raise failed
    return found  # type: ignore[return-value]  # of type T wherever nothing failed
