"""One connection to the relay, from hello to goodbye, and the answers to what goes wrong on it; no mail yet."""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from dripcourse.errors import ConfigError, DripcourseError
from dripcourse.mail.address import ascii_domain
from dripcourse.mail.transports import NO_ANSWER, Reply, one_line
from dripcourse.mail.transports.client import Client
from dripcourse.mail.transports.settings import SmtpSettings

_GOODBYE_SECONDS = 2.0
T = TypeVar("T")


class Stopped(Exception):
    """The conversation has come to its end with this reply."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


class Connection:
    """At most one open connection; `until` is the deadline of the mail at hand, on the monotonic clock."""

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings = settings
        self.client: Client | None = None
        self.clean = True  # no half-finished mail is open on it
        self.fresh = True  # it has carried no mail yet
        self.until = 0.0
        self.tls: ssl.SSLContext | None = None

    def ready(self) -> None:
        """Makes sure that a connection is open and clean for a new mail."""
        if self.client is not None:
            self.client.until = self.until
            if self.clean or self._reset(self.client):
                return
            self.drop()
        self.connect()

    def guarded(self, step: Callable[[], T]) -> T:
        """The step's result; whatever breaks it in the middle also ends the connection it was half through with."""
        try:
            return step()
        except Stopped:
            raise
        except BaseException:
            self.drop()
            raise

    def close(self) -> None:
        """Say goodbye and hang up; nothing depends on whether the server hears it."""
        if self.client is not None and self.clean:
            self.client.until = time.monotonic() + _GOODBYE_SECONDS
            with suppress(Exception):
                self.client.quit()
        self.drop()

    def drop(self) -> None:
        if self.client is not None:
            self.client.close()
        self.client, self.clean = None, True

    def _reset(self, client: Client) -> bool:
        try:
            self.clean = client.docmd("RSET")[0] == 250
        except Exception:  # whatever it was: this connection is not used again
            return False
        return self.clean

    def connect(self) -> None:
        settings = self.settings
        implicit = self.context() if settings.security == "tls" else None
        client = Client(settings.host, ascii_domain(settings.ehlo_name), settings.timeout, implicit)
        self.client, self.clean, self.fresh, client.until = client, True, True, self.until
        self.ask("connect", lambda: client.connect(settings.host, settings.port), (220,))
        self.ask("ehlo", client.ehlo, (250,))
        if settings.security == "starttls":
            self._start_tls(client)
        if settings.username:
            self.ask("auth", lambda: client.login(settings.username, settings.password), (235, 503))

    def context(self) -> ssl.SSLContext:
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
            raise self.stop(NO_ANSWER, "the server does not offer STARTTLS; nothing was sent", "tls")
        self.ask("tls", lambda: client.starttls_checked(self.context()), (220,))
        self.ask("ehlo", client.ehlo, (250,))

    def ask(self, stage: str, step: Callable[[], tuple[int, bytes]], good: tuple[int, ...]) -> None:
        """One step of the conversation. Raises Stopped with the reply where it is not one of `good`."""
        said: str | bytes
        try:
            code, said = step()
        except smtplib.SMTPResponseException as problem:
            code, said = problem.smtp_code, problem.smtp_error
        except DripcourseError:
            raise
        except Exception as problem:  # the library lets out its decoders' errors, too: a server must not choose ours
            stage = "tls" if isinstance(problem, ssl.SSLError) else stage
            raise self.stop(NO_ANSWER, in_words(problem), stage) from problem
        if code not in good:
            raise self.stop(code, one_line(said), stage)

    def stop(self, code: int, text: str, stage: str) -> Stopped:
        """The end of this mail. The connection is kept only where the server is in step with us."""
        in_step = code // 100 in (4, 5) and code != 421 and stage in ("mail", "rcpt", "data")
        if not in_step:
            self.drop()
        known = code if 200 <= code < 600 and (code // 100 in (4, 5)) else NO_ANSWER
        return Stopped(Reply(known, text, stage, accepted=False))


def in_words(problem: Exception) -> str:
    """What went wrong. What the network and the library say explains itself, other errors need their name."""
    explained = isinstance(problem, OSError | smtplib.SMTPException)
    return (str(problem) if explained else f"{type(problem).__name__}: {problem}") or type(problem).__name__
