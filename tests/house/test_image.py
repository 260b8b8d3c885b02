"""What the image does can be done here, step by step, and what Compose starts in it is there."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.house.dockerfile import read_stages, words

ROOT = Path(__file__).resolve().parents[2]
BUILD, FINAL = read_stages(ROOT / "Dockerfile")
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}


def copied() -> set[str]:
    """The paths of the checkout that the image is made of."""
    steps = [rest.split()[:-1] for rest in BUILD.all("COPY")]
    return {source for sources in steps for source in sources}


def command_of(name: str) -> list[str]:
    """The full command of a service: its own entry point or the image's, then its command."""
    return [*(OURS[name].get("entrypoint") or words(FINAL.all("ENTRYPOINT")[0])), *OURS[name]["command"]]


def test_both_stages_stand_on_the_same_pinned_python() -> None:
    assert BUILD.image == FINAL.image
    assert re.fullmatch(r"python:3\.1[123]-slim", BUILD.image)


def test_the_image_runs_as_an_account_of_its_own() -> None:
    assert FINAL.all("USER") == ["10001:10001"]
    assert FINAL.steps[-1][0] in {"CMD", "ENTRYPOINT"}
    after = [word for word, _ in FINAL.steps[[word for word, _ in FINAL.steps].index("USER") :]]
    assert "RUN" not in after


def test_nothing_is_installed_without_a_hash() -> None:
    installs = [rest for rest in BUILD.all("RUN") if " install " in rest]
    assert len(installs) == 3
    for install in installs:
        assert "--require-hashes -r requirements/" in install or "--no-deps /tmp/wheel/" in install


def test_all_that_is_copied_is_there_and_not_ignored() -> None:
    allowed = {
        line[1:].strip("/")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    for path in copied():
        assert (ROOT / path).exists(), path
        assert path.partition("/")[0] in allowed, f"{path} is kept out by .dockerignore"


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_service_starts_a_module_that_is_in_the_image(name: str) -> None:
    command = command_of(name)
    wanted = {
        "dripcourse": ("dripcourse/cli/__init__.py", "main"),
        "uvicorn": ("dripcourse/web/main.py", "app"),
        "celery": ("workers/__init__.py", "app"),
    }[command[0]]
    if command[0] == "uvicorn":
        assert command[1] == "dripcourse.web.main:app"
    if command[0] == "celery":
        assert command[1:3] == ["-A", "workers"]
    path, value = wanted
    assert (ROOT / path).is_file(), f"{path} is missing"
    assert value in names_at_the_top(ROOT / path), f"{path} has no {value}"


def names_at_the_top(path: Path) -> set[str]:
    """Every name that importing the file would give it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
    return names


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which the steps of the install stage were done: what the image has under /opt/dripcourse."""
    place = tmp_path_factory.mktemp("image")
    for folder in ("bin", "src", "opt", "tmp"):
        (place / folder).mkdir()
    (place / "bin" / "python").symlink_to(sys.executable)
    environment = {**os.environ, "PATH": f"{place / 'bin'}:{os.environ['PATH']}"}
    environment.pop("PYTHONPATH", None)
    for word, rest in BUILD.steps:
        if word == "COPY":
            copy(rest, place / "src")
        elif word == "RUN":
            here = re.sub(r"(?<![\w.])/(opt|tmp)/", rf"{place}/\1/", rest)
            done = subprocess.run(
                ["sh", "-ec", here], cwd=place / "src", env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"RUN {rest}\n{done.stdout}\n{done.stderr}"
    yield place / "opt" / "dripcourse"
    shutil.rmtree(place)


def copy(rest: str, source: Path) -> None:
    """Does a COPY of the install stage: folders by their content, files into the named folder."""
    *paths, target = rest.split()
    for path in paths:
        if (ROOT / path).is_dir():
            shutil.copytree(ROOT / path, source / target, ignore=shutil.ignore_patterns("__pycache__", "_data"))
        else:
            (source / target).mkdir(exist_ok=True)
            shutil.copy(ROOT / path, source / target)


@pytest.mark.slow
@pytest.mark.xdist_group("image")
def test_the_steps_of_the_image_give_a_dripcourse_that_runs(installed: Path) -> None:
    entry = installed / "bin" / words(FINAL.all("ENTRYPOINT")[0])[0]
    shown = subprocess.run([entry, "--version"], cwd="/", env={}, capture_output=True, text=True, check=False)
    assert shown.stderr == ""
    assert re.fullmatch(r"dripcourse \d+\.\d+\.\d+\n", shown.stdout)


@pytest.mark.slow
@pytest.mark.xdist_group("image")
@pytest.mark.parametrize("name", sorted(OURS))
def test_what_a_service_starts_is_in_the_image(name: str, installed: Path) -> None:
    command = command_of(name)
    program = installed / "bin" / command[0]
    assert os.access(program, os.X_OK)
    module = {"uvicorn": "dripcourse.web.main", "celery": "workers"}.get(command[0], "dripcourse.cli")
    found = subprocess.run(
        [installed / "bin" / "python", "-c", f"import {module}"],
        cwd="/",
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stderr) == (0, "")
