"""`course check` says which sentences of the article are used, and which lessons are stale and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dripcourse.courses.article import Options
from dripcourse.courses.codes import shorten
from dripcourse.courses.folders.folder import survey
from dripcourse.courses.folders.record import RECORD
from dripcourse.courses.folders.shown import sentences
from dripcourse.courses.linting.coverage import coverage, coverage_findings
from dripcourse.courses.linting.stale import stale_findings
from tests.courses.articles import GARDEN
from tests.courses.importing import change, import_into, the_file

SAND = "Sand falls apart while clay keeps the shape you gave."
DEEP = "Deep watering sends roots downward where the soil stays cool."
LIGHT = "Light sprinkling keeps them near the surface where heat kills."
LONG = "One long drink a week is better than daily sips."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The garden as a course of 14 days."""
    import_into(tmp_path / "course", GARDEN.read_bytes(), Options(days=14))
    return tmp_path / "course"


def seen(folder: Path) -> str:
    return str(coverage(survey(folder)))


def said(folder: Path) -> list[str]:
    """All findings on coverage and staleness, with the name of the file only."""
    found = (*coverage_findings(survey(folder)), *stale_findings(survey(folder)))
    return [f"{Path(f.file).name}:{f.line}: {f.code}: {f.message}" for f in found]


def test_a_fresh_import_uses_every_sentence_once(folder: Path) -> None:
    assert seen(folder) == "article.md: 48 of 48 sentences used, 0 unused, 0 twice"
    assert said(folder) == []


@pytest.mark.parametrize("days", [7, 14, 21, 30])
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_every_kind_of_import_uses_every_sentence_once(tmp_path: Path, days: int, form: str) -> None:
    import_into(tmp_path / "text", GARDEN.read_bytes(), Options(days=days))
    source = GARDEN.read_bytes() if form == "text" else (tmp_path / "text" / "article.md").read_bytes()
    import_into(tmp_path / "c", source, Options(days=days, format=form))
    assert seen(tmp_path / "c") == "article.md: 48 of 48 sentences used, 0 unused, 0 twice"


# what the author does to the lesson water-and-roots, and the numbers (used, unused, twice) it comes to
EDITS: dict[str, tuple[str, str, tuple[int, int, int]]] = {
    "he takes a sentence out": (f" {LIGHT}", "", (47, 1, 0)),
    "he changes one": ("Light sprinkling keeps", "Sprinkling keeps", (47, 1, 0)),
    "he says one twice": (DEEP, f"{DEEP} {DEEP}", (48, 0, 1)),
    "he quotes one of another day": ('note: ""', f'note: "{SAND}"', (48, 0, 1)),
    "he sets words in bold": ("Deep watering", "**Deep** watering", (48, 0, 0)),
    "he makes a link": ("roots downward", "[roots](https://example.org/r) downward", (48, 0, 0)),
    "he turns the order round": (f"{DEEP} {LIGHT}", f"{LIGHT} {DEEP}", (48, 0, 0)),
    "he wraps the lines": ("watering sends roots", "watering\nsends roots", (48, 0, 0)),
    "he joins words of his own": (DEEP, f"As they say: {DEEP[0].lower()}{DEEP[1:]}", (48, 0, 0)),
    "he writes something of his own": (DEEP, f"{DEEP} And I say so, too.", (48, 0, 0)),
    "he takes the action out and asks his own": ("Water deeply: ", "Mine: ", (47, 1, 0)),
}


@pytest.mark.parametrize("what", EDITS)
def test_the_authors_edits_are_counted_as_a_reader_sees_them(folder: Path, what: str) -> None:
    old, new, (used, unused, twice) = EDITS[what]
    change(the_file(folder, "water-and-roots"), old, new)
    assert seen(folder) == f"article.md: {used} of 48 sentences used, {unused} unused, {twice} twice"


def test_unused_and_doubled_sentences_are_named_with_their_line(folder: Path) -> None:
    path = the_file(folder, "water-and-roots")
    change(path, f" {LIGHT} {LONG}", "")
    change(path, 'note: ""', f'note: "{SAND}"')
    article = (folder / "article.md").read_text().split("\n")
    line, sand = (next(n for n, text in enumerate(article, 1) if words in text) for words in (DEEP, SAND))
    assert said(folder) == [
        "article.md:0: W_UNUSED: 2 sentences of 48 shown by no lesson; put them where they belong",
        f"article.md:{line}: W_UNUSED: «{shorten(LIGHT)}» and 1 more behind it: shown in no lesson",
        "article.md:0: W_USED_TWICE: 1 sentence of 48 shown more than once; keep the place where it helps",
        f"article.md:{sand}: W_USED_TWICE: «{SAND}»: shown in 04-reading-the-ground.md, 05-water-and-roots.md",
    ]


def test_of_many_places_five_are_named(folder: Path) -> None:
    for file in survey(folder).files:
        if file.lesson and file.lesson.kind == "lesson":
            first = next(iter(sentences(file.lesson.body))).text
            change(file.path, first, "My own words.")
    lines = [line for line in said(folder) if "W_UNUSED" in line]
    assert len(lines) == 6


