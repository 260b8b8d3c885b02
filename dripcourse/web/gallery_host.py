"""Keeps the preview on this machine: answers only requests that name it by a local host. Not a check of persons."""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_LOCAL = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?", re.IGNORECASE)
_REFUSAL = "The preview answers on this machine only. Open the address that the command has printed.\n"


def is_local(host: str) -> bool:
    """Whether a Host header names this machine. A stranger's name that was pointed here (DNS rebinding) does not."""
    return _LOCAL.fullmatch(host) is not None


class LocalOnly:
    """The ASGI middleware: 421 for every request under another name."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan" or _names_this_machine(scope):
            await self.app(scope, receive, send)
        else:
            await PlainTextResponse(_REFUSAL, 421)(scope, receive, send)


def _names_this_machine(scope: Scope) -> bool:
    hosts = Headers(scope=scope).getlist("host")
    return bool(hosts) and all(map(is_local, hosts))
