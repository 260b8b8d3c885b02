"""Says which programs of the machine the measurements need, installs them where it may, and builds the C sink."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.processes import Failed
from tests.services.programs import postgresql_folders, redis_servers

SOURCE = Path(__file__).with_name("lean_sink.c")


def missing() -> list[str]:
    """The Debian packages without which the measurements cannot run here."""
    wanted = {
        "postfix": shutil.which("smtp-sink", path=path()) is None,
        "redis-server": not redis_servers(),
        "postgresql": not postgresql_folders(),
        "gcc": shutil.which("gcc") is None,
    }
    return [package for package, absent in wanted.items() if absent]


def path() -> str:
    """Where programs are looked for: Postfix's lie in sbin, which an ordinary user's PATH leaves out."""
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def require() -> None:
    """Bring along what is missing as root; else raise Failed with the one line that does it."""
    absent = missing()
    if not absent:
        return
    line = f"apt-get install -y --no-install-recommends {' '.join(absent)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Failed(f"the measurements need Debian packages that are missing here:  {line}")
    sys.stderr.write(f"bench: {line}\n")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *absent]):
        done = subprocess.run(["apt-get", *words], env=quiet, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(f"apt-get {words[0]} failed: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
    if absent := missing():
        raise Failed(f"still missing after the installation: {', '.join(absent)}")


def built_sink(folder: Path) -> Path:
    """The lean sink, compiled from lean_sink.c. Raises Failed with the compiler's words."""
    program = folder / "lean_sink"
    command = ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(program), str(SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(done.stderr)
    return program
