"""Structured logs: one line an event, JSON where nobody watches. Ids only: an address never gets into a log."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_ADDRESS = re.compile(r"[^\s<>@\"',;:=]+@[^\s<>@\"',;]+\.[^\s<>@\"',;.]+")
_TOKEN = re.compile(r"/(confirm|leave|one-click|undo|decline)/[\w.-]+")


def redact(text: str) -> str:
    """The text without addresses and without the tokens of signed links."""
    return _TOKEN.sub(r"/\1/[token]", _ADDRESS.sub("[address]", text))


def _redact_all(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}


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
    for noisy in ("mail.log", "asyncio", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def get_logger(name: str) -> Any:
    """A logger; call it with an event name and values: log.info("batch", sent=12)."""
    return structlog.get_logger(name)
