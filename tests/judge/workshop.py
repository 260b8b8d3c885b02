"""Finds the judges' programs and installs those that are not here: npm into .cache, Debian's packages where root."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from tests.judge.verdict import Broken, Missing

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".cache" / "judges"
_LOCKED = ("package.json", "package-lock.json", ".npmrc")


def run(
    *command: object, cwd: Path | None = None, feed: str = "", wait: float = 600
) -> subprocess.CompletedProcess[str]:
    """The program's output; whoever asks looks at its exit code. Raises Broken where it does not end in `wait` s."""
    words = [str(word) for word in command]
    try:
        return subprocess.run(
            words, cwd=cwd, input=feed, capture_output=True, text=True, encoding="utf-8", check=False, timeout=wait
        )
    except subprocess.TimeoutExpired:
        raise Broken(f"{Path(words[0]).name} did not end within {wait:g} s") from None


def node_modules() -> Path:
    """The folder that holds node_modules as package-lock.json has them, installed if need be. Raises Missing."""
    wanted = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in _LOCKED)).hexdigest()
    mark = CACHE / "installed"
    if mark.is_file() and mark.read_text(encoding="utf-8") == wanted:
        return CACHE
    npm = _there("npm", "node")
    CACHE.mkdir(parents=True, exist_ok=True)
    for name in _LOCKED:
        shutil.copy(HERE / name, CACHE)
    done = run(npm, "ci", "--no-progress", cwd=CACHE)
    if done.returncode:
        raise Missing(f"npm could not install tests/judge/package-lock.json: {_last(done.stderr)}")
    mark.write_text(wanted, encoding="utf-8")
    return CACHE


def node(script: str, feed: str) -> str:
    """What programs/`script` prints when fed `feed`. Raises Missing without Node.js, Broken where it fails."""
    modules = node_modules()
    done = run(_there("node"), HERE / "programs" / script, modules, feed=feed)
    if done.returncode:
        raise Broken(f"{script} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout


def program(name: str, package: str, *others: str) -> str:
    """The program's path; Debian's `package` is installed where it is not here and we may. Raises Missing."""
    for each in (name, *others):
        if found := shutil.which(each):
            return found
    if not _may_install():
        raise Missing(f"no {name} here; install the package {package} (as root this target does so by itself)")
    return _installed(name, package)


def _installed(name: str, package: str) -> str:
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    run(*environment, "apt-get", "update", "-qq")
    done = run(*environment, "apt-get", "install", "-qq", "--no-install-recommends", *package.split())
    if found := shutil.which(name):
        return found
    raise Missing(f"no {name} here, and apt-get could not install {package}: {_last(done.stderr)}")


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _there(*names: str) -> str:
    for name in names:
        if shutil.which(name) is None:
            raise Missing(f"no {name} here; install Node.js 20 or newer with npm")
    return names[0]


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:160] if lines else "it said nothing"
