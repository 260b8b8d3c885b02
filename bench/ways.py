"""The ways to send that the engine is held against: smtp-source and the raw client, each as a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from bench.kit import Kit
from bench.processes import ROOT, Failed
from bench.programs import path
from bench.seed import Seeded
from bench.servers import lean_sink


def the_mail(kit: Kit, db: Seeded) -> Path:
    """A file with one mail as the product itself sends it; what the others send has the same size."""
    file = kit.room / "mail"
    if not file.exists():
        from bench.engine import run

        with lean_sink(kit.room, kit.lean) as sink:
            run(kit, db, sink.port, 1, patience=30)
            first = sink.first_mail
        if not first:
            raise Failed("the engine sent no mail to copy")
        file.write_bytes(first)
    return file


def smtp_source(port: int, number: int, size: int, *more: str, kept: bool = True) -> float:
    """Mails a second of `smtp-source -s 10`: ten sessions, each kept open (-d), which is its faster way, or not."""
    words = ["smtp-source", *(["-d"] if kept else []), "-s", "10", "-m", str(number), "-l", str(size)]
    words += ["-f", "course@example.com"]
    started = time.monotonic()
    _done([*words, "-t", "person@example.com", *more, f"127.0.0.1:{port}"])
    return number / (time.monotonic() - started)


def raw_client(port: int, number: int, mail: Path, connections: int = 10) -> float:
    """Mails a second of the raw pipelined client."""
    words = [sys.executable, "-m", "bench.raw_client", str(port), str(mail), str(number), str(connections)]
    return number / float(_done(words))


def _done(words: list[str]) -> str:
    done = subprocess.run(
        words, cwd=ROOT, env={"PATH": path()}, capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode:
        raise Failed(f"{' '.join(words[:3])}: {done.stderr.strip()[-300:]}")
    return done.stdout
