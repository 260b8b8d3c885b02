"""The way out over SMTP: a few connections to one relay, many mails, and an answer for everything that can go wrong.

connect -> STARTTLS or TLS -> EHLO -> AUTH, once for each connection; then mail after mail, as lane.py says.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dripcourse.errors import InputError
from dripcourse.mail.address import checked
from dripcourse.mail.transports import Queue, Reply, Session
from dripcourse.mail.transports.errand import Errand, Letter
from dripcourse.mail.transports.loop import Loop
from dripcourse.mail.transports.settings import SmtpSettings

__all__ = ["SmtpSettings", "SmtpTransport"]


@dataclass(frozen=True)
class SmtpTransport:
    """Hands mails to one relay; each session has up to `settings.connections` connections of its own."""

    settings: SmtpSettings

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Connections are opened when mails wait for them, kept, and opened again when the server hangs up."""
        loop = Loop(self.settings)
        try:
            yield _SmtpSession(loop, self.settings.deadline)
        finally:
            loop.close()


@dataclass(frozen=True)
class _SmtpSession:
    loop: Loop
    deadline: float

    def deliver(self, sender: str, recipient: str, build: Callable[[], bytes], before_dot: Callable[[], None]) -> Reply:
        """As `Session.deliver` says. Raises InputError for an impossible sender or bytes that are no mail."""
        sender = checked(sender) if sender else ""
        try:
            recipient = checked(recipient)
        except InputError as problem:
            return Reply(553, f"5.1.3 {problem}; nothing was sent", "rcpt", accepted=False)
        letter = Letter(recipient, build, before_dot, time.monotonic() + self.deadline)
        self.loop.run(Errand(sender, letter, self.deadline))
        if letter.error is not None:
            raise letter.error
        if letter.reply is None:
            raise RuntimeError("a letter ends with a reply or an error")
        return letter.reply

    def deliver_all(self, sender: str, queue: Queue) -> None:
        self.loop.run(Errand(checked(sender) if sender else "", queue, self.deadline))

    def wake(self) -> None:
        self.loop.wake()
