"""Where the relay is and how to talk to it, checked when it is made; it connects to nothing."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Literal

from dripcourse.errors import ConfigError


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


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
