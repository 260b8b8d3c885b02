"""Opening one connection to the relay, and the answers to what goes wrong at that; it carries no mail."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dripcourse.errors import ConfigError, DripcourseError
from dripcourse.mail.address import ascii_domain
from dripcourse.mail.transports import NO_ANSWER, Reply, one_line
from dripcourse.mail.transports.client import Client
from dripcourse.mail.transports.settings import SmtpSettings


class Stopped(Exception):
    """The conversation has come to its end with this reply."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


@dataclass(frozen=True)
class Opened:
    """A connection that waits for its first mail, and the EHLO keywords the server offered on it."""

    sock: socket.socket
    offers: Mapping[str, str]


def tls_context(settings: SmtpSettings) -> ssl.SSLContext:
    """Verified TLS 1.2 or better; made once a session, for it reads all of the system's authorities."""
    try:
        context = ssl.create_default_context(cafile=settings.ca_file or None)
    except OSError as problem:
        raise ConfigError(f"the CA file {settings.ca_file} cannot be read: {problem}") from problem
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def opened(settings: SmtpSettings, tls: ssl.SSLContext | None, until: float) -> Opened:
    """A connection, before `until` on the monotonic clock. Raises Stopped with the reply where there is none."""
    implicit = tls if settings.security == "tls" else None
    client = Client(settings.host, ascii_domain(settings.ehlo_name), settings.timeout, implicit)
    client.until = until
    try:
        _greet(client, settings, tls)
        sock, surplus = client.surrender()
    except BaseException:
        client.close()
        raise
    if surplus:
        sock.close()
        raise _stopped(NO_ANSWER, "the server says more than it was asked", "ehlo")
    return Opened(sock, client.esmtp_features)


def _greet(client: Client, settings: SmtpSettings, tls: ssl.SSLContext | None) -> None:
    _ask("connect", lambda: client.connect(settings.host, settings.port), (220,))
    _ask("ehlo", client.ehlo, (250,))
    if settings.security == "starttls":
        _start_tls(client, tls)
    if settings.username:
        _ask("auth", lambda: client.login(settings.username, settings.password), (235, 503))


def _start_tls(client: Client, tls: ssl.SSLContext | None) -> None:
    """Fails closed: without TLS not one byte of a password or a mail is sent (RFC 3207, RFC 8314)."""
    if tls is None or not client.has_extn("starttls"):
        raise _stopped(NO_ANSWER, "the server does not offer STARTTLS; nothing was sent", "tls")
    _ask("tls", lambda: client.starttls_checked(tls), (220,))
    _ask("ehlo", client.ehlo, (250,))


def _ask(stage: str, step: Callable[[], tuple[int, bytes]], good: tuple[int, ...]) -> None:
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
        raise _stopped(NO_ANSWER, in_words(problem), stage) from problem
    if code not in good:
        raise _stopped(code, one_line(said), stage)


def _stopped(code: int, text: str, stage: str) -> Stopped:
    return Stopped(Reply(code if code // 100 in (4, 5) else NO_ANSWER, text, stage, accepted=False))


def in_words(problem: Exception) -> str:
    """What went wrong. What the network and the library say explains itself, other errors need their name."""
    explained = isinstance(problem, OSError | smtplib.SMTPException)
    return (str(problem) if explained else f"{type(problem).__name__}: {problem}") or type(problem).__name__
