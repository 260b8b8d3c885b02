"""An SMTP client with a wall-clock deadline and sane replies, on top of the standard library's; it sends no mail.

The library's timeout is per read, so a server that drips one byte a second could hold it for hours; it also reads
replies without end and takes some nonsense for reply codes.
"""

from __future__ import annotations

import io
import re
import smtplib
import socket
import ssl
import time

from dripcourse.mail.transports import NO_ANSWER
from dripcourse.mail.transports.replies import MAX_REPLY

_CODE = re.compile(rb"[2-5][0-5][0-9]")


class Client(smtplib.SMTP):
    """`smtplib.SMTP` whose every read and write ends at `until`, and which answers -1 to nonsense."""

    def __init__(self, host: str, ehlo_name: str, timeout: float, tls: ssl.SSLContext | None) -> None:
        self.until = float("inf")
        self.implicit_tls = tls
        # Without a host the library does not connect yet, and with a name it does not ask the resolver for ours.
        super().__init__("", 0, local_hostname=ehlo_name, timeout=timeout)
        self._host = host

    def left(self) -> float:
        """Seconds for the next step. Raises TimeoutError where none are left."""
        rest = self.until - time.monotonic()
        if rest <= 0:
            raise TimeoutError("the deadline for this mail has passed")
        return min(rest, self.timeout)

    def getreply(self) -> tuple[int, bytes]:
        """The next reply; (-1, text) where it is none that RFC 5321 section 4.2 knows."""
        if self.file is None:
            self.file = io.BufferedReader(_Bounded(self))
        self.file.raw.taken = 0
        try:
            code, text = super().getreply()
        except smtplib.SMTPResponseException as problem:  # a line without end
            self.close()
            return NO_ANSWER, problem.smtp_error if isinstance(problem.smtp_error, bytes) else b"line too long"
        return (code if _CODE.fullmatch(b"%d" % code) else NO_ANSWER), text

    def send(self, s: str | bytes | memoryview | bytearray) -> None:  # type: ignore[override]
        """Write all of it before the deadline. Raises SMTPServerDisconnected otherwise."""
        if self.sock is not None:
            self.sock.settimeout(self.left())
        super().send(s)

    def starttls_checked(self, context: ssl.SSLContext) -> tuple[int, bytes]:
        """STARTTLS and a verified handshake; what the server said before is forgotten (RFC 3207 section 4.2)."""
        if self.sock is not None:
            self.sock.settimeout(self.left())
        return self.starttls(context=context)

    def surrender(self) -> tuple[socket.socket, bytes]:
        """The open socket, for somebody else to go on with, and what was read beyond the last reply."""
        sock, stream, self.sock, self.file = self.sock, self.file, None, None
        if sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is not open")
        if stream is None:
            return sock, b""
        stream.raw.ended = True
        return sock, stream.peek()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((host, port), min(timeout, self.left()))
        # The dot is a small write after a large one: it must not wait for the large one's acknowledgement.
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.implicit_tls is None:
            return plain
        try:
            return self.implicit_tls.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise


class _Bounded(io.RawIOBase):
    """The socket as a stream that ends at the client's deadline, and after too much for one reply."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.taken = 0
        self.ended = False  # nothing more is read from the socket, only what is buffered

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        sock = self.client.sock
        if sock is None or self.ended:
            return 0
        sock.settimeout(self.client.left())
        size = sock.recv_into(buffer)
        self.taken += size
        if self.taken > MAX_REPLY:
            raise OSError(f"the reply is longer than {MAX_REPLY} bytes")
        return size
