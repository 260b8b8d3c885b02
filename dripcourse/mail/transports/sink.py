"""A built-in SMTP server on loopback that keeps every mail and delivers none: for trying things out and for tests."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller

from dripcourse.errors import ConfigError
from dripcourse.mail.transports.outbox import Outbox

HOST = "127.0.0.1"

#: From a recipient and how often he was tried, from 1, to a refusal such as "451 4.2.0 try later", or None.
Answer = Callable[[str, int], str | None]


class Sink:
    """The server, in a thread of its own from `start` to `stop`, or for the length of a `with` block.

    `clock` gives the moment each mail is marked with. With port 0 the system chooses; once it is started, `port` is
    the real one.
    """

    def __init__(
        self, outbox: Outbox, port: int = 0, answer: Answer | None = None, *, clock: Callable[[], datetime]
    ) -> None:
        self.outbox = outbox
        self.port = port
        self._handler = _Handler(outbox, answer, clock)
        self._controller: _Controller | None = None

    def start(self) -> None:
        """Begin to listen. Raises ConfigError where the port is taken."""
        try:
            listening = socket.create_server((HOST, self.port), backlog=128)
        except OSError as problem:
            raise ConfigError(f"the mail sink cannot listen on {HOST}:{self.port}: {problem.strerror}") from problem
        self.port = int(listening.getsockname()[1])
        self._controller = _Controller(self._handler, listening)
        self._controller.start()

    def stop(self) -> None:
        """Hang up and end the thread."""
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None

    def __enter__(self) -> Sink:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Controller(Controller):
    """aiosmtpd's, on a socket bound by us: its own way does not work with port 0."""

    def __init__(self, handler: _Handler, listening: socket.socket) -> None:
        port = listening.getsockname()[1]
        super().__init__(handler, hostname=HOST, port=port, enable_SMTPUTF8=False, ident="dripcourse sink")
        self.listening = listening

    def _create_server(self) -> Awaitable[Any]:
        return self.loop.create_server(self._factory_invoker, sock=self.listening)


class _Handler:
    """What aiosmtpd calls; its method names are the library's."""

    def __init__(self, outbox: Outbox, answer: Answer | None, clock: Callable[[], datetime]) -> None:
        self.outbox = outbox
        self.answer = answer
        self.clock = clock
        self.attempts: Counter[str] = Counter()

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, rcpt_options: list[str]
    ) -> str:
        """Refuse this recipient, or not."""
        refusal = None
        if self.answer is not None:
            self.attempts[address] += 1
            refusal = self.answer(address, self.attempts[address])
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep a copy for each recipient."""
        at = self.clock()
        for recipient in envelope.rcpt_tos:
            self.outbox.add(at, envelope.mail_from or "", recipient, bytes(envelope.content))
        return "250 2.0.0 kept"
