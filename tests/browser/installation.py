"""A running installation of this checkout, set up by the command line and served by `dripcourse serve`."""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds for what should take one
#: The scheduler writes these by itself, whoever looks at which page.
_BY_ITSELF = ("heartbeat",)


@dataclass(frozen=True)
class Installation:
    """One of them; `url` is where its pages are."""

    folder: Path
    url: str

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "course.db"

    def cli(self, *words: str) -> str:
        """What `dripcourse` prints for these words, on the installation's own database. Fails where it fails."""
        return command(self.folder, *words)

    def asked(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """Rows of its database as they are now."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as db:
            return db.execute(query, values).fetchall()

    def until(self, ready: Callable[[], object], what: str) -> None:
        """Wait for what the scheduler or the worker does. Fails with `what` where it does not come."""
        end = time.monotonic() + PATIENCE
        while not ready():
            assert time.monotonic() < end, f"{what}: not within {PATIENCE:.0f} s"
            time.sleep(0.05)

    def fingerprint(self) -> dict[str, str]:
        """A hash of the rows of each table."""
        tables = [str(name) for (name,) in self.asked("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: self._hash(name) for name in sorted(tables) if name not in _BY_ITSELF}

    def _hash(self, table: str) -> str:
        rows = sorted(map(str, self.asked(f'SELECT * FROM "{table}"')))
        return hashlib.sha256("\n".join(rows).encode()).hexdigest()


@contextmanager
def running(folder: Path) -> Iterator[Installation]:
    """Both shipped courses with a form each, served on a free port; ended with the block."""
    command(folder, "db", "upgrade")
    for course in ("emotional-intimacy", "look-and-draw"):
        command(folder, "course", "publish", str(ROOT / "lessons" / course), "--accept-warnings")
    with (folder / "serve.log").open("ab") as log:
        server = subprocess.Popen(
            words("serve", "--port", "0"), cwd=folder, env=environment(folder), stdout=log, stderr=log
        )
    try:
        yield Installation(folder, _address(folder / "serve.log", server))
    finally:
        server.terminate()
        server.wait(20)


def words(*given: str) -> list[str]:
    """The words that start `dripcourse`."""
    return [sys.executable, "-m", "dripcourse", *given]


def environment(folder: Path) -> dict[str, str]:
    """Settings of the installation in that folder, and nothing of this shell's."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("DRIPCOURSE_")}
    return own | {
        "PYTHONPATH": str(ROOT),
        "DRIPCOURSE_DATABASE_URL": f"sqlite:///{folder / 'course.db'}",
        "DRIPCOURSE_STATE_DIR": str(folder / "state"),
        "DRIPCOURSE_SECRET_KEYS": "a-key-of-the-browser-tests-alone",
        "DRIPCOURSE_POSTAL_ADDRESS": "12 Mill Lane, Springfield, VT 05156",
        "DRIPCOURSE_TICK_SECONDS": "0.2",
        "PYTHONUNBUFFERED": "1",
        "FORWARDED_ALLOW_IPS": "127.0.0.1",  # chromium.py says which network each browser is in
    }


def command(folder: Path, *given: str) -> str:
    """What `dripcourse` prints for these words."""
    done = subprocess.run(
        words(*given),
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, f"dripcourse {' '.join(given)}: {done.stderr}"
    return done.stdout


def _address(log: Path, server: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + PATIENCE
    while not (found := re.search(r"Web: (\S+)", log.read_text(encoding="utf-8", errors="replace"))):
        assert server.poll() is None, log.read_text(encoding="utf-8")
        assert time.monotonic() < end, "serve does not say where it is"
        time.sleep(0.05)
    return found[1]
