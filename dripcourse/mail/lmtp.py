"""Takes mail from this machine's mail server by LMTP (RFC 2033), one reply a recipient; what a mail means is not known.

A mail is acknowledged when `take` has returned, and never before.
"""

from __future__ import annotations

import asyncio
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiosmtpd.lmtp import LMTP

from dripcourse.errors import ConfigError

#: (the mail, its envelope sender: "" for none) -> the reply each recipient gets, such as "250 2.0.0 left".
Take = Callable[[bytes, str], str]
LATER = "451 4.3.0 not now; try again later"
_LAST_PORT = 65535
_IDLE = 120.0  # seconds in which a mail server must say something
_TOO_MANY = 50  # recipients of one mail; RFC 5321 wants a hundred taken from strangers, this one is no stranger


def listening(where: str) -> socket.socket:
    """A socket at HOST:PORT, or at the path of a file. Raises ConfigError where it cannot be had."""
    host, colon, port = where.rpartition(":")
    try:
        if colon and "/" not in where:
            return socket.create_server((host.strip("[]"), _port(port)), family=_family(host))
        return _at_path(Path(where))
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or problem
        raise ConfigError(f"cannot listen at {where}: {why}; write HOST:PORT, or the path of a socket") from None


def place(taken: socket.socket) -> str:
    """Where that socket listens, as it is written for `listening`: with the port that the system chose for 0."""
    found = taken.getsockname()
    if isinstance(found, str):
        return found
    return f"[{found[0]}]:{found[1]}" if ":" in found[0] else f"{found[0]}:{found[1]}"


def _port(written: str) -> int:
    if not written.isdecimal() or int(written) > _LAST_PORT:
        raise ValueError(f"{written!r} is no port")
    return int(written)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _at_path(path: Path) -> socket.socket:
    """A socket there, for this user and his group; one that a process left behind when it died is taken away."""
    found = socket.socket(socket.AF_UNIX)
    try:
        if path.exists() and stat.S_ISSOCK(path.stat().st_mode) and not _answers(path):
            path.unlink()
        found.bind(str(path))
        path.chmod(0o660)
        found.listen(64)
    except OSError:
        found.close()
        raise
    return found


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asking:
        return asking.connect_ex(str(path)) == 0


async def serve(taken: socket.socket, take: Take, most_bytes: int, name: str) -> None:
    """Answer on that socket until cancelled. `take` runs on a thread; what it raises is "later" to the mail server."""
    loop = asyncio.get_running_loop()
    handler = _Handler(take)

    def conversation() -> LMTP:
        return _Conversation(
            handler, data_size_limit=most_bytes, enable_SMTPUTF8=True, hostname=name, ident="dripcourse",
            timeout=_IDLE, loop=loop,
        )  # fmt: skip

    if taken.family == getattr(socket, "AF_UNIX", None):
        server = await loop.create_unix_server(conversation, sock=taken)
    else:
        server = await loop.create_server(conversation, sock=taken)
    try:
        await asyncio.Event().wait()
    finally:
        server.close()  # and not wait for whoever is connected: a mail server may keep quiet for minutes


class _Conversation(LMTP):
    """The library's, with a reply for each recipient after the final dot (RFC 2033 section 4.2), whatever it says."""

    line_length_limit = 1 << 16
    _replies = 1

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        """What begins with 354 and ends with the replies."""
        try:
            await super().smtp_DATA(arg)
        finally:
            self._replies = 1

    async def push(self, status: str | bytes) -> None:
        """One reply, or as many as there are recipients."""
        line = status.decode("ascii") if isinstance(status, bytes) else status
        await super().push("\r\n".join([line] * self._replies))
        if line.startswith("354") and self.envelope is not None:
            self._replies = len(self.envelope.rcpt_tos)


class _Handler:
    """What aiosmtpd calls; its method names are the library's."""

    def __init__(self, take: Take) -> None:
        self.take = take

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, rcpt_options: list[str]
    ) -> str:
        """Any recipient: the mail server has sorted them."""
        if len(envelope.rcpt_tos) >= _TOO_MANY:
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """What is to be said to each recipient; whatever goes wrong, the mail server keeps the mail."""
        raw, sender = bytes(envelope.content), envelope.mail_from or ""
        try:
            return await asyncio.get_running_loop().run_in_executor(None, self.take, raw, sender)
        except Exception:
            return LATER
