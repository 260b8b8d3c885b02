"""`course check` reports as errors what `course publish` would refuse, each at its line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dripcourse import data
from dripcourse.cli.unsendable import unsendable
from dripcourse.courses.folders.folder import read_course
from dripcourse.courses.linting.check import check_course
from dripcourse.domain.progress import Rule
from dripcourse.errors import InputError
from dripcourse.flows.publish import publish
from dripcourse.mail.samples import BRAND
from dripcourse.storage.database import open_database
from tests.cli.conftest import Terminal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped course, to be spoilt."""
    (shipped,) = [path.parent for path in data.folder("lessons").glob("*/course.toml")]
    return Path(shutil.copytree(shipped, tmp_path / "copy"))


def lesson_of(folder: Path, day: int) -> Path:
    (path,) = folder.glob(f"{day:02}-*.md")
    return path


def body_line(path: Path) -> int:
    """The line on which the passage begins: the first that is not empty after the front matter."""
    lines = path.read_text(encoding="utf-8").splitlines()
    end = lines.index("---", 1)
    return next(number for number, line in enumerate(lines, 1) if number > end + 1 and line.strip())


def test_the_shipped_course_can_be_sent(folder: Path) -> None:
    assert unsendable(folder) == []


@pytest.mark.parametrize("text", ["--DC.LEAVE_URL--", "x " * 60_000], ids=["a slot of ours", "too big"])
def test_what_publish_refuses_is_an_error_of_its_file(folder: Path, text: str) -> None:
    spoilt = lesson_of(folder, 1)
    spoilt.write_text(spoilt.read_text(encoding="utf-8") + f"\n{text}\n", encoding="utf-8")
    assert not [finding for finding in check_course(folder) if finding.level == "error"]
    (finding,) = unsendable(folder)
    db = open_database("sqlite://")
    with pytest.raises(InputError) as refusal:
        publish(db, read_course(folder), BRAND, Rule.FOLLOW, None)  # type: ignore[arg-type]
    db.close()
    assert (finding.level, finding.file, finding.message) == ("error", str(spoilt), str(refusal.value))
    assert finding.line == 1  # these two belong to the mail as a whole


def test_a_text_that_is_named_is_found_at_its_line(folder: Path) -> None:
    spoilt = lesson_of(folder, 2)
    text = spoilt.read_text(encoding="utf-8") + "\n" + "> " * 60 + "too deep\n"
    spoilt.write_text(text, encoding="utf-8")
    (finding,) = unsendable(folder)
    assert ": passage: " in finding.message
    assert (finding.file, finding.line) == (str(spoilt), body_line(spoilt))


def test_check_ends_with_1_and_counts_them(bare: Terminal, folder: Path) -> None:
    spoilt = lesson_of(folder, 3)
    spoilt.write_text(spoilt.read_text(encoding="utf-8") + "\n--DC.UNDO_URL--\n", encoding="utf-8")
    said = bare(f"course check {folder}")
    assert said.code == 1
    assert f"{spoilt}:1: error: " in said.out
    assert f"{folder}: 1 errors" in said.out
