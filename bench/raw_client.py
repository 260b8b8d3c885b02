"""A pipelined SMTP client that does nothing else: one prebuilt mail, sent again and again; it knows no database.

python -m bench.raw_client PORT FILE NUMBER CONNECTIONS    prints the seconds from connecting to the last reply

It is the measure for the product's own client and shares no line with it. As RFC 2920 allows, the envelope of the
next mail travels with the body of this one, so a mail costs one round trip; one mail per connection is in doubt.
"""

from __future__ import annotations

import selectors
import socket
import sys
import time
from pathlib import Path

ENVELOPE = b"MAIL FROM:<course@example.com>\r\nRCPT TO:<person@example.com>\r\nDATA\r\n"


class Line:
    """One connection: how many replies it waits for, and how many mails it has had accepted."""

    def __init__(self, port: int, body: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for words in (b"", b"EHLO bench\r\n"):
            self.socket.sendall(words)
            self._one_reply()
        self.first = ENVELOPE
        self.later = body + b".\r\n" + ENVELOPE
        self.last = body + b".\r\nQUIT\r\n"
        self.rest = self.heard = b""
        self.begun = 0

    def _one_reply(self) -> None:
        text = b""
        while not (text.endswith(b"\n") and text.split(b"\n")[-2][3:4] in (b" ", b"")):
            text += self.socket.recv(4096)

    def begin(self) -> None:
        """The envelope of the first mail."""
        self.socket.setblocking(False)
        self.rest = self.first
        self.begun = 1
        self.write()

    def write(self) -> None:
        """As much as the socket takes."""
        while self.rest:
            try:
                self.rest = self.rest[self.socket.send(self.rest) :]
            except BlockingIOError:
                return

    def read(self, more: bool) -> bool:
        """Replies that came; at a 354 the body follows. True while the connection is in use."""
        text = self.socket.recv(65536)
        if not text:
            return False
        *replies, self.heard = (self.heard + text).split(b"\r\n")
        for reply in replies:
            if reply.startswith(b"354"):
                self.rest = self.later if more else self.last
                self.begun += more
                self.write()
            elif reply.startswith((b"4", b"5")):
                raise SystemExit(f"the sink refused: {reply.decode()}")
        return not any(reply.startswith(b"221") for reply in replies)


def send(port: int, body: bytes, number: int, connections: int) -> float:
    """Seconds for so many mails over so many connections in one loop."""
    started = time.monotonic()
    selector = selectors.EpollSelector()
    lines = [Line(port, body) for _ in range(connections)]
    for line in lines:
        line.begin()
        selector.register(line.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, line)
    begun, open_lines = connections, connections
    while open_lines:
        for key, events in selector.select():
            line = key.data
            if events & selectors.EVENT_READ:
                before = line.begun
                if not line.read(begun < number):
                    selector.unregister(line.socket)
                    open_lines -= 1
                    continue
                begun += line.begun - before
            elif line.rest:
                line.write()
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if line.rest else 0)
            if key.events != wanted:
                selector.modify(line.socket, wanted, line)
    return time.monotonic() - started


def main() -> None:
    """See above."""
    port, file, number, connections = sys.argv[1:]
    sys.stdout.write(f"{send(int(port), Path(file).read_bytes(), int(number), int(connections)):.4f}\n")


if __name__ == "__main__":
    main()
