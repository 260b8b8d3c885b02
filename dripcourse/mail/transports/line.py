"""One connected socket that never blocks, plain or TLS, under a lane's conversation; it understands no SMTP."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import suppress

from dripcourse.mail.transports.connection import in_words
from dripcourse.mail.transports.lane import Broken, Lane

_READ = 64 * 1024
_RECORD = 16 * 1024  # the most that one TLS record holds
_NOT_NOW = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Line:
    """`due` is when to give it up, on the monotonic clock; `stuck`, that the kernel takes nothing more just now."""

    def __init__(self, sock: socket.socket, lane: Lane) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.lane = lane
        self.tls = sock if isinstance(sock, ssl.SSLSocket) else None
        self.due = float("inf")
        self.stuck = False
        self.watched = False  # the loop waits for it to be writable, too

    def read(self) -> bytes:
        """What has come; b"" where there is nothing now. Raises Broken where the other side has hung up."""
        try:
            data = self.sock.recv(_READ)  # more than a TLS record: none of it stays behind where no selector sees it
        except _NOT_NOW:
            return b""
        except OSError as problem:
            raise Broken(in_words(problem)) from problem
        if not data:
            raise Broken("Connection unexpectedly closed")
        return data

    def flush(self) -> None:
        """Write as much of what the lane has to say as the kernel takes. Raises Broken where it takes no more."""
        lane = self.lane
        self.stuck = False
        while lane.out:
            piece = lane.out
            if self.tls is not None:
                piece = piece[:_RECORD]
                # A record may be half out when TLS says "not now": then only its author knows that it ends there.
                lane.uncertain = 0 < lane.dot_left <= len(piece)
            try:
                size = self.sock.send(piece)
            except _NOT_NOW as problem:
                self.stuck = not isinstance(problem, ssl.SSLWantReadError)
                return
            except OSError as problem:
                raise Broken(in_words(problem)) from problem
            lane.wrote(size)

    def say_goodbye(self) -> None:
        """QUIT, if it can be written at once."""
        with suppress(OSError):
            self.sock.send(b"QUIT\r\n")

    def close(self, until: float = 0.0) -> None:
        """Hang up, after the server had until `until` (monotonic) to say its own goodbye."""
        with suppress(OSError):
            if (left := until - time.monotonic()) > 0:
                self.sock.settimeout(left)
                self.sock.recv(_READ)
        self.sock.close()
