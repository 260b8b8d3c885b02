"""The way out over SMTP: one connection, many mails, and an answer for everything that can go wrong on it.

connect -> STARTTLS or TLS -> EHLO -> AUTH, once; then for each mail: MAIL -> RCPT -> DATA -> body -> dot -> reply.
"""

from __future__ import annotations

import ipaddress
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from dripcourse.errors import ConfigError, InputError
from dripcourse.faults import reached
from dripcourse.mail.address import checked
from dripcourse.mail.transports import NO_ANSWER, Reply, Session
from dripcourse.mail.transports.client import Client

_GOODBYE_SECONDS = 2.0
T = TypeVar("T")


@dataclass(frozen=True)
class SmtpSettings:
    """Where the relay is and how to talk to it. Times are seconds.

    `timeout` bounds one read, `deadline` the whole of one mail, connecting included. Plain text is for loopback only,
    unless `insecure_ok` says otherwise. Raises ConfigError where these do not fit together.
    """

    host: str
    port: int
    security: Literal["tls", "starttls", "plain"] = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    ehlo_name: str = "localhost"
    timeout: float = 60.0
    deadline: float = 300.0
    insecure_ok: bool = False
    ca_file: str = ""  # a private authority's certificates; "" trusts the system's

    def __post_init__(self) -> None:
        if self.security not in ("tls", "starttls", "plain"):
            raise ConfigError(f"SMTP security {self.security!r} is unknown; use tls, starttls or plain")
        if self.security == "plain" and not (self.insecure_ok or _is_loopback(self.host)):
            raise ConfigError(
                f"SMTP to {self.host} without encryption would show passwords and addresses to the network; "
                "use tls (port 465) or starttls (port 587)"
            )
        if min(self.timeout, self.deadline) <= 0:
            raise ConfigError("SMTP timeout and deadline must be more than 0 seconds")


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
            session.close()


