"""`course check` reports as errors what `course publish` would refuse, each at its line."""

from __future__ import annotations

import re
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
from tests.courses.planting import clean_folder, plant


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A course of three days, to be spoilt."""
    (tmp_path / "course").mkdir()
    clean_folder(tmp_path / "course")
    plant(tmp_path / "course", "course.toml", '\n[theme]\naccent = "#204060"\n', "")
    return tmp_path / "course"


def lesson_of(folder: Path, day: int) -> Path:
    (path,) = folder.glob(f"{day:02}-*.md")
    return path


def body_line(path: Path) -> int:
    """The line on which the passage begins: the first that is not empty after the front matter."""
    lines = path.read_text(encoding="utf-8").splitlines()
    end = lines.index("---", 1)
    return next(number for number, line in enumerate(lines, 1) if number > end + 1 and line.strip())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["emotional-intimacy", "look-and-draw"])
def test_a_shipped_course_can_be_sent(name: str) -> None:
    assert unsendable(data.folder("lessons") / name) == []


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


FIRST = "01-first-step.md"
TOML_DE = 'title = "Drei"\nsafety_note = "Halt."\n\n[words]\n\n[optional]\npicture = "The full picture"\n'


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A course with a translation and a passage for those who opt out."""
    clean_folder(tmp_path)
    plant(tmp_path, FIRST, 'note: ""\n', "instead: |\n  Another one.\n")
    plant(tmp_path, "course.toml", "[sender]", '[words]\n\n[optional]\npicture = "The full picture"\n\n[sender]')
    (tmp_path / "de").mkdir()
    for path in tmp_path.glob("[0-9]*.md"):
        (tmp_path / "de" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "de" / "course.toml").write_text(TOML_DE)
    return tmp_path


# what is written into the course.toml of which language, in place of what, and what is said of it at that very line
OF_THE_COURSE: dict[str, tuple[str, str, str, str, str]] = {
    "a word that there is not": ("", "words]", 'words]\nactoin = "x"', "actoin", "there is no text 'actoin'"),
    "a word with a brace": ("de", "words]", 'words]\nplace = "{weekday}"', "place", "place has braces it should not"),
    "a deep footer": ("de", "title =", f'footer = "{"> " * 60}x"\ntitle =', "footer", "footer: "),
    "a deep safety note": ("", "title =", f'safety_note = "{"> " * 60}x"\ntitle =', "safety_note", "safety: "),
    "a slot of ours in the footer": ("", "title =", 'footer = "--DC.X--"\ntitle =', "", "reserved"),
}


@pytest.mark.parametrize("what", OF_THE_COURSE)
def test_what_every_mail_would_be_refused_for_is_told_once_at_its_line(two: Path, what: str) -> None:
    where, old, new, name, message = OF_THE_COURSE[what]
    toml = two / where / "course.toml"
    text = toml.read_text(encoding="utf-8")
    if name == "safety_note":
        text = re.sub(r'safety_note = """[^"]*"""\n|safety_note = "[^"]*"\n', "", text)
    toml.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = unsendable(two)
    assert [(finding.code, finding.file) for finding in found] == [("E_UNSENDABLE", str(toml))], found
    assert message in found[0].message
    lines = toml.read_text(encoding="utf-8").splitlines()
    line = next((n for n, line in enumerate(lines, 1) if name and line.startswith(f"{name} =")), 0)
    assert found[0].line == line


def test_two_wrong_words_are_told_each_at_its_line(two: Path) -> None:
    toml = two / "course.toml"
    text = toml.read_text(encoding="utf-8").replace("[words]", '[words]\nb = "x"\na = "y"', 1)
    toml.write_text(text, encoding="utf-8")
    line = text.splitlines().index('b = "x"') + 1
    assert [(finding.line, finding.message[:27]) for finding in unsendable(two)] == [
        (line, "words: there is no text 'b'"),
        (line + 1, "words: there is no text 'a'"),
    ]


@pytest.mark.parametrize("where", ["", "de"])
def test_the_passage_for_those_who_opt_out_is_refused_at_its_own_line(two: Path, where: str) -> None:
    plant(two / where, FIRST, "Another one.", f"{'> ' * 60}x")
    (finding,) = unsendable(two)
    assert (finding.code, finding.file, finding.line) == ("E_UNSENDABLE", str(two / where / FIRST), 15)
