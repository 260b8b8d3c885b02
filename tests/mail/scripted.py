"""An SMTP server on loopback that does what a test tells it to, however rude; it records every byte it hears."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

CERTIFICATE = Path(__file__).with_name("localhost.pem")  # self-signed, for the name localhost; good for nothing else

POLITE: dict[str, bytes] = {
    "CONNECT": b"220 rude.example\r\n",
    "EHLO": b"250-rude.example\r\n250 HELP\r\n",
    "MAIL": b"250 2.1.0 OK\r\n",
    "RCPT": b"250 2.1.5 OK\r\n",
    "DATA": b"354 go on\r\n",
    ".": b"250 2.0.0 kept\r\n",
    "BDAT": b"250 2.0.0 kept\r\n",
    "RSET": b"250 OK\r\n",
    "QUIT": b"221 bye\r\n",
}


class Talk:
    """One connection, seen from the server."""

    def __init__(self, sock: socket.socket, server: Scripted) -> None:
        self.sock = sock
        self.server = server
        self.stream = sock.makefile("rb")
        self.mails = 0

    def hear(self) -> bytes:
        """The next line, recorded; empty when the client has gone."""
        line = self.stream.readline()
        self.server.heard.append(line)
        return line

    def say(self, data: bytes) -> None:
        self.sock.sendall(data)

    def drip(self, data: bytes, pause: float = 0.1) -> None:
        """One byte at a time, as long as the client can stand it."""
        for byte in data:
            self.say(bytes([byte]))
            if self.server.stopped.wait(pause):
                return

    def hang_up(self) -> None:
        raise ConnectionAbortedError

    def close(self) -> None:
        self.stream.close()
        self.sock.close()

    def start_tls(self) -> None:
        self.stream.close()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        self.sock = context.wrap_socket(self.sock, server_side=True)
        self.stream = self.sock.makefile("rb")


#: What to do at a verb: say these bytes, or do something rude.
Turn = bytes | Callable[[Talk], None]


class Scripted:
    """The server: `turns` says what to do at each verb, at "CONNECT" and at "." (the end of a mail)."""

    def __init__(self, turns: Mapping[str, Turn | list[Turn]]) -> None:
        self.turns: dict[str, Turn | list[Turn]] = {**POLITE, **turns}
        self.heard: list[bytes] = []
        self.mails: list[bytes] = []
        self.connections = 0
        self.talks: list[Talk] = []
        self.attending: list[threading.Thread] = []
        self.stopped = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])

    @property
    def verbs(self) -> list[str]:
        """The commands that came, by their first word."""
        return [line.split(None, 1)[0].decode("latin-1").upper() for line in self.heard if line.strip()]

    def serve(self) -> None:
        while not self.stopped.is_set():
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self.attending.append(threading.Thread(target=self.attend, args=(sock,), daemon=True))
            self.attending[-1].start()

    def see_all_off(self) -> int:
        """How many connections there were, when the last of them has ended: until then a QUIT may be unread."""
        for thread in self.attending:
            thread.join(20)
            assert not thread.is_alive()
        return len(self.attending)

    def attend(self, sock: socket.socket) -> None:
        with sock, suppress(OSError, ValueError):
            sock.settimeout(10)
            talk = Talk(sock, self)
            self.talks.append(talk)
            try:
                self.converse(talk)
            finally:
                talk.close()

    def converse(self, talk: Talk) -> None:
        self.turn("CONNECT", talk)
        while line := talk.hear():
            verb = line.split(None, 1)[0].decode("latin-1").upper() if line.strip() else ""
            chunk = talk.stream.read(int(line.split()[1])) if verb == "BDAT" else b""
            if chunk:
                self.mails.append(chunk)
            if self.turn(verb, talk).startswith(b"354"):
                self.take(talk)
            if verb == "QUIT":
                return

    def take(self, talk: Talk) -> None:
        lines = []
        while (line := talk.stream.readline()) not in (b".\r\n", b""):
            lines.append(line)
        if line:
            self.mails.append(b"".join(lines))
            talk.mails += 1
            self.turn(".", talk)

    def turn(self, verb: str, talk: Talk) -> bytes:
        """Does what the script says, and returns what it said."""
        todo = self.turns.get(verb, b"502 5.5.2 what?\r\n")
        if isinstance(todo, list):  # one for each time; the last one stays
            todo = todo.pop(0) if len(todo) > 1 else todo[0]
        if callable(todo):
            todo(talk)
            return b""
        talk.say(todo)
        return todo


@contextmanager
def scripted(**turns: Turn | list[Turn]) -> Iterator[Scripted]:
    """A running server. `dot` stands for "."."""
    server = Scripted({("." if verb == "dot" else verb): turn for verb, turn in turns.items()})
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopped.set()
        server.listener.close()
