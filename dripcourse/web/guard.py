"""Stands before every route: bounds the body, and puts the security headers on each answer that has not its own."""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import suppress

from fastapi import HTTPException
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 64 * 1024
#: Seconds for a whole body: a telephone on a bad line takes two for what a form has.
PATIENCE = 10.0

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; frame-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
_STATIC = {"Cache-Control": "public, max-age=3600"}
_TOKEN = re.compile(r"/(confirm|decline|decline-now|leave|undo|one-click|me|data|erase)/[^/?#\s]+")


class Guard:
    """The ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        static = "/static/" in scope["path"]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                for name, value in (HEADERS | (_STATIC if static else {})).items():
                    headers.setdefault(name, value)
            await send(message)

        with suppress(ClientDisconnect):  # whoever goes before all of it is sent needs no answer
            await self.app(scope, _bounded(receive), send_with_headers)


def _bounded(receive: Receive) -> Receive:
    """The same body; more than LARGEST_BODY of it is refused, and so is what takes longer than PATIENCE."""
    read, whole, end = 0, False, asyncio.get_running_loop().time() + PATIENCE

    async def receive_bounded() -> Message:
        nonlocal read, whole
        if whole:  # what is waited for now is that somebody goes
            return await receive()
        try:
            async with asyncio.timeout_at(end):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, "what you sent took too long to arrive", {"Connection": "close"}) from None
        read, whole = read + len(message.get("body", b"")), not message.get("more_body", False)
        if read > LARGEST_BODY:
            raise HTTPException(413, f"that is more than the {LARGEST_BODY // 1024} kB a form may have")
        return message

    return receive_bounded


class _HideTokens(logging.Filter):
    """Keeps signed links out of the access log: who can read it could leave or confirm for others."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_TOKEN.sub(r"/\1/…", arg) if isinstance(arg, str) else arg for arg in record.args)
        return True


_HIDE = _HideTokens()


def hide_tokens() -> None:
    """Make uvicorn's access log show /leave/… instead of the link. Asked again, it does nothing more."""
    logging.getLogger("uvicorn.access").addFilter(_HIDE)
