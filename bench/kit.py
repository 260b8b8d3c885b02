"""What each measurement gets: the folder, the servers, the databases seeded so far, and the settings of a process."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bench import servers
from bench.programs import built_sink
from bench.seed import Seeded, seeded
from dripcourse.config import Settings


@dataclass(frozen=True)
class Row:
    """One line of the page. `met` is None where there is no goal."""

    what: str
    goal: str
    result: str
    met: bool | None
    note: str = ""


@dataclass
class Kit:
    """One run of the measurements. Servers start when they are first asked for, and end with it."""

    room: Path
    quick: bool
    open_now: ExitStack = field(default_factory=ExitStack)
    databases: dict[str, Seeded] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)  # runs that were not what they should be; shown on the page

    @cached_property
    def server(self) -> str:
        """The PostgreSQL's URL without a database."""
        return self.open_now.enter_context(servers.postgresql(self.room))

    @cached_property
    def redis(self) -> str:
        """The Redis' URL."""
        return self.open_now.enter_context(servers.redis(self.room))

    @cached_property
    def lean(self) -> Path:
        """The compiled lean sink."""
        return built_sink(self.room)

    @property
    def mails(self) -> int:
        """Mails of one run of the engine; N=… chooses another number."""
        return int(os.environ.get("N") or (12_000 if self.quick else 60_000))

    @property
    def many(self) -> int:
        """Enrollments of the large database; MANY=… chooses another number."""
        return int(os.environ.get("MANY") or (100_000 if self.quick else 1_000_000))

    @property
    def rounds(self) -> int:
        """How often A and B take turns."""
        return int(os.environ.get("ROUNDS") or (2 if self.quick else 3))

    def database(self, people: int, *, old: int = 0, slow: int = 0) -> Seeded:
        """The database with so many people, seeded at the first call."""
        name = f"people_{people}_{old}_{slow}"
        if name not in self.databases:
            self.databases[name] = seeded(self.server, name, people, self.settings(), old=old, slow=slow)
        return self.databases[name]

    def drop(self, db: Seeded) -> None:
        """Give its room on the disk back."""
        name = db.url.rpartition("/")[2]
        del self.databases[name]
        Seeded(f"{self.server}/postgres", 0).run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def settings(self, **given: object) -> dict[str, str]:
        """The environment of a process of ours: nothing of this shell's settings, and these."""
        usual: dict[str, object] = {
            "secret_keys": "one-key-of-thirty-two-characters",
            "base_url": "https://course.example.com",
            "postal_address": "1 Main St, Springfield",
            "smtp_host": "127.0.0.1",
            "smtp_security": "plain",
            "state_dir": self.room / "state",
            "tick_seconds": 1,
            "batch_size": 500,
            "log_level": "WARNING",
        }
        own = {name: value for name, value in os.environ.items() if not name.startswith("DRIPCOURSE_")}
        known = {name: value for name, value in {**usual, **given}.items() if name in Settings.model_fields}
        proxy = {"FORWARDED_ALLOW_IPS": "127.0.0.1"}  # who signs up here says which network he is in
        return own | proxy | {f"DRIPCOURSE_{name.upper()}": str(value) for name, value in known.items()}


def interleaved(rounds: int, ways: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """What each way came to in each round: A B A B A B, so that a slow minute of the machine meets all of them."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].append(way())
    return found


def ratio(a: list[float], b: list[float]) -> tuple[float, str]:
    """(median of a/b round by round, the same in words with its range)."""
    each = [x / y for x, y in zip(a, b, strict=True)]
    middle = statistics.median(each)
    return middle, f"{middle:.2f} ({min(each):.2f}..{max(each):.2f})"


def rates(values: Mapping[str, list[float]]) -> str:
    """The medians in words: "engine 6,500/s, raw client 7,900/s"."""
    return ", ".join(f"{name} {statistics.median(each):,.0f}/s" for name, each in values.items())


def at_least(what: str, goal: float, a: list[float], b: list[float], note: str = "") -> Row:
    """The line of a ratio that should reach `goal`."""
    middle, words = ratio(a, b)
    return Row(what, f">= {goal:g}", words, middle >= goal, note)
