"""The application for `uvicorn dripcourse.web.main:app`: settings from the environment, the real clock, no outbox."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from fastapi import FastAPI

from dripcourse import config
from dripcourse.errors import ConfigError
from dripcourse.flows.engine import build_engine
from dripcourse.mail.transports import Transport
from dripcourse.mail.transports.null import NullTransport
from dripcourse.mail.transports.smtp import SmtpSettings, SmtpTransport
from dripcourse.storage.database import open_database
from dripcourse.web.app import create_app


def _clock() -> datetime:
    return datetime.now(UTC)


def _transport(settings: config.Settings) -> Transport:
    """The relay of the settings, so that a mistake in them shows here too; this process sends nothing by it."""
    if not settings.smtp_host:
        return NullTransport()
    return SmtpTransport(
        SmtpSettings(
            settings.smtp_host, settings.smtp_port, settings.smtp_security, settings.smtp_username,
            settings.smtp_password, settings.host, settings.smtp_timeout, settings.smtp_deadline,
            settings.smtp_plain_ok,
        )
    )  # fmt: skip


def _application() -> FastAPI:
    try:
        settings = config.load()
        engine = build_engine(settings, open_database(settings.database_url), _clock, _transport(settings))
        return create_app(engine, settings)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)


app = _application()
