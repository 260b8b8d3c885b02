"""The engine of this process: built from the settings at the first task, or put in place by who embeds the worker."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Lock

from dripcourse import config
from dripcourse.flows.engine import Engine, build_engine, relay, signer
from dripcourse.storage.database import open_database

_lock = Lock()
_engine: Engine | None = None


def clock() -> datetime:
    """The real one."""
    return datetime.now(UTC)


def engine() -> Engine:
    """This process's engine. Raises ConfigError where the settings do not suffice."""
    global _engine
    with _lock:
        if _engine is None:
            settings = config.load()
            config.refuse_development_key(settings)
            _engine = build_engine(settings, open_database(settings.database_url), clock, relay(settings))
        return _engine


def refuse_unfit(settings: config.Settings) -> None:
    """Raises ConfigError where a worker with these settings could send nothing."""
    config.refuse_development_key(settings)
    relay(settings)
    signer(settings)


def use(engine: Engine) -> None:
    """Work with this engine from now on (one process for everything: serve, demo)."""
    global _engine
    with _lock:
        _engine = engine


def is_given() -> bool:
    """Whether an engine is in place already."""
    return _engine is not None


def forget() -> None:
    """Build a new engine at the next task."""
    global _engine
    with _lock:
        _engine = None
