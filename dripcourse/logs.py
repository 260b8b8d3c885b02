"""Structured logs: one line an event, JSON where nobody watches. Ids only: an address never gets into a log."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

# Every character an address may have (RFC 5322 atext, letters of any script), in plain or percent-encoded form. It
# would rather take a letter too many than leave one.
_ADDRESS = re.compile(r"[^\s<>@\"(),;:\[\]]+(?:@|%40)[^\s<>@\"(),;:/\[\]]+")
_QUOTED = re.compile(r'"[^"\n]*"@[^\s<>@"(),;:/]+')
_TOKEN = re.compile(r"/(confirm|leave|one-click|undo|decline|decline-now|mail-leave|me|data|erase)/[\w.~%-]+")


#: Libraries whose INFO says the same at every tick; theirs begins at WARNING.
_NOISY = (
    "mail.log",
    "asyncio",
    "uvicorn.access",
    "alembic",
    "celery.worker.strategy",
    "celery.app.trace",
    "celery.beat",
)


def redact(text: str) -> str:
    """The text without addresses and without the tokens of signed links."""
    return _TOKEN.sub(r"/\1/[token]", _ADDRESS.sub("[address]", _QUOTED.sub("[address]", text)))


def _redact_all(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # What begins with _ is structlog's own and is taken out before a line is written.
    return {key: value if key.startswith("_") else _redacted(value) for key, value in event.items()}


def _redacted(value: Any) -> Any:
    """The same value, redacted to its depth; of what is no plain value, the redacted repr."""
    if isinstance(value, str):
        return redact(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {redact(str(key)): _redacted(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(inner) for inner in value]
    return redact(repr(value))


def configure(level: str, *, json: bool | None = None) -> None:
    """Send everything, structlog's and the standard library's, to stderr through one redacting formatter."""
    as_json = not sys.stderr.isatty() if json is None else json
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact_all,
    ]
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _redact_all, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def get_logger(name: str) -> Any:
    """A logger; call it with an event name and values: log.info("batch", sent=12)."""
    return structlog.get_logger(name)
