"""An endpoint for webhooks on loopback: it keeps what it is told and answers as a test says. No tests."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Told:
    """One request: its headers by lower-case name, and its body."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def said(self) -> Any:
        return json.loads(self.body)

    @property
    def kind(self) -> str:
        return str(self.said["type"])


@dataclass
class Answer:
    """What it answers. `hold`: not before that is set."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    hold: threading.Event | None = None


@dataclass
class Endpoint:
    """`answer` is asked for each request; `told` has them all, in the order in which they came."""

    port: int = 0
    answer: Callable[[Told], Answer] = lambda _told: Answer()
    told: list[Told] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def kinds(self) -> list[str]:
        return [one.kind for one in self.told]


@contextmanager
def listening() -> Iterator[Endpoint]:
    """An endpoint until the end of the block; what it still holds back is let go then."""
    end = Endpoint()
    held: list[threading.Event] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            one = Told(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            end.told.append(one)
            end.came.set()
            said = end.answer(one)
            if said.hold:
                held.append(said.hold)
                said.hold.wait(20)
            with suppress(OSError):  # whoever asked may have gone
                self._say(said)

        def _say(self, said: Answer) -> None:
            self.send_response(said.status)
            for name, value in {"Content-Length": str(len(said.body)), **said.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.body)

        def log_message(self, *_: Any) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        end.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield end
        finally:
            for event in held:
                event.set()
            server.shutdown()
            thread.join()
