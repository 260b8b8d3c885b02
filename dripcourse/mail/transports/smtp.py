"""The way out over SMTP: one connection, many mails, and an answer for everything that can go wrong on it.

connect -> STARTTLS or TLS -> EHLO -> AUTH, once; then for each mail: MAIL -> RCPT -> DATA -> body -> dot -> reply.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from dripcourse.errors import DripcourseError, InputError
from dripcourse.faults import reached
from dripcourse.mail.address import checked
from dripcourse.mail.transports import NO_ANSWER, Reply, Session, one_line
from dripcourse.mail.transports.client import Client
from dripcourse.mail.transports.connection import Connection, Stopped, in_words
from dripcourse.mail.transports.settings import SmtpSettings

__all__ = ["SmtpSettings", "SmtpTransport"]

_Step = tuple[str, str, tuple[int, ...]]  # stage, command, good codes


@dataclass(frozen=True)
class SmtpTransport:
    """Hands mails to one relay; each session is one connection."""

    settings: SmtpSettings

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A connection that is opened with its first mail, kept, and opened again when the server hangs up."""
        session = _SmtpSession(self.settings)
        try:
            yield session
        finally:
            session.line.close()


class _SmtpSession:
    def __init__(self, settings: SmtpSettings) -> None:
        self.line = Connection(settings)

    def deliver(self, sender: str, recipient: str, build: Callable[[], bytes], before_dot: Callable[[], None]) -> Reply:
        """As `Session.deliver` says. Raises InputError for an impossible sender or bytes that are no mail."""
        sender = checked(sender) if sender else ""
        try:
            recipient = checked(recipient)
        except InputError as problem:
            return Reply(553, f"5.1.3 {problem}; nothing was sent", "rcpt", accepted=False)
        self.line.until = time.monotonic() + self.line.settings.deadline
        try:
            self.line.guarded(self.line.ready)
            raw = _wire_bytes(build())
            return self.line.guarded(lambda: self._one(sender, recipient, raw, before_dot))
        except Stopped as stopped:
            return stopped.reply

    def _one(self, sender: str, recipient: str, raw: bytes, before_dot: Callable[[], None]) -> Reply:
        """One mail on the open connection; one the server has hung up on meanwhile is opened again, once."""
        try:
            client = self._envelope(sender, recipient, len(raw))
        except Stopped as stopped:
            reply = stopped.reply
            hung_up = reply.stage == "mail" and reply.code == NO_ANSWER and self.line.client is None
            if self.line.fresh or not hung_up:
                raise
            self.line.connect()
            client = self._envelope(sender, recipient, len(raw))
        self.line.fresh = False
        return self._hand_over(client, raw, before_dot)

    def _envelope(self, sender: str, recipient: str, size: int) -> Client:
        """MAIL, RCPT and DATA; then the server waits for the body."""
        client = self.line.client
        if client is None:
            raise RuntimeError("the connection is opened before a mail begins")
        self._refuse_size(client, size)
        option = f" SIZE={size}" if client.has_extn("size") else ""
        steps = (
            ("mail", f"MAIL FROM:<{sender}>{option}", (250,)),
            ("rcpt", f"RCPT TO:<{recipient}>", (250, 251, 252)),
            ("data", "DATA", (354,)),
        )
        reached("before_mail")
        self.line.clean = False
        if client.has_extn("pipelining"):
            self._in_one_go(client, steps)
        else:
            for stage, command, good in steps:
                if stage == "data":
                    reached("before_data")
                self.line.ask(stage, partial(client.docmd, command), good)
        return client

    def _in_one_go(self, client: Client, steps: tuple[_Step, ...]) -> None:
        """All commands in one write, then their replies one by one (RFC 2920): two waits less for each mail."""
        reached("before_data")
        group = "".join(f"{command}\r\n" for _, command, _ in steps).encode("ascii")
        self.line.ask("mail", lambda: _sent(client, group), (0,))
        refused: Stopped | None = None
        for stage, _, good in steps:
            try:
                self.line.ask(stage, client.getreply, good)
            except Stopped as stopped:
                refused = refused or stopped
                if self.line.client is None:
                    break
            else:
                if refused and stage == "data":
                    self.line.drop()  # it waits for a mail to nobody
        if refused:
            raise refused

    def _refuse_size(self, client: Client, size: int) -> None:
        """RFC 1870 section 3: what the server says it will not take is not sent to it."""
        limit = client.esmtp_features.get("size", "").strip()
        if limit.isdecimal() and 0 < int(limit) < size:
            text = f"5.3.4 the mail has {size} bytes, the server takes {limit}; it was not sent"
            raise Stopped(Reply(552, text, "size", accepted=False))

    def _hand_over(self, client: Client, raw: bytes, before_dot: Callable[[], None]) -> Reply:
        self.line.ask("body", lambda: _sent(client, _stuffed(raw)), (0,))
        reached("before_dot")
        before_dot()
        # From here on the server may have the mail, whatever we hear.
        said: str | bytes
        try:
            client.send(b".\r\n")
            reached("after_dot")
            code, said = client.getreply()
        except DripcourseError:
            raise
        except Exception as problem:
            code, said = NO_ANSWER, in_words(problem)
        reached("after_reply")
        return self._verdict(code, one_line(said))

    def _verdict(self, code: int, text: str) -> Reply:
        """The reply after the dot. Only 25x, 4xx and 5xx mean anything there (RFC 5321 section 4.3.2)."""
        accepted = code // 10 == 25
        meaningful = accepted or code // 100 in (4, 5)
        self.line.clean = True
        if not meaningful or code == 421:
            self.line.drop()
        if not meaningful:
            return Reply(NO_ANSWER, text, "dot", accepted=False, in_doubt=True)
        return Reply(code, text, "dot", accepted=accepted)


def _sent(client: Client, data: bytes) -> tuple[int, bytes]:
    client.send(data)
    return 0, b""


def _wire_bytes(raw: bytes) -> bytes:
    """The bytes, if every line ends in CRLF and no CR or LF stands alone: a lone one can smuggle a second mail."""
    ends = raw.count(b"\r\n")
    if not raw.endswith(b"\r\n") or raw.count(b"\n") != ends or raw.count(b"\r") != ends:
        raise InputError("a mail for SMTP needs CRLF at the end of each line, and no CR or LF anywhere else")
    return raw


def _stuffed(raw: bytes) -> bytes:
    """Lines that begin with a dot get a second one (RFC 5321 section 4.5.2)."""
    doubled = raw.replace(b"\r\n.", b"\r\n..")
    return b"." + doubled if doubled.startswith(b".") else doubled
