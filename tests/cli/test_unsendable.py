"""`course check` reports as errors what `course publish` would refuse, each at its line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dripcourse import data
from dripcourse.cli.unsendable import BIG_BYTES, unsendable
from dripcourse.courses.folders.folder import read_course
from dripcourse.courses.linting.check import check_course
from dripcourse.domain.progress import Rule
from dripcourse.errors import InputError
from dripcourse.flows.publish import publish
from dripcourse.mail.checks import html_bytes
from dripcourse.mail.compile import compile_lesson, fill
from dripcourse.mail.samples import BRAND, VALUES
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


@pytest.mark.parametrize(
    ("text", "code"),
    [("--DC.LEAVE_URL--", "E_UNSENDABLE"), ("x " * 60_000, "E_UNSENDABLE"), ("x " * 50_000, "E_SIZE")],
    ids=["a slot of ours", "too much to read", "too big"],
)
def test_what_publish_refuses_is_an_error_of_its_file(folder: Path, text: str, code: str) -> None:
    spoilt = lesson_of(folder, 1)
    spoilt.write_text(spoilt.read_text(encoding="utf-8") + f"\n{text}\n", encoding="utf-8")
    assert not [finding for finding in check_course(folder) if finding.level == "error"]
    (finding,) = unsendable(folder)
    db = open_database("sqlite://")
    with pytest.raises(InputError) as refusal:
        publish(db, read_course(folder), BRAND, Rule.FOLLOW, None)  # type: ignore[arg-type]
    db.close()
    assert (finding.code, finding.file, finding.message) == (code, str(spoilt), str(refusal.value))
    assert finding.line == 1  # these two belong to the mail as a whole


def test_a_text_that_is_named_is_found_at_its_line(folder: Path) -> None:
    spoilt = lesson_of(folder, 2)
    text = spoilt.read_text(encoding="utf-8") + "\n" + "> " * 60 + "too deep\n"
    spoilt.write_text(text, encoding="utf-8")
    (finding,) = unsendable(folder)
    assert ": passage: " in finding.message
    assert (finding.file, finding.line) == (str(spoilt), body_line(spoilt))


def test_a_mail_near_clipping_is_a_warning_and_one_below_it_is_none(folder: Path) -> None:
    spoilt = lesson_of(folder, 4)
    text = spoilt.read_text(encoding="utf-8")
    room = BIG_BYTES - size_of(folder, 4)
    spoilt.write_text(text + "\n" + "x " * (room // 21 * 10), encoding="utf-8")  # a line end after some 75 bytes
    left = BIG_BYTES - size_of(folder, 4)
    assert 0 < left < 2_000
    assert unsendable(folder) == []
    spoilt.write_text(spoilt.read_text(encoding="utf-8") + "x " * left, encoding="utf-8")
    (finding,) = unsendable(folder)
    assert (finding.code, finding.file, finding.line) == ("W_SIZE", str(spoilt), body_line(spoilt))
    assert f"has {size_of(folder, 4):,} bytes" in finding.message


def size_of(folder: Path, day: int) -> int:
    course = read_course(folder)
    mail = compile_lesson(course, next(x for x in course.lessons if x.day == day), BRAND)
    return html_bytes(fill(mail, VALUES).html)


def test_a_colour_that_publish_refuses_is_told_once_and_not_for_each_mail(folder: Path) -> None:
    toml = folder / "course.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + '\n[theme]\nsoft = "#999999"\n', encoding="utf-8")
    assert {finding.file for finding in unsendable(folder)} == {str(toml)}
    assert len(unsendable(folder)) == 3  # soft on the page, the sheet and the box


def test_a_mistake_elsewhere_brings_no_mistakes_of_the_mails(folder: Path) -> None:
    lesson_of(folder, 3).unlink()
    assert unsendable(folder) == []


ELSEWHERE: dict[str, tuple[str, str]] = {
    "course.toml has a mistake": ('language = "en"', 'language = "?"'),
    "course.toml is no TOML": ('language = "en"', "language = en"),
    "the theme is faint": ("", '\n[theme]\nsoft = "#999999"\n'),
    "the theme has a token that there is not": ("", '\n[theme]\nsofter = "#999999"\n'),
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_a_mistake_elsewhere_does_not_hide_a_mail_that_is_too_big(folder: Path, what: str) -> None:
    old, new = ELSEWHERE[what]
    toml, spoilt = folder / "course.toml", lesson_of(folder, 1)
    text = toml.read_text(encoding="utf-8")
    assert old in text
    toml.write_text(text.replace(old, new, 1) if old else text + new, encoding="utf-8")
    spoilt.write_text(spoilt.read_text(encoding="utf-8") + "\n" + "x " * 50_000 + "\n", encoding="utf-8")
    found = [finding for finding in unsendable(folder) if finding.file != str(toml)]
    assert [(finding.code, finding.file) for finding in found] == [("E_SIZE", str(spoilt))]


def test_check_ends_with_1_and_counts_them(bare: Terminal, folder: Path) -> None:
    spoilt = lesson_of(folder, 3)
    spoilt.write_text(spoilt.read_text(encoding="utf-8") + "\n--DC.UNDO_URL--\n", encoding="utf-8")
    said = bare(f"course check {folder}")
    assert said.code == 1
    assert f"{spoilt}:1: error: E_UNSENDABLE: " in said.out
    assert f"{folder}: 1 errors" in said.out