class _Stopped(Exception):
    """The conversation has come to its end with this reply."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


class _SmtpSession:
    def __init__(self, settings: SmtpSettings) -> None:
        self.settings = settings
        self.client: Client | None = None
        self.clean = True  # no half-finished mail is open on the connection
        self.fresh = True  # it has carried no mail yet
        self.until = 0.0  # the deadline of the mail at hand, on the monotonic clock
        self.tls: ssl.SSLContext | None = None

    def deliver(self, sender: str, recipient: str, build: Callable[[], bytes], before_dot: Callable[[], None]) -> Reply:
        """As `Session.deliver` says. Raises InputError for an impossible sender or bytes that are no mail."""
        if sender:
            checked(sender)
        try:
            checked(recipient)
        except InputError as problem:
            return Reply(553, f"5.1.3 {problem}; nothing was sent", "rcpt", accepted=False)
        self.until = time.monotonic() + self.settings.deadline
        try:
            self._guarded(self._ready)
            raw = _wire_bytes(build())
            return self._guarded(lambda: self._one(sender, recipient, raw, before_dot))
        except _Stopped as stopped:
            return stopped.reply

    def _guarded(self, step: Callable[[], T]) -> T:
        """The step's result; whatever breaks it in the middle also ends the connection it was half through with."""
        try:
            return step()
        except _Stopped:
            raise
        except BaseException:
            self._drop()
            raise

    def close(self) -> None:
        """Say goodbye and hang up; nothing depends on whether the server hears it."""
        if self.client is not None and self.clean:
            self.client.until = time.monotonic() + _GOODBYE_SECONDS
            with suppress(OSError, smtplib.SMTPException):
                self.client.quit()
        self._drop()

    def _drop(self) -> None:
        if self.client is not None:
            self.client.close()
        self.client, self.clean = None, True

    def _ready(self) -> None:
        """Makes sure that a connection is open and clean for a new mail."""
        if self.client is not None:
            self.client.until = self.until
            if self.clean or self._reset(self.client):
                return
            self._drop()
        self._connect()

    def _reset(self, client: Client) -> bool:
        try:
            self.clean = client.docmd("RSET")[0] == 250
        except (OSError, smtplib.SMTPException):
            return False
        return self.clean

    def _connect(self) -> None:
        settings = self.settings
        implicit = self._context() if settings.security == "tls" else None
        client = Client(settings.host, settings.ehlo_name, settings.timeout, implicit)
        self.client, self.clean, self.fresh, client.until = client, True, True, self.until
        self._ask("connect", lambda: client.connect(settings.host, settings.port), (220,))
        self._ask("ehlo", client.ehlo, (250,))
        if settings.security == "starttls":
            self._start_tls(client)
        if settings.username:
            self._ask("auth", lambda: client.login(settings.username, settings.password), (235, 503))

    def _context(self) -> ssl.SSLContext:
        """Verified TLS 1.2 or better; made once a session, for it reads all of the system's authorities."""
        if self.tls is None:
            try:
                self.tls = ssl.create_default_context(cafile=self.settings.ca_file or None)
            except OSError as problem:
                raise ConfigError(f"the CA file {self.settings.ca_file} cannot be read: {problem}") from problem
            self.tls.minimum_version = ssl.TLSVersion.TLSv1_2
        return self.tls

    def _start_tls(self, client: Client) -> None:
        """Fails closed: without TLS not one byte of a password or a mail is sent (RFC 3207, RFC 8314)."""
        if not client.has_extn("starttls"):
            raise self._stop(NO_ANSWER, "the server does not offer STARTTLS; nothing was sent", "tls")
        self._ask("tls", lambda: client.starttls_checked(self._context()), (220,))
        self._ask("ehlo", client.ehlo, (250,))

    def _one(self, sender: str, recipient: str, raw: bytes, before_dot: Callable[[], None]) -> Reply:
        """One mail on the open connection; one the server has hung up on meanwhile is opened again, once."""
        try:
            client = self._mail_from(sender, len(raw))
        except _Stopped as stopped:
            hung_up = stopped.reply.code == NO_ANSWER and self.client is None and not self.fresh
            if not hung_up:
                raise
            self._connect()
            client = self._mail_from(sender, len(raw))
        self.fresh = False
        return self._hand_over(client, recipient, raw, before_dot)

    def _mail_from(self, sender: str, size: int) -> Client:
        client = self.client
        if client is None:
            raise RuntimeError("the connection is opened before a mail begins")
        self._refuse_size(client, size)
        reached("before_mail")
        option = f" SIZE={size}" if client.has_extn("size") else ""
        self.clean = False
        self._ask("mail", lambda: client.docmd("MAIL", f"FROM:<{sender}>{option}"), (250,))
        return client

    def _refuse_size(self, client: Client, size: int) -> None:
        """RFC 1870 section 3: what the server says it will not take is not sent to it."""
        limit = client.esmtp_features.get("size", "").strip()
        if limit.isdecimal() and 0 < int(limit) < size:
            text = f"5.3.4 the mail has {size} bytes, the server takes {limit}; it was not sent"
            raise _Stopped(Reply(552, text, "size", accepted=False))

    def _hand_over(self, client: Client, recipient: str, raw: bytes, before_dot: Callable[[], None]) -> Reply:
        self._ask("rcpt", lambda: client.docmd("RCPT", f"TO:<{recipient}>"), (250, 251, 252))
        reached("before_data")
        self._ask("data", lambda: client.docmd("DATA"), (354,))
        self._ask("body", lambda: _sent(client, _stuffed(raw)), (0,))
        reached("before_dot")
        before_dot()
        # From here on the server may have the mail, whatever we hear.
        try:
            client.send(b".\r\n")
            reached("after_dot")
            code, said = client.getreply()
        except (OSError, smtplib.SMTPException) as problem:
            code, said = NO_ANSWER, str(problem).encode()
        reached("after_reply")
        return self._verdict(code, _text(said))

    def _verdict(self, code: int, text: str) -> Reply:
        """The reply after the dot. Only 2xx, 4xx and 5xx mean anything there (RFC 5321 section 4.3.2)."""
        meaningful = code // 100 in (2, 4, 5)
        self.clean = True
        if not meaningful or code == 421:
            self._drop()
        if not meaningful:
            return Reply(NO_ANSWER, text, "dot", accepted=False, in_doubt=True)
        return Reply(code, text, "dot", accepted=code // 100 == 2)

    def _ask(self, stage: str, step: Callable[[], tuple[int, bytes]], good: tuple[int, ...]) -> None:
        """One step of the conversation. Raises _Stopped with the reply where it is not one of `good`."""
        try:
            code, said = step()
        except smtplib.SMTPResponseException as problem:
            code, said = problem.smtp_code, _bytes(problem.smtp_error)
        except (OSError, smtplib.SMTPException) as problem:
            stage = "tls" if isinstance(problem, ssl.SSLError) else stage
            raise self._stop(NO_ANSWER, str(problem) or type(problem).__name__, stage) from problem
        if code not in good:
            raise self._stop(code, _text(said), stage)

    def _stop(self, code: int, text: str, stage: str) -> _Stopped:
        """The end of this mail. The connection is kept only where the server is in step with us."""
        in_step = code // 100 in (4, 5) and code != 421 and stage in ("mail", "rcpt", "data")
        if not in_step:
            self._drop()
        known = code if 200 <= code < 600 and (code // 100 in (4, 5)) else NO_ANSWER
        return _Stopped(Reply(known, text, stage, accepted=False))


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


def _bytes(said: str | bytes) -> bytes:
    return said if isinstance(said, bytes) else said.encode()


def _text(said: bytes) -> str:
    """The server's words, on one line, at most 1,000 characters: they go into logs and the database."""
    return " ".join(said.decode("utf-8", "replace").split())[:1000]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
