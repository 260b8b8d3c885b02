"""What the sending flows work with: the database, the way out, the links, the rules. Put together on the top floor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from dripcourse.config import Settings
from dripcourse.errors import ConfigError
from dripcourse.flows.books import Shelf
from dripcourse.flows.low_water import LowWater
from dripcourse.mail import dkim
from dripcourse.mail.brand import Brand
from dripcourse.mail.links import Links
from dripcourse.mail.transports import Transport
from dripcourse.mail.transports.smtp import SmtpSettings, SmtpTransport
from dripcourse.storage.database import Database

Clock = Callable[[], datetime]  # aware UTC; the real one, or a virtual one in demo and simulate


@dataclass(frozen=True)
class Engine:
    """Everything one process needs to send. `clock` is read by flows that wait for a network."""

    db: Database
    clock: Clock
    transport: Transport
    brand: Brand
    links: Links
    envelope_sender: str
    journals: Path | None  # None: keep no acceptance journal (simulations)
    batch_size: int
    lease: timedelta
    margin: timedelta  # no mail is begun this close to the lease's end: it could outlast it
    resend_unknown: bool
    consent_age: float = 0.0  # seconds; a look at consent serves all mails that begin within it
    connections: int = 1  # to the relay, at most
    signup_lapse: timedelta = timedelta(days=14)  # a confirm link leads nowhere after that
    signer: dkim.Signer | None = None  # None: mails go out without a DKIM signature of ours
    pick_up: bool = True  # whether "pick up here" mails go
    leave_address: str = ""  # where a mail unsubscribes; "": nothing reads such mails
    hooks_near: bool = False  # whether webhooks may lead to private networks and to this machine
    history: timedelta | None = None  # how long a run that is over keeps its single days; None: for ever
    shelf: Shelf = field(default_factory=Shelf)
    water: LowWater = field(default_factory=LowWater)


def build_engine(settings: Settings, db: Database, clock: Clock, transport: Transport) -> Engine:
    """The engine of this installation. Raises ConfigError where its DKIM key cannot sign."""
    return Engine(
        db=db,
        clock=clock,
        transport=transport,
        brand=installation_brand(settings),
        links=Links(settings.base_url, settings.secret_keys),
        envelope_sender=settings.envelope_sender,
        journals=settings.state_dir / "journal",
        batch_size=settings.batch_size,
        lease=timedelta(seconds=settings.lease_seconds),
        margin=timedelta(seconds=min(settings.smtp_deadline + 15, settings.lease_seconds / 2)),
        resend_unknown=settings.unknown_policy == "resend",
        consent_age=settings.consent_age,
        connections=settings.smtp_connections,
        signup_lapse=timedelta(days=settings.signup_days),
        pick_up=settings.pick_up,
        leave_address=settings.unsubscribe_address,
        hooks_near=settings.hooks_private_ok,
        history=timedelta(days=settings.history_days) if settings.history_days else None,
        signer=signer(settings),
    )


def signer(settings: Settings) -> dkim.Signer | None:
    """What signs mails as the settings say, None where they name no domain. Raises ConfigError with what is wrong."""
    if not settings.dkim_domain:
        return None
    for name in ("dkim_selector", "dkim_key"):
        if not getattr(settings, name):
            raise ConfigError(f"{name} is not set, and dkim_domain is; set both, or neither")
    found = dkim.signer(settings.dkim_domain, settings.dkim_selector, settings.dkim_key)
    if not found.aligned(settings.from_address):
        raise ConfigError(
            f"dkim_domain is {settings.dkim_domain}, and from_address is {settings.from_address}: receivers want the "
            "sender's own domain, or one above it (DMARC)"
        )
    return found


def relay(settings: Settings) -> Transport:
    """The way out by SMTP that the settings name. Raises ConfigError where they name none."""
    if not settings.smtp_host:
        raise ConfigError("smtp_host is not set; name your relay (DRIPCOURSE_SMTP_HOST), or use `dripcourse serve`")
    if settings.lease_seconds < 2 * (settings.smtp_deadline + 15):
        raise ConfigError(
            f"lease_seconds is {settings.lease_seconds}: with smtp_deadline {settings.smtp_deadline:g} "
            f"it must be at least {2 * (settings.smtp_deadline + 15):g}, or a slow mail could outlast its lease"
        )
    return SmtpTransport(
        SmtpSettings(
            host=settings.smtp_host,
            port=settings.smtp_port,
            security=settings.smtp_security,
            username=settings.smtp_username,
            password=settings.smtp_password,
            ehlo_name=settings.host,
            timeout=settings.smtp_timeout,
            deadline=settings.smtp_deadline,
            insecure_ok=settings.smtp_plain_ok,
            connections=settings.smtp_connections,
            chunking=settings.smtp_chunking,
        )
    )


def installation_brand(settings: Settings) -> Brand:
    """Who the installation is to its recipients."""
    return Brand(
        name=settings.sender_name,
        from_address=settings.from_address,
        reply_to=settings.reply_to,
        postal_address=settings.postal_address,
        base_url=settings.base_url,
        list_domain="lists." + settings.from_address.rpartition("@")[2],
    )
