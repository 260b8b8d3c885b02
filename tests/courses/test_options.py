"""What a course folder may say beside its lessons: passages for who opts out, footer, logo, words; and mistakes."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from dripcourse.courses.article import Options
from dripcourse.courses.folders.course_keys import KEYS
from dripcourse.courses.folders.folder import content_hash, read_course, survey
from dripcourse.courses.folders.in_part import whole
from dripcourse.courses.folders.lesson_file import FIELDS
from dripcourse.courses.linting.check import check_course
from dripcourse.domain.course import Course, Logo
from tests.courses.articles import GARDEN
from tests.courses.importing import import_again, import_into, the_file
from tests.courses.planting import TODAY, clean_folder, places, plant
from tests.courses.test_folder import mistakes

FIRST, AGAIN = "01-first-step.md", "02-again.md"
INSTEAD = 'instead_section: "A walk"\ninstead: |\n  Look at the *garden*.\n\n  Then sit.\n'
MORE = """
[logo]
url = "https://media.h.org/logo.png?v=2"
alt = "Small Steps"
width = 120
height = 40

[words]
action = "One thing for {day}"

[optional]
picture = "The full picture"
"""
FOOTER = 'footer = """\nMade by [Ann](https://h.org).\n"""\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A course whose first lesson has a passage for those who opt out, and a course.toml with all there is."""
    clean_folder(tmp_path)
    plant(tmp_path, FIRST, 'note: ""\n', f'note: ""\n{INSTEAD}')
    plant(tmp_path, "course.toml", "\n[sender]", f"{FOOTER}\n[sender]")
    (tmp_path / "course.toml").write_text((tmp_path / "course.toml").read_text() + MORE)
    return tmp_path


def test_all_of_it_becomes_part_of_the_course(folder: Path) -> None:
    course = read_course(folder)
    first = course.lessons[1]
    assert (first.instead, first.instead_section) == ("Look at the *garden*.\n\nThen sit.", "A walk")
    assert replace(course, lessons=()) == Course(
        "three-days", "Three days", "en", (), course.sender, "", course.safety_note, {"accent": "#204060"},
        Logo("https://media.h.org/logo.png?v=2", "Small Steps", 120, 40), "Made by [Ann](https://h.org).",
        {"action": "One thing for {day}"}, {"picture": "The full picture"},
    )  # fmt: skip
    assert [course.option(lesson) for lesson in course.lessons] == ["", "picture", "", "", ""]
    assert whole(survey(folder)) == course


def test_the_hash_follows_all_of_it(folder: Path) -> None:
    seen = {content_hash(read_course(folder))}
    for file, old, new in [
        (FIRST, "Then sit", "Then stand"), (FIRST, "A walk", "A way"), ("course.toml", "Made by", "By"),
        ("course.toml", "width = 120", "width = 121"), ("course.toml", "One thing", "A thing"),
        ("course.toml", "picture =", "view ="),
    ]:  # fmt: skip
        plant(folder, file, old, new)
        seen.add(content_hash(read_course(folder)))
    assert len(seen) == 7


# what is done to one file, and the one thing that is found: file, line, a part of the message
WRONG: dict[str, tuple[str, str, str, str, int, str]] = {
    "a section of no passage": (
        FIRST, INSTEAD, 'instead_section: "A walk"\ninstead: ""\n', FIRST, 16, "instead_section belongs to a passage",
    ),
    "a section in two lines": (FIRST, '"A walk"', '"A\\nwalk"', FIRST, 16, "instead_section has a line break"),
    "a long section": (FIRST, "A walk", "a" * 201, FIRST, 16, "201 characters (limit 200)"),
    "a placeholder": (FIRST, "Then sit.", "Dear {{ name }}.", FIRST, 20, "{{ name }} is left in instead"),
    "a number for a passage": (FIRST, INSTEAD, "instead: 15\n", FIRST, 16, "instead must be a text"),
    "nothing in its place": (FIRST, INSTEAD, "", FIRST, 6, "nothing stands in its place"),
    "a perspective that is not optional": (
        "course.toml", 'picture = "The full picture"\n', "", FIRST, 17, "(«The full picture») is not in [optional]",
    ),
    "a passage of no perspective": (
        AGAIN, "reflection:", "instead: Rest.\nreflection:", AGAIN, 8, "perspective, and that (none) is not in",
    ),
    "an option of no lesson": (
        "course.toml", "[optional]\n", '[optional]\nx = "A view"\n', "course.toml", 31, "«The full picture»",
    ),
    "an option with capitals": ("course.toml", "picture =", "Picture =", "course.toml", 31, "is not a key of a-z"),
    "an option of two lines": ("course.toml", '"The full picture"', '"""a\nb"""', "course.toml", 31, "one line"),
    "an option without a name": ("course.toml", '"The full picture"', '" "', "course.toml", 31, "one line in quotes"),
    "options that are no table": ("course.toml", "footer =", 'optional = "x"\nfooter =', "course.toml", 31, "TOML"),
    "one perspective twice": (
        "course.toml", "picture =", 'view = "The full picture"\npicture =', "course.toml", 32, "so is view; keep one",
    ),
    "a footer that is a number": ("course.toml", FOOTER, "footer = 1\n", "course.toml", 10, "footer is 1: must be a"),
    "a placeholder in the footer": ("course.toml", "Made by", "\nBy {{ x }}", "course.toml", 12, "{{ x }} is left in"),
    "a logo that is not encrypted": ("course.toml", "https://media", "http://media", "course.toml", 22, "https addr"),
    "a logo of no host": ("course.toml", "https://media.h.org/", "https:///", "course.toml", 22, "https addr"),
    "a logo with a name": ("course.toml", "https://media", "https://a@media", "course.toml", 22, "https addr"),
    "a logo with spaces": ("course.toml", "logo.png", "lo go.png", "course.toml", 22, "https addr"),
    "a logo in quotes": ("course.toml", "logo.png", "l'ogo.png", "course.toml", 22, "https addr"),
    "a logo on a bad port": ("course.toml", "media.h.org", "h.org:x", "course.toml", 22, "https addr"),
    "a logo without words": ("course.toml", '"Small Steps"', '""', "course.toml", 23, "logo.alt is '': must be a text"),
    "a logo that says nothing": ("course.toml", 'alt = "Small Steps"\n', "", "course.toml", 21, "logo.alt is missing"),
    "a logo of no width": ("course.toml", "width = 120", "width = 0", "course.toml", 24, "number from 1 to 600"),
    "a logo too high": ("course.toml", "height = 40", "height = 601", "course.toml", 25, "number from 1 to 600"),
    "half a pixel": ("course.toml", "height = 40", "height = 40.5", "course.toml", 25, "number from 1 to 600"),
    "a pixel in quotes": ("course.toml", "height = 40", 'height = "40"', "course.toml", 25, "number from 1 to 600"),
    "a truth of pixels": ("course.toml", "height = 40", "height = true", "course.toml", 25, "number from 1 to 600"),
    "another key of the logo": ("course.toml", "height = 40", "height = 40\nlink = 1", "course.toml", 26, "logo.link"),
    "words in capitals": ("course.toml", "action =", "Action =", "course.toml", 28, "is not a name of words.toml"),
    "words of two lines": ("course.toml", '"One thing for {day}"', '"a\\nb"', "course.toml", 28, "of one line"),
    "words of a number": ("course.toml", '"One thing for {day}"', "7", "course.toml", 28, "words.action is 7: must be"),
    "words of a template": ("course.toml", "{day}", "{{day}}", "course.toml", 28, "{{day}} is left in words.action"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_mistake_is_found_at_its_line_and_brings_no_other(folder: Path, what: str) -> None:
    name, old, new, file, line, message = WRONG[what]
    plant(folder, name, old, new)
    found = mistakes(folder)
    assert [(f, n) for f, n, _ in found] == [(file, line)], found
    assert message in found[0][2]


def test_a_second_import_keeps_the_passage_for_those_who_opt_out(tmp_path: Path) -> None:
    folder, text = tmp_path / "course", GARDEN.read_text(encoding="utf-8")
    import_into(folder, text.encode(), Options(days=14))
    path = the_file(folder, "water-and-roots")
    path.write_text(path.read_text().replace("reflection:", f"{INSTEAD}reflection:", 1))
    plan = import_again(folder, text.replace("Deep watering", "Slow and deep watering").encode(), Options(days=14))
    (file,) = [file for file in plan.files if file.name == path.name]
    assert [kept.field for kept in file.kept] == ["instead_section", "instead"]
    after = path.read_text()
    assert "Slow and deep watering" in after
    assert INSTEAD in after


LONG = "One two three four five six seven eight nine ten. "
# the passage for who opts out, and what is found of it: code, line
WEAK: dict[str, tuple[str, list[tuple[str, int]]]] = {
    "as good as the other": (LONG * 15, []),
    "too short": ("Look around you.", [("W_LESSON_SHORT", 17)]),
    "too long": (LONG * 30, [("W_LESSON_LONG", 17)]),
    "a link": (f"{LONG * 15}\n\n  [Here](https://h.org/a).", [("W_LINK_TEXT", 20)]),
    "a link of the other passage, too": (f"[A barn](https://h.org/barn). {LONG * 15}", []),
    "a paragraph of the other passage, too": (f"Keep one thing that your hands did today.\n\n  {LONG * 14}", []),
    "a paragraph of another lesson": (
        f"The way to the garden is long and *green* in spring.\n\n  {LONG * 14}",
        [("W_PARAGRAPH_REPEATED", 18)],
    ),
    "a quotation": (
        f'Read "Let each one do as the heart decides" (2 Corinthians 9:7).\n\n  {LONG * 14}',
        [("W_QUOTED_SCRIPTURE", 18)],
    ),
}


@pytest.mark.parametrize("what", WEAK)
def test_the_passage_for_those_who_opt_out_is_checked_as_part_of_its_mail(folder: Path, what: str) -> None:
    text, wanted = WEAK[what]
    barn = "[The barn](https://h.org/barn)\n\nKeep one thing that your hands did today."
    plant(folder, FIRST, "This is the second.", barn)
    plant(folder, FIRST, "Look at the *garden*.\n\n  Then sit.", text)
    assert places(check_course(folder, TODAY)) == [(code, FIRST, line) for code, line in wanted]


def test_links_of_the_footer_are_checked(folder: Path) -> None:
    plant(folder, FIRST, "Look at the *garden*.", LONG * 15)
    plant(folder, "course.toml", "https://h.org", "http://h.org")
    assert places(check_course(folder, TODAY)) == [("W_LINK_HTTP", "course.toml", 11)]


def test_the_document_has_every_key_and_every_field_and_no_other() -> None:
    text = (Path(__file__).parents[2] / "docs" / "course-folder.md").read_text(encoding="utf-8")
    keys, fields = (part.partition("\n## ")[0] for part in text.split("\n## ")[1:3])
    rows = [re.findall(r"^\| `\[?([a-z_]+)[^`]*` \|", part, re.MULTILINE) for part in (keys, fields)]
    assert sorted(rows[0]) == sorted(KEYS)
    assert sorted(rows[1]) == sorted(FIELDS)
    assert all(f"`{name}`" in keys for name in ("url", "alt", "width", "height", "name", "reply_to", "text", "checked"))


def test_the_examples_of_the_document_are_right(folder: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "course-folder.md").read_text(encoding="utf-8")
    toml, lesson = (re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)[0] for kind in ("toml", "markdown"))
    (folder / "course.toml").write_text(toml.replace("days = 30", "days = 3"))
    (folder / FIRST).write_text(lesson.replace("one-question", "first-step"))
    assert read_course(folder).lessons[1].instead.startswith("The passage for readers who opted out")
