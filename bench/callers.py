"""A few connections that ask a web server as fast as it answers, each answer timed; a process's CPU time."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.processes import Failed

CONNECTIONS = 4


@dataclass(frozen=True)
class Asked:
    """One run: so many requests, the seconds each took, the CPU seconds the server had for all of them."""

    took: list[float]
    cpu: float

    @property
    def per_core(self) -> float:
        """Requests for each second of one core that the server used."""
        return len(self.took) / self.cpu

    def words(self) -> str:
        """Such as "1,200/s a core, p50 2.1 ms, p99 4.0 ms"."""
        cuts = statistics.quantiles(self.took, n=100)
        return f"{self.per_core:,.0f}/s a core, p50 {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms"


def get(path: str) -> bytes:
    """A request for that path."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def post(path: str, body: str, network: str = "127.0.0.1") -> bytes:
    """A form posted there, by somebody from that network behind a proxy of this machine."""
    head = "Content-Type: application/x-www-form-urlencoded"
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {network}\r\n{head}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def ask(pid: int, port: int, requests: Iterable[bytes], status: int) -> Asked:
    """Send them all over a few kept connections. Raises Failed where an answer has another status."""
    before, took = cpu_seconds(pid), []
    asyncio.run(_ask(port, iter(requests), status, took))
    return Asked(took, cpu_seconds(pid) - before)


async def _ask(port: int, requests: Iterator[bytes], status: int, took: list[float]) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(_caller(port, requests, status, took))


async def _caller(port: int, requests: Iterator[bytes], status: int, took: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        started = time.perf_counter()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        took.append(time.perf_counter() - started)
        if int(head.split(b" ", 2)[1]) != status:
            raise Failed(f"{request[:60]!r} was answered {head[:20]!r} {body[:300]!r}")
    writer.close()


def cpu_seconds(pid: int) -> float:
    """User and system time of that process since it began."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
