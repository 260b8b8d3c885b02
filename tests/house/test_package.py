"""The wheel holds all that Dripcourse needs, and runs where there is no checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("dripcourse", "workers", "email_templates", "lessons", "pyproject.toml", "README.md", "LICENSE")
DATA = ("email_templates", "lessons")

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("package")]  # one build, one worker


def run(*command: object, cwd: Path | str) -> subprocess.CompletedProcess[str]:
    """Runs a program without this process's Python settings; the caller looks at what came of it."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "DRIPCOURSE"))}
    return subprocess.run(
        [str(word) for word in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the checkout without its history and its virtual environment."""
    copy = tmp_path_factory.mktemp("checkout")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, copy)
    built = run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", copy / "dist", cwd=copy)
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = (copy / "dist").glob("*.whl")
    return found


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The installed `dripcourse`, in a fresh environment that borrows the packages of this one."""
    place = tmp_path_factory.mktemp("installed")
    made = run(sys.executable, "-m", "venv", "--without-pip", place, cwd="/")
    assert made.returncode == 0, made.stderr
    python = place / "bin" / "python"
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd="/").stdout.strip())
    (packages / "borrowed.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    installed = run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--no-deps",
        "--no-index",
        "--ignore-installed",
        wheel,
        cwd="/",
    )
    assert installed.returncode == 0, installed.stderr
    yield place / "bin" / "dripcourse"
    shutil.rmtree(place)


@pytest.mark.parametrize("folder", DATA)
def test_the_wheel_holds_every_file_of_a_data_folder(folder: str, wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    here = [path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()]
    assert here
    assert {f"dripcourse/_data/{name}" for name in here} <= inside


def test_the_wheel_holds_no_tests_and_nothing_at_the_top_but_its_two_packages(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"dripcourse", "workers"}


def test_the_installed_program_tells_its_version(program: Path) -> None:
    shown = run(program, "--version", cwd="/")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith("dripcourse ")


def test_the_installed_program_checks_the_course_it_ships(program: Path) -> None:
    where = run(
        program.parent / "python", "-c", "from dripcourse.data import folder; print(folder('lessons'))", cwd="/"
    )
    lessons = Path(where.stdout.strip())
    assert lessons.is_relative_to(program.parents[1]), "the course is taken from the checkout, not from the wheel"
    courses = [course.parent for course in lessons.glob("*/course.toml")]
    assert courses
    for course in courses:
        checked = run(program, "course", "check", course, cwd="/")
        assert checked.returncode == 0, checked.stdout + checked.stderr
