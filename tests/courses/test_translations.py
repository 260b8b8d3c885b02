"""Translations: a folder within the course's own with the same files; where it does not follow is found at its line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dripcourse.courses.article import Options
from dripcourse.courses.folders.folder import content_hash, read_course, survey
from dripcourse.courses.folders.in_part import whole
from dripcourse.courses.folders.write import write_course
from dripcourse.courses.linting.check import check_course
from dripcourse.courses.linting.probing import dead_links
from dripcourse.courses.linting.settling import unsettled
from dripcourse.courses.linting.translations import print_of
from dripcourse.domain.course import Course, Logo, Sender
from dripcourse.errors import Mistakes
from tests.courses.articles import GARDEN
from tests.courses.importing import import_again, import_into
from tests.courses.planting import TODAY, clean_folder, places, plant

FIRST, AGAIN, RECAP, END = "01-first-step.md", "02-again.md", "03-look-back.md", "04-completion.md"
HEAD, VIEW = "course.toml", "The full picture"
DE = """\
title = "Drei Tage"
safety_note = "Hören Sie auf, wenn es weh tut."
footer = "Von Anna."

[optional]
picture = "Das ganze Bild"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A course of three days with a German translation, about which there is nothing to say."""
    clean_folder(tmp_path)
    plant(tmp_path, FIRST, 'note: ""\n', f"instead: |\n  {'One two three four five. ' * 30}\n")
    plant(tmp_path, "course.toml", "\n[sender]", 'footer = "By Ann."\npostal_address = "A\\nB"\n\n[sender]')
    toml = tmp_path / "course.toml"
    toml.write_text(toml.read_text() + f'\n[optional]\npicture = "{VIEW}"\n')
    (tmp_path / "de").mkdir()
    for path in tmp_path.glob("[0-9]*.md"):
        (tmp_path / "de" / path.name).write_text(path.read_text().replace(VIEW, "Das ganze Bild"))
    (tmp_path / "de" / "course.toml").write_text(DE)
    return tmp_path


def found(folder: Path) -> list[tuple[str, int, str]]:
    """(file as counted from the folder, line, message) of all mistakes."""
    with pytest.raises(Mistakes) as caught:
        read_course(folder)
    return [(Path(m.path).relative_to(folder).as_posix(), m.line, m.message) for m in caught.value.mistakes]


def test_a_translation_is_the_course_in_another_language(folder: Path) -> None:
    course = read_course(folder)
    (german,) = course.translations
    assert course.editions == (course, german)
    assert replace(german, lessons=()) == Course(
        "three-days", "Drei Tage", "de", (), Sender("Ann Example", "ann@example.com"), "A\nB",
        "Hören Sie auf, wenn es weh tut.", {"accent": "#204060"}, footer="Von Anna.",
        optional={"picture": "Das ganze Bild"},
    )  # fmt: skip
    assert [lesson.key for lesson in german.lessons] == [lesson.key for lesson in course.lessons]
    assert [one.option(one.lessons[1]) for one in course.editions] == ["picture", "picture"]
    assert whole(survey(folder)) == course
    assert check_course(folder, TODAY) == []


def test_it_may_have_an_address_and_words_of_its_own(folder: Path) -> None:
    plant(folder, "de/course.toml", "\n[optional]", 'postal_address = "C"\n\n[words]\naction = "Heute"\n\n[optional]')
    (german,) = read_course(folder).translations
    assert (german.postal_address, german.words) == ("C", {"action": "Heute"})


def test_the_hash_follows_the_translation(folder: Path) -> None:
    before = content_hash(read_course(folder))
    plant(folder, f"de/{AGAIN}", "Walk once more.", "Gehen Sie noch einmal.")
    assert content_hash(read_course(folder)) != before


# what is done to a file, and the one thing that is found in it: line, a part of the message
EDITS: dict[str, tuple[str, str, str, int, str]] = {
    "no title": (HEAD, 'title = "Drei Tage"\n', "", 0, "title is missing"),
    "no safety note": (HEAD, 'safety_note = "Hören', '# "', 0, "safety_note is missing; the"),
    "no footer": (HEAD, 'footer = "Von Anna."', "", 0, "footer is missing; the course has"),
    "its own slug": (HEAD, "title =", 'slug = "x"\ntitle =', 1, "slug is that of the course"),
    "its own days": (HEAD, "title =", "days = 3\ntitle =", 1, "days is that of the course"),
    "its language": (HEAD, "title =", 'language = "de"\ntitle =', 1, "the name of this folder"),
    "its own theme": (HEAD, "[optional]", "[theme]\n[optional]", 5, "theme is that of the co"),
    "its own sender": (HEAD, "[optional]", "[sender]\n[optional]", 5, "sender is that of the"),
    "its own logo": (HEAD, "[optional]", "[logo]\n[optional]", 5, "logo is that of the course"),
    "an unknown key": (HEAD, "footer", "fuss = 1\nfooter", 3, "fuss is not a setting"),
    "no options": (HEAD, '[optional]\npicture = "Das ganze Bild"\n', "", 0, "optional.picture is"),
    "another option": (HEAD, "[optional]", '[optional]\nx = "X"', 6, "x is no key of the course"),
    "broken TOML": (HEAD, '"Drei Tage"', "Drei", 1, "not valid TOML"),
    "a broken lesson": (AGAIN, "kind: practice", "kind: Übung", 3, "kind is 'Übung'"),
    "another kind": (AGAIN, "kind: practice", "kind: recap", 3, f"and practice in {AGAIN} of the"),
    "other minutes": (AGAIN, "minutes: 5", "minutes: 6", 7, "has 6 minutes, and 5 in 02-again.md of the"),
    "no minutes": (AGAIN, "minutes: 5\n", "", 6, "the action has no minutes, and 5 in 02-again.md"),
    "one action more": (RECAP, "reflection:", "action: Go.\nreflection:", 6, "has an action, and there is n"),
    "a perspective in the first language": (FIRST, "Das ganze Bild", VIEW, 15, "is not in [optional]"),
    "a perspective that is not optional": (
        AGAIN, "action:", 'perspective: "Das ganze Bild"\ninstead: Etwas.\naction:', 6,
        "readers may opt out of this perspective (optional.picture), but not of 02-again.md",
    ),
    "a print without quotes": (
        AGAIN, "reflection:", "translates: 12\nreflection:", 8, 'put it in quotes: "12"',
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", EDITS)
def test_what_does_not_follow_the_course_is_found_at_its_line(folder: Path, what: str) -> None:
    name, old, new, line, message = EDITS[what]
    plant(folder / "de", name, old, new)
    seen = found(folder)
    assert seen[0][:2] == (f"de/{name}", line), seen
    assert message in seen[0][2]


def test_a_passage_that_is_missing_in_one_language_is_found(folder: Path) -> None:
    text = (folder / "de" / FIRST).read_text()
    start = text.index("instead:")
    (folder / "de" / FIRST).write_text(text[:start] + text[text.index("---", start) :])
    assert [(f, n) for f, n, _ in found(folder)] == [(f"de/{FIRST}", 6)]


def _rename(old: str, new: str) -> Callable[[Path], object]:
    return lambda folder: (folder / old).rename(folder / new)


def _copy(old: str, new: str) -> Callable[[Path], object]:
    return lambda folder: (folder / new).write_bytes((folder / old).read_bytes())


def _folder(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).mkdir() or _copy("de/course.toml", f"{name}/course.toml")(folder)


FILES: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "a lesson is missing": (lambda f: (f / "de" / AGAIN).unlink(), "de", f"{AGAIN} is missing; translate "),
    "a lesson too many": (_copy(f"de/{AGAIN}", "de/09-more.md"), "de/09-more.md", "the course has no such lesson"),
    "a lesson on another day": (
        _rename(f"de/{AGAIN}", "de/09-again.md"), "de/09-again.md", f"has this lesson as {AGAIN}; rename this file so",
    ),
    "a file without a day": (_rename(f"de/{AGAIN}", "de/again.md"), "de/again.md", "has no day: name it"),
    "no course.toml": (lambda f: (f / "de/course.toml").unlink(), "de/course.toml", "is missing"),
    "the course's own language": (_rename("de", "en"), "en", "into the language of course.toml; name the folder"),
    "one that has just begun": (_folder("de-at"), "de-at", f"{AGAIN} is missing"),
}  # fmt: skip


@pytest.mark.parametrize("what", FILES)
def test_another_set_of_files_is_found(folder: Path, what: str) -> None:
    change, file, message = FILES[what]
    change(folder)
    seen = found(folder)
    assert any((f, n) == (file, 0) and message in text for f, n, text in seen), seen


def test_tags_that_differ_in_capitals_only_are_one_language(folder: Path) -> None:
    _folder("de-at")(folder)
    (folder / "de").rename(folder / "de-AT")
    message = "is a translation into the language of de-AT/; name the folder by another, or move it away"
    assert ("de-at", 0, message) in found(folder)


@pytest.mark.parametrize("name", ["pictures", "img", "notes", ".git", "DE"])
def test_any_other_folder_stays_unread(folder: Path, name: str) -> None:
    before = read_course(folder)
    (folder / name).mkdir()
    (folder / name / "notes.md").write_text("x")
    assert read_course(folder) == before
    assert check_course(folder, TODAY) == []


def test_a_translation_whose_name_is_no_language_is_told(folder: Path) -> None:
    (folder / "de").rename(folder / "Deutsch")
    assert read_course(folder).translations == ()
    assert places(check_course(folder, TODAY)) == [("W_TRANSLATION_NAME", "Deutsch", 0)]


# file, old, new, code, line
WEAK: dict[str, tuple[str, str, str, str, int]] = {
    "a long subject": (FIRST, "Day 1: a first step", "T" + "a" * 50, "W_SUBJECT_LONG", 4),
    "the same subject twice": (END, "Done: what comes next", "Day 1: a first step", "W_SUBJECT_REPEATED", 4),
    "a short preheader": (FIRST, "One step, and then a rest. Five minutes.", "Kurz.", "W_PREHEADER_LENGTH", 5),
    "a long lesson": (FIRST, "One two three four five. ", "Eins zwei drei. " * 60, "W_LESSON_LONG", 15),
    "a link": (FIRST, "This is the second.", "[Hier](https://h.org)", "W_LINK_TEXT", 21),
    "a quotation": (
        FIRST, "This is the second.", 'Read "Let each one do as the heart decides" (2 Corinthians 9:7).',
        "W_QUOTED_SCRIPTURE", 21,
    ),
    "a number nobody called": ("course.toml", "Hören Sie auf", "Rufen Sie 0800 111 0 111", "W_HELPLINES_UNCHECKED", 2),
    "a wrong title": ("course.toml", '"Drei Tage"', "3", "E_COURSE_FILE", 1),
    "a wrong kind": (AGAIN, "kind: practice", "kind: x", "E_LESSON_FILE", 3),
    "other minutes": (AGAIN, "minutes: 5", "minutes: 6", "E_FOLDER", 7),
}  # fmt: skip


@pytest.mark.parametrize("what", WEAK)
def test_a_translation_is_checked_like_its_course(folder: Path, what: str) -> None:
    name, old, new, code, line = WEAK[what]
    plant(folder / "de", name, old, new)
    (finding,) = check_course(folder, TODAY)
    assert (finding.code, Path(finding.file), finding.line) == (code, folder / "de" / name, line)


def test_what_only_a_person_settles_is_asked_in_each_language(folder: Path) -> None:
    plant(folder / "de", "course.toml", "Hören Sie auf", "Rufen Sie 0800 111 0 111")
    assert places(unsettled(survey(folder), TODAY)) == [("W_HELPLINES_UNCHECKED", "course.toml", 2)]


def test_links_of_a_translation_are_tried(folder: Path) -> None:
    plant(folder / "de", FIRST, "This is the second.", "[Eine Scheune](https://h.org/scheune)")
    (finding,) = dead_links(survey(folder), lambda url: "404")
    assert Path(finding.file) == folder / "de" / FIRST


HELP = '\n[helplines.US]\nchecked = 2026-11-23\ntext = "{}"\n'


def test_the_country_is_the_course_s_and_the_words_the_translation_s(folder: Path) -> None:
    plant(folder, "course.toml", "footer =", 'helplines_for = "US"\nfooter =')
    for name, text in (("course.toml", "Call 988."), ("de/course.toml", "Rufen Sie 988 an.")):
        path = folder / name
        assert name == "course.toml" or any("no [helplines.US]; write one" in text for _, _, text in found(folder))
        path.write_text(path.read_text() + HELP.format(text))
    assert [course.safety_note.partition("\n\n")[2] for course in read_course(folder).editions] == [
        "Call 988.\n\nNumbers checked on 23 November 2026.",
        "Rufen Sie 988 an.\n\nNummern geprüft am 23. November 2026.",
    ]
    plant(folder, "de/course.toml", "title =", 'helplines_for = "DE"\ntitle =')
    plant(folder, "de/course.toml", "[helplines.US]", "[helplines.DE]")
    assert read_course(folder).translations[0].safety_note.endswith("2026.")


def test_a_translated_lesson_says_of_which_texts_it_is_and_is_told_when_they_change(folder: Path) -> None:
    wanted = print_of(read_course(folder).lessons[2])
    plant(folder / "de", AGAIN, "reflection:", 'translates: "?"\nreflection:')
    (finding,) = check_course(folder, TODAY)
    assert places([finding]) == [("W_TRANSLATION_OLD", AGAIN, 8)]
    assert finding.message.endswith(f'compare them, then write translates: "{wanted}"')
    plant(folder / "de", AGAIN, '"?"', f'"{wanted}"')
    assert check_course(folder, TODAY) == []
    plant(folder, AGAIN, "minutes: 5", "minutes: 6")
    plant(folder / "de", AGAIN, "minutes: 5", "minutes: 6")
    assert check_course(folder, TODAY) == []
    plant(folder, AGAIN, "Walk once more.", "Walk once more, slowly.")
    assert [f.code for f in check_course(folder, TODAY)] == ["W_TRANSLATION_OLD"]


def test_a_lesson_of_the_course_itself_translates_nothing(folder: Path) -> None:
    plant(folder, AGAIN, "reflection:", 'translates: "?"\nreflection:')
    assert found(folder) == [(AGAIN, 8, "translates belongs to a lesson of a translation; take it out")]


def test_a_second_import_leaves_translations_as_they_are_and_the_check_says_what_to_rename(tmp_path: Path) -> None:
    folder, text = tmp_path / "course", GARDEN.read_bytes()
    import_into(folder, text, Options(days=14))
    (folder / "de").mkdir()
    (folder / "de" / "course.toml").write_text('title = "Garten"\n')
    for path in folder.glob("[0-9]*.md"):
        (folder / "de" / path.name).write_bytes(path.read_bytes())
    before = {path.name: path.read_bytes() for path in (folder / "de").iterdir()}
    (moved,) = folder.glob("03-*.md")
    import_again(folder, text.replace(b"Deep watering", b"Slow and deep watering"), Options(days=14))
    assert {path.name: path.read_bytes() for path in (folder / "de").iterdir()} == before
    assert len(read_course(folder).translations) == 1
    moved.unlink()
    import_again(folder, text, Options(days=14))
    assert any("rename this file so" in message for _, _, message in found(folder))


def test_a_course_that_is_written_reads_back_with_all_it_has(folder: Path, tmp_path: Path) -> None:
    plant(folder, FIRST, "instead: |", 'instead_section: "A «walk»"\ninstead: |')
    read = read_course(folder)
    texts = {
        "footer": 'By "Ann" \\ and\n\n"""\nmore\tof it \x7f', "safety_note": "Stop.\n\n# not a remark\n[sender]",
        "title": 'A "title" \\u0041',
    }  # fmt: skip
    course = replace(
        read, **texts, logo=Logo("https://h.org/l.png", 'An "A"', 1, 600), words={"action": "Do {day}"},  # type: ignore[arg-type]
        sender=Sender("Ann", "ann@h.org", "re@h.org"),
        translations=(replace(read.translations[0], **texts, logo=Logo("https://h.org/l.png", 'An "A"', 1, 600),  # type: ignore[arg-type]
                              sender=Sender("Ann", "ann@h.org", "re@h.org"), postal_address="C\nD"),),
    )  # fmt: skip
    names = write_course(course, "# Any", tmp_path / "out")
    assert {"course.toml", f"{FIRST}", "de/course.toml", f"de/{FIRST}"} <= set(names)
    assert read_course(tmp_path / "out") == course


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("[optional]", "[optional", "is not valid TOML here"),
        (f'picture = "{VIEW}"', "picture = 3", "optional.picture is 3:"),
        ('footer = "By Ann."', "footer = 1", "footer is 1:"),
        ("[sender]", 'helplines_for = "XX"\n[sender]', "helplines_for is 'XX', but there is no"),
    ],
)
def test_a_mistake_in_the_courses_own_file_is_said_there_and_not_of_its_translations(
    folder: Path, old: str, new: str, line: str
) -> None:
    plant(folder, HEAD, old, new)
    ((file, _, message),) = found(folder)
    assert file == HEAD
    assert message.startswith(line)


def test_a_course_without_its_file_says_nothing_of_its_translations(folder: Path) -> None:
    (folder / HEAD).unlink()
    assert [file for file, _, _ in found(folder)] == [HEAD]
    assert [one.course for one in survey(folder).editions] == [None, None]


def test_what_a_translation_has_wrong_by_itself_is_said_all_the_same(folder: Path) -> None:
    plant(folder, HEAD, "[optional]", "[optional")
    plant(folder, "de/course.toml", 'title = "Drei Tage"', "title = 3")
    assert [file for file, _, _ in found(folder)] == [HEAD, "de/course.toml"]
