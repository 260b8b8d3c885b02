"""The locks pin everything by hash, and nothing in the project ties it to one machine's package index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
SETTINGS = [
    *sorted(p for p in (ROOT / "requirements").iterdir() if p.is_file()),
    *(
        ROOT / name
        for name in ("pyproject.toml", "Makefile", "Dockerfile", "docker-compose.yml", ".dockerignore", ".ci/run")
    ),
]
INDEX_OPTION = re.compile(
    r"--(?:extra-)?index-url|--find-links|--trusted-host|tool\.uv\.(?:index|pip)|^\s*index-url", re.M
)
WEB_ADDRESS = re.compile(r"https?://([A-Za-z0-9.-]+)")
OWN_HOSTS = re.compile(r"localhost|127\.0\.0\.1|(?:.*\.)?example(?:\.com|\.org)?")


def entries(lock: Path) -> dict[str, tuple[str, list[str]]]:
    """Package -> (pinned requirement, its hash options). A package may stand twice, for different Pythons."""
    found = {}
    for entry in re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip()):
        pin, *hashes = re.split(r"\s*\\\n\s+", entry)
        found[pin] = (pin, hashes)
    return found


def pins(lock: Path) -> dict[str, set[str]]:
    """Package -> its pinned versions."""
    versions: dict[str, set[str]] = {}
    for pin in entries(lock):
        requirement = Requirement(pin)
        versions.setdefault(canonicalize_name(requirement.name), set()).add(
            str(requirement.specifier).removeprefix("==")
        )
    return versions


def wanted(source: Path) -> list[Requirement]:
    """The requirements a person wrote into `source`."""
    lines = (line.partition("#")[0].strip() for line in source.read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-r ")]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_entry_is_pinned_and_has_hashes(lock: Path) -> None:
    found = entries(lock)
    assert found
    for pin, hashes in found.values():
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^ ]+( ;.*)?$", pin), f"{lock.name}: {pin} is not pinned"
        assert hashes, f"{lock.name}: {pin} has no hash"
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", one) for one in hashes), f"{lock.name}: {pin}"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_no_address(lock: Path) -> None:
    assert "://" not in lock.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", SETTINGS, ids=lambda path: path.name)
def test_no_settings_file_chooses_a_package_index_or_names_a_foreign_host(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not INDEX_OPTION.search(text)
    assert [host for host in WEB_ADDRESS.findall(text) if not OWN_HOSTS.fullmatch(host)] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_holds_what_its_source_asks_for(lock: Path) -> None:
    versions = pins(lock)
    for requirement in wanted(lock.with_suffix(".in")):
        held = versions.get(canonicalize_name(requirement.name), set())
        assert held, f"{lock.name} lacks {requirement}: run make lock"
        assert all(requirement.specifier.contains(version) for version in held), f"{requirement}: run make lock"


def test_what_the_package_declares_is_what_the_lock_runs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [Requirement(text) for text in project["dependencies"]]
    declared += [Requirement(text) for extra in project["optional-dependencies"].values() for text in extra]
    versions = pins(ROOT / "requirements" / "run.lock")
    for requirement in declared:
        held = versions.get(canonicalize_name(requirement.name), set())
        assert held, f"pyproject.toml asks for {requirement}, requirements/run.lock has none"
        assert all(requirement.specifier.contains(version) for version in held), str(requirement)
    asked = {canonicalize_name(requirement.name) for requirement in wanted(ROOT / "requirements" / "run.in")}
    assert asked == {canonicalize_name(requirement.name) for requirement in declared}


def test_the_locks_agree_with_each_other() -> None:
    tests = pins(ROOT / "requirements" / "test.lock")
    for name in ("run.lock", "redis.lock"):
        for package, versions in pins(ROOT / "requirements" / name).items():
            assert tests.get(package, versions) == versions, f"{package} differs between {name} and test.lock"
