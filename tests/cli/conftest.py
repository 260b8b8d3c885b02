"""A terminal in a folder of its own: every command is run through `main()`, as a person would type it."""

from __future__ import annotations

import io
import json
import logging
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog

from dripcourse.cli.app import main

GARDEN = Path(__file__).parents[1] / "courses" / "garden.txt"
SLUG = "garden"  # the folder it was imported to


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Its result as JSON."""
        return json.loads(self.out)

    @property
    def errors(self) -> list[str]:
        """Its lines of complaint, without the word before them; nothing else may be on stderr."""
        lines = self.err.splitlines()
        assert all(line.startswith("Error: ") for line in lines), self.err
        return [line.removeprefix("Error: ") for line in lines]


@dataclass
class Terminal:
    """Types commands into a folder. `environment` holds the settings that every command finds."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, line: str, **settings: str) -> Said:
        """Run `dripcourse LINE` with these settings added; the code it exits with and what it printed."""
        given = self.environment | {f"DRIPCOURSE_{name.upper()}": value for name, value in settings.items()}
        self.capture.readouterr()
        with self.patch.context() as patch:
            for name in [name for name in os.environ if name.startswith("DRIPCOURSE_")]:
                patch.delenv(name)
            for name, value in given.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["dripcourse", *shlex.split(line)])
            code = self._main()
        said = self.capture.readouterr()
        return Said(code, said.out, said.err)

    def _main(self) -> int:
        with untouched():
            try:
                main()
            except SystemExit as exit_:
                return int(exit_.code or 0)
        return 0

    def ok(self, line: str, **settings: str) -> Said:
        """The same, and it must have gone well."""
        said = self(line, **settings)
        assert said.code == 0, said
        return said


@contextmanager
def untouched() -> Iterator[None]:
    """What a command sets up for its whole process is taken back: the SIGTERM handler, logging to this stderr."""
    before, root = signal.getsignal(signal.SIGTERM), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()


SETTINGS = {
    "DRIPCOURSE_POSTAL_ADDRESS": "12 Mill Lane, Springfield, VT 05156",
    "DRIPCOURSE_FROM_ADDRESS": "course@school.example",
    "DRIPCOURSE_SENDER_NAME": "The Garden School",
    "DRIPCOURSE_BASE_URL": "https://course.school.example",
    "DRIPCOURSE_SECRET_KEYS": "a-key-that-only-this-test-knows",
}
_PREPARED = f"""
course import {GARDEN} --days 7 --out garden
db upgrade
course publish garden --accept-warnings
subscriber add anne@example.com
subscriber add bob@example.com
subscriber add carla@example.com
enrollment add anne@example.com --course {SLUG}
enrollment add bob@example.com --course {SLUG}
enrollment cancel bob@example.com
form create start --course {SLUG}
"""


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two folders made once: `published` has the course, `enrolled` people in it too."""
    root = tmp_path_factory.mktemp("prepared")
    folder = root / "enrolled"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        patch.chdir(folder)
        for name, value in SETTINGS.items():
            patch.setenv(name, value)
        for line in _PREPARED.strip().splitlines():
            if line.startswith("subscriber") and not (root / "published").exists():
                shutil.copytree(folder, root / "published")
            patch.setattr(sys, "argv", ["dripcourse", *shlex.split(line)])
            with untouched(), pytest.raises(SystemExit, match="0"):
                main()
    return root


@pytest.fixture
def bare(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal in an empty folder, with no settings at all."""
    monkeypatch.chdir(tmp_path)
    return Terminal(tmp_path, capsys, monkeypatch)


@pytest.fixture
def dripcourse(bare: Terminal) -> Terminal:
    """The same with the settings that publishing needs."""
    bare.environment |= SETTINGS
    return bare


@pytest.fixture
def published(dripcourse: Terminal, prepared: Path) -> Terminal:
    """An upgraded SQLite database with a course of seven days in it; its folder is `garden`."""
    shutil.copytree(prepared / "published", dripcourse.folder, dirs_exist_ok=True)
    return dripcourse


@pytest.fixture
def enrolled(dripcourse: Terminal, prepared: Path) -> Terminal:
    """The same; Anne is in the course, Bob's run has ended, Carla is in none; the form `start` leads there."""
    shutil.copytree(prepared / "enrolled", dripcourse.folder, dirs_exist_ok=True)
    return dripcourse
