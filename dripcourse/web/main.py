"""The application for `uvicorn dripcourse.web.main:app`: settings from the environment, the real clock, no outbox."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

from fastapi import FastAPI

from dripcourse import config
from dripcourse.errors import ConfigError
from dripcourse.flows.engine import build_engine, relay
from dripcourse.mail.transports import Transport
from dripcourse.mail.transports.null import NullTransport
from dripcourse.storage.database import open_database
from dripcourse.web.app import create_app


def _clock() -> datetime:
    return datetime.now(UTC)


def _transport(settings: config.Settings) -> Transport:
    """This process sends nothing; the relay is named here only so that a mistake in its settings shows at once."""
    return relay(settings) if settings.smtp_host else NullTransport()


def _application() -> FastAPI:
    try:
        settings = config.load()
        config.refuse_development_key(settings)
        engine = build_engine(settings, open_database(settings.database_url), _clock, _transport(settings))
        return create_app(engine, settings, proxied=bool(os.environ.get("FORWARDED_ALLOW_IPS")))
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)


app = _application()
