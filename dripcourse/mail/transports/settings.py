"""Where the relay is and how to talk to it, checked when it is made; it connects to nothing."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Literal

from dripcourse.errors import ConfigError

_MOST_CONNECTIONS = 200
_HOST = re.compile(r"(?=.{1,254}\Z)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?\Z")


@dataclass(frozen=True)
class SmtpSettings:
    """Where the relay is and how to talk to it. Times are seconds.

    `timeout` bounds one wait for the server, `deadline` the whole of one mail, connecting included. `connections` is
    how many a session opens at most; `chunking` uses BDAT where it is offered. Plain text is for loopback only, unless
    `insecure_ok` says otherwise. Raises ConfigError where these do not fit together.
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
    connections: int = 4
    chunking: bool = False

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
        if not 1 <= self.connections <= _MOST_CONNECTIONS:
            raise ConfigError(f"SMTP connections must be between 1 and {_MOST_CONNECTIONS}, not {self.connections}")
        if not _is_host(self.host):
            raise ConfigError(
                f"the SMTP host {self.host!r} is no host name; write it as mail.example.org or an address"
            )
        for what, value in (("user name", self.username), ("password", self.password)):
            if not (value.isascii() and value.isprintable()):
                raise ConfigError(
                    f"the SMTP {what} has characters other than printable ASCII, which cannot be sent to the relay; "
                    "choose another one there"
                )


def _is_host(host: str) -> bool:
    """An IP address or a name the resolver could be asked for; names of containers may have underscores."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return True
    try:
        return _HOST.match(host.encode("idna").decode("ascii")) is not None
    except UnicodeError:
        return False


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