UNSAID: dict[str, Callable[[Path], object]] = {
    "a course made by hand": lambda folder: (folder / RECORD).unlink(),
    "a folder without article.md": lambda folder: (folder / "article.md").unlink(),
    "an article.md of 5 MB": lambda folder: (folder / "article.md").write_bytes(b"x" * 5_000_000),
}


@pytest.mark.parametrize("what", UNSAID)
def test_what_cannot_be_compared_has_no_coverage(folder: Path, what: str) -> None:
    UNSAID[what](folder)
    assert coverage(survey(folder)) is None
    assert not list(coverage_findings(survey(folder)))


def test_while_a_lesson_has_mistakes_nothing_is_counted(folder: Path) -> None:
    change(the_file(folder, "water-and-roots"), "kind: lesson", "kind: lecture")
    assert coverage(survey(folder)) is None


@pytest.mark.parametrize("name", ["article.md", "../article.txt"])
def test_a_changed_sentence_makes_its_lesson_stale(folder: Path, name: str) -> None:
    change(folder / name, "Light sprinkling keeps", "Sprinkling keeps")
    (line,) = [line for line in said(folder) if "W_STALE" in line]
    assert line.startswith("05-water-and-roots.md:8: W_STALE: article.")
    assert f"was edited after the import: gone or changed «{LIGHT[:59]}" in line
    shown = (
        "new «Sprinkling keeps them near the surface where heat kills.»" if name == "article.md" else "1 new sentence"
    )
    assert shown in line  # what lies outside of the folder is not told: the record could name any file
    assert line.endswith("--update")
    assert f"import {folder.parent / 'article.txt' if 'txt' in name else folder / name} --out {folder}" in line


STALE = {
    "a sentence is gone": (f" {LIGHT}", "", "05-water-and-roots.md", "gone or changed «Light sprinkling"),
    "a sentence is new": (LIGHT, f"{LIGHT} It is so.", "05-water-and-roots.md", "import: new «It is so.» (line "),
    "a paragraph is new": (
        "Compost is the slow meal",
        "I say this first.\n\nCompost is the slow meal",
        "09-water-and-roots-2.md",
        "new «I say this first.»",
    ),
    "an action changed": ("Water deeply: ", "Water well: ", "05-water-and-roots.md", "gone or changed «Water deeply:"),
    "only a heading changed": ("## The Science", "## Science", RECORD, "but no sentence of it differs"),
}


@pytest.mark.parametrize("what", STALE)
def test_it_says_which_lesson_is_stale_and_why(folder: Path, what: str) -> None:
    old, new, name, why = STALE[what]
    change(folder / "article.md", old, new)
    (line,) = [line for line in said(folder) if "W_STALE" in line]
    assert line.startswith(f"{name}:")
    assert why in line


def test_emphasis_and_wrapped_lines_make_nothing_stale(folder: Path) -> None:
    change(folder / "article.md", "Deep watering sends roots", "Deep *watering*\nsends roots")
    assert [line for line in said(folder) if "W_STALE" in line and RECORD not in line] == []


ORIGINALS: dict[str, tuple[bytes | None, str | None]] = {
    "it lies there as it was": (GARDEN.read_bytes(), None),
    "it is gone": (None, "W_SOURCE_MISSING: article.txt, the file that was imported, cannot be found"),
    "it is no article any more": (b"%PDF-1.7", "cannot be imported any more (E_BINARY"),
    "it is empty": (b"", "cannot be imported any more (E_EMPTY"),
    "it is far too big": (b"x" * 3_000_000, "cannot be imported any more (E_TOO_LONG"),
    "it is another article": (b"A Title\nThe Full Picture\n" + b"One two three four five. " * 9, "gone or changed"),
}


@pytest.mark.parametrize("what", ORIGINALS)
def test_whatever_became_of_the_original_it_is_a_line_and_no_crash(folder: Path, what: str) -> None:
    data, why = ORIGINALS[what]
    path = folder.parent / "article.txt"
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    lines = said(folder)
    assert all(line.split(": ")[1] in ("W_STALE", "W_SOURCE_MISSING") and "\n" not in line for line in lines)
    assert bool(lines) == (why is not None)
    assert why is None or any(why in line for line in lines)


@pytest.mark.parametrize("source", ["-", "https://example.org/a", "\0", "../../nowhere"])
def test_a_source_that_is_no_file_here_is_never_stale(folder: Path, source: str) -> None:
    path = folder / RECORD
    path.write_text(path.read_text().replace('"../article.txt"', '"\\u0000"' if source == "\0" else f'"{source}"'))
    (folder.parent / "article.txt").write_text("else")
    lines = said(folder)
    gone = source not in ("-", "https://example.org/a")
    assert [line.split(": ")[1] for line in lines] == (["W_SOURCE_MISSING"] if gone else [])
    assert "\0" not in "".join(lines)


def test_a_broken_record_is_an_error_of_its_own(folder: Path) -> None:
    (folder / RECORD).write_text("{")
    (line,) = [line for line in said(folder) if not line.startswith("article.md")]
    assert line.startswith("import.json:0: E_IMPORT_RECORD: is not the record of an import")
