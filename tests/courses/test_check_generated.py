"""What is still as the import wrote it is told once; what the author wrote is told one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from dripcourse.courses.article import Options
from dripcourse.courses.folders.record import RECORD
from dripcourse.courses.linting.check import check_course
from dripcourse.courses.linting.finding import Finding
from tests.courses.importing import change, import_into, the_file
from tests.courses.planting import TODAY, places

GARDEN = Path(__file__).with_name("garden.txt")
_CODES = "PREHEADER_LENGTH PREHEADER_ECHO PREHEADER_REPEATED ACTION_REPEATED PARAGRAPH_REPEATED"
GATHERED = {f"W_{name}" for name in _CODES.split()}


def imported(path: Path, days: int) -> Path:
    import_into(path / "course", GARDEN.read_bytes(), Options(days=days))
    return path / "course"


def told(folder: Path) -> list[Finding]:
    """What is said of sentences that may be the compiler's."""
    return [finding for finding in check_course(folder, TODAY) if finding.code in GATHERED | {"W_GENERATED"}]


@pytest.mark.parametrize("days", [7, 14, 30, 60])
def test_a_fresh_import_has_five_warnings_at_most(tmp_path: Path, days: int) -> None:
    found = check_course(imported(tmp_path, days), TODAY)
    codes = [finding.code for finding in found]
    assert len(codes) <= 5
    assert codes.count("W_GENERATED") == 1
    assert not GATHERED & set(codes)
    assert {"W_QUOTED_SCRIPTURE", "W_THIN"} <= set(codes)


def test_it_counts_by_field_and_names_the_first_place(tmp_path: Path) -> None:
    folder = imported(tmp_path, 60)
    (finding,) = told(folder)
    assert finding.file == str(folder)
    assert "60 preheaders, 28 actions and 24 passages are still as the compiler wrote them" in finding.message
    assert "(first: 01-the-full-picture.md, line 5)" in finding.message


def test_a_preheader_of_the_author_s_own_is_told_by_itself(tmp_path: Path) -> None:
    folder = imported(tmp_path, 7)
    change(the_file(folder, "the-science"), '"Test the soil. About 5 minutes."', '"Short."')
    found = told(folder)
    assert places(found) == [("W_GENERATED", "course", 0), ("W_PREHEADER_LENGTH", "02-the-science.md", 5)]
    assert found[0].message.startswith("6 preheaders are")


def test_what_the_author_says_like_the_compiler_elsewhere_is_told_by_itself(tmp_path: Path) -> None:
    folder = imported(tmp_path, 7)
    path = the_file(folder, "the-science")
    change(path, '"Test the soil. About 5 minutes."', '"Watch the light. About 5 minutes."')
    assert ("W_PREHEADER_REPEATED", path.name, 5) in places(told(folder))


@pytest.mark.parametrize("record", ["none", "broken"])
def test_without_a_record_every_sentence_counts_as_the_author_s(tmp_path: Path, record: str) -> None:
    folder = imported(tmp_path, 7)
    if record == "none":
        (folder / RECORD).unlink()
    else:
        (folder / RECORD).write_text("{")
    codes = [finding.code for finding in told(folder)]
    assert codes.count("W_PREHEADER_LENGTH") == 7
    assert "W_GENERATED" not in codes
