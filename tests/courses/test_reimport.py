"""A changed article goes into a folder its author has worked on: his words stay, keys are for life, all or nothing."""

from __future__ import annotations

import errno
import json
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dripcourse.cli import main
from dripcourse.courses.article import Options
from dripcourse.courses.codes import ArticleError
from dripcourse.courses.folders.folder import read_course, survey
from dripcourse.courses.folders.order import final_order
from dripcourse.courses.folders.plan import plan_lines
from dripcourse.courses.folders.record import RECORD
from dripcourse.courses.folders.swap import recover, swap
from dripcourse.courses.linting.coverage import coverage
from dripcourse.errors import InputError
from tests.courses.articles import GARDEN, Made, made
from tests.courses.importing import change, contents, import_again, import_into, plan_again, the_file

TEXT = GARDEN.read_text(encoding="utf-8")
OPTIONS = Options(days=14)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The garden as a course of 14 days."""
    import_into(tmp_path / "course", TEXT.encode(), OPTIONS)
    return tmp_path / "course"


def again(folder: Path, *edits: tuple[str, str]) -> list[str]:
    """Imports the garden with edits and gives the lines of the plan."""
    text = TEXT
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return list(plan_lines(import_again(folder, text.encode(), OPTIONS)))


def test_the_same_article_again_changes_no_byte(folder: Path) -> None:
    before = contents(folder)
    plan = import_again(folder, TEXT.encode(), OPTIONS)
    assert plan.idle
    assert contents(folder) == before


def test_a_changed_sentence_changes_the_lesson_that_says_it_and_no_other_word(folder: Path) -> None:
    before = contents(folder)
    again(folder, ("Deep watering sends", "Slow watering sends"))
    after = contents(folder)
    assert {name for name in before if before[name] != after[name]} == {"05-water-and-roots.md", "article.md", RECORD}
    name = "05-water-and-roots.md"
    assert after[name] == before[name].replace(b"Deep watering", b"Slow watering")


# what the author does to the file of the lesson water-and-roots, what the article then does, and what stands there
SLOW = ("Deep watering sends", "Slow watering sends")
THREE_WAYS = {
    "untouched": (None, SLOW, "Slow watering sends", ""),
    "touched, and the article gives what it gave": (
        ('"Day 5: Water and Roots"', '"Mine"  # better'),
        SLOW,
        'subject: "Mine"  # better',
        "subject: yours kept, «Mine»",
    ),
    "both changed": (
        ('"Day 5: Water and Roots"', '"Mine"'),
        ("\nWater and Roots\n", "\nWater for Roots\n"),
        'subject: "Mine"',
        "subject: yours kept, «Mine»; the article now gives «Day 5: Water for Roots»",
    ),
    "both changed alike": (("Deep watering sends", "Slow watering sends"), SLOW, "Slow watering", "body: yours kept"),
    "the body touched, and the article changed": (
        ("Deep watering sends", "My watering sends"),
        SLOW,
        "My watering sends",
        "body: yours kept, «My watering",
    ),
    "a note": (('note: ""', "note: |\n  My own\n  words."), SLOW, "note: |\n  My own\n  words.", "note: yours kept"),
    "a solo version": (("minutes: 5\n", "minutes: 5\nsolo: Alone.\n"), SLOW, "solo: Alone.\n", "solo: yours kept"),
    "a field taken out": (
        ('section: "Water and Roots"\n', ""),
        ("\nWater and Roots\n", "\nWater for Roots\n"),
        'perspective: "The Science"\nsource',
        "section: yours kept, nothing; the article now gives «Water for Roots»",
    ),
}


@pytest.mark.parametrize("what", THREE_WAYS)
def test_of_three_texts_the_authors_goes_first(folder: Path, what: str) -> None:
    edit, article, stands, said = THREE_WAYS[what]
    path = the_file(folder, "water-and-roots")
    if edit:
        change(path, *edit)
    lines = again(folder, article)
    assert stands in path.read_text()
    assert any(said in line for line in lines), lines
    assert import_again(folder, TEXT.replace(*article).encode(), OPTIONS).idle


def test_a_lesson_keeps_its_key_when_its_section_gets_another_name(folder: Path) -> None:
    again(folder, ("\nWater and Roots\n", "\nSomething Else\n"))
    assert {file.name_key for file in survey(folder).files} >= {"water-and-roots", "water-and-roots-2"}
    assert "something-else" not in {file.name_key for file in survey(folder).files}
    assert 'section: "Something Else"' in the_file(folder, "water-and-roots").read_text()


def test_a_lesson_that_moves_to_another_day_keeps_its_key_and_its_note(folder: Path) -> None:
    path = the_file(folder, "water-and-roots")
    change(path, 'note: ""', 'note: "Mine."')
    long = "Rain comes and goes as it will in every year. " * 12
    again(folder, ("The Science\n", f"The Science\n{long}\nMore Rain\n{long}\n"))
    (moved,) = [lesson for lesson in read_course(folder).lessons if lesson.key == "water-and-roots"]
    assert moved.day != 5
    assert moved.body.startswith("Deep watering")
    assert moved.note == "Mine."
    assert not path.exists()


def test_a_new_lesson_takes_no_key_that_was_ever_given(folder: Path) -> None:
    again(folder, ("Sowing in Hope\n", "Feeding the Soil\n"), ("Feeding the Soil\n", "Something Else\n"))
    keys = [file.name_key for file in survey(folder).files]
    assert len(keys) == len(set(keys))
    assert "Compost is the slow meal" in the_file(folder, "feeding-the-soil").read_text()
    assert "Sowing is an act" in the_file(folder, "sowing-in-hope").read_text()


PASSAGE = TEXT[TEXT.index("The edges of a field") : TEXT.index("What To Do Right Now")]


def test_a_lesson_that_the_article_no_longer_gives_is_deleted_where_nobody_touched_it(folder: Path) -> None:
    lines = again(folder, ("Sharing the Harvest\n" + PASSAGE, ""))
    assert "deleted  13-sharing-the-harvest.md" in lines
    assert not list(folder.glob("*sharing*"))
    assert read_course(folder).days == 14


def test_one_that_holds_words_of_the_author_stops_the_import_before_a_byte_is_written(folder: Path) -> None:
    change(the_file(folder, "sharing-the-harvest"), 'note: ""', 'note: "Mine."')
    before = contents(folder)
    text = TEXT.replace("Sharing the Harvest\n" + PASSAGE, "")
    plan = import_again(folder, text.encode(), OPTIONS)
    (conflict,) = plan.conflicts
    assert "13-sharing-the-harvest.md: the article has no such lesson any more, but note is yours" in conflict
    assert contents(folder) == before
    # both remedies of the message work
    one, two = folder.parent / "one", folder.parent / "two"
    shutil.copytree(folder, one)
    shutil.copytree(folder, two)
    the_file(one, "sharing-the-harvest").unlink()
    assert not import_again(one, text.encode(), OPTIONS).conflicts
    change(the_file(two, "sharing-the-harvest"), "key: sharing-the-harvest", "key: my-own")
    the_file(two, "sharing-the-harvest").rename(two / "13-my-own.md")
    assert not import_again(two, text.encode(), OPTIONS).conflicts
    assert [file.name_key for file in survey(two).files if file.lesson and file.lesson.note] == ["my-own"]
    assert read_course(two).days == 15


ORDERS = {
    "nothing moved": ("a b c", "a b c", "a b c", "a b c"),
    "the article moved one": ("a b c", "a b c", "b a c", "b a c"),
    "a new one": ("a b c", "a b c", "a n b c", "a n b c"),
    "the author added one": ("a x b c", "a b c", "b a c", "b a x c"),
    "two, in his order": ("a x y b", "a b", "a b", "a x y b"),
    "one at the top": ("x a b", "a b", "b a", "x b a"),
    "behind a lesson that is gone": ("a b x c", "a b c", "a c", "a x c"),
    "the author deleted one": ("a c", "a b c", "a b c", "a c"),
    "the author moved one": ("b a c", "a b c", "a b c", "b a c"),
    "both moved": ("b a c", "a b c", "a c b", None),
}


@pytest.mark.parametrize("what", ORDERS)
def test_the_lessons_stand_in_this_order(what: str) -> None:
    standing, before, after, wanted = ORDERS[what]
    assert final_order(standing.split(), before.split(), after.split()) == (wanted.split() if wanted else None)


def test_what_the_import_does_not_know_stays_byte_for_byte(folder: Path) -> None:
    (folder / "README.md").write_bytes(b"Mine.\r\n")
    (folder / "pictures").mkdir()
    (folder / "pictures" / "a.bin").write_bytes(b"\0\1")
    toml = folder / "course.toml"
    toml.write_text('# mine\nsafety_note = """\ndays = 3\n"""\n' + toml.read_text().replace("days = 14", "days=14 # d"))
    import_again(folder, TEXT.encode(), replace(OPTIONS, days=13))
    assert (folder / "README.md").read_bytes() == b"Mine.\r\n"
    assert (folder / "pictures" / "a.bin").read_bytes() == b"\0\1"
    assert toml.read_text().startswith('# mine\nsafety_note = """\ndays = 3\n"""\nslug')
    assert "\ndays=13 # d\n" in toml.read_text()
    assert read_course(folder).days == 13


def test_windows_line_ends_stay(folder: Path) -> None:
    path = the_file(folder, "water-and-roots")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    before = path.read_bytes()
    again(folder, SLOW)
    assert path.read_bytes() == before.replace(b"Deep watering", b"Slow watering")


def test_an_article_md_with_words_of_the_author_is_not_overwritten(folder: Path) -> None:
    change(folder / "article.md", "Deep watering", "Mild watering")
    plan = plan_again(folder, TEXT.replace(*SLOW).encode(), OPTIONS)
    (conflict,) = plan.conflicts
    assert "article.md: has edits of yours" in conflict
    (folder / "article.md").unlink()
    assert not plan_again(folder, TEXT.replace(*SLOW).encode(), OPTIONS).conflicts


def test_a_folder_with_mistakes_in_its_files_is_not_touched(folder: Path) -> None:
    change(the_file(folder, "water-and-roots"), "kind: lesson", "kind: lecture")
    with pytest.raises(InputError, match="kind is 'lecture'"):
        plan_again(folder, TEXT.encode(), OPTIONS)


# ---- the swap ----


def files(tmp_path: Path) -> set[str]:
    return {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("left", "stands", "said"),
    [
        (("c/a", ".c.importing/b"), {"c/a"}, "nothing of it was written"),
        ((".c.before-import/a", ".c.importing/b"), {"c/a"}, "the folder is as it was before"),
        (("c/b", ".c.before-import/a"), {"c/b"}, "what it left behind is cleared away"),
        (("c/b",), {"c/b"}, ""),
    ],
)
def test_what_a_killed_import_left_is_cleared_up(
    tmp_path: Path, left: tuple[str, ...], stands: set[str], said: str
) -> None:
    for name in left:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert said in recover(tmp_path / "c")
    assert files(tmp_path) == stands
    assert recover(tmp_path / "c") == ""


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_swap_that_cannot_be_finished_leaves_the_old_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "a").write_text("old")
    rename, calls = Path.rename, []

    def failing(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == fails_at:
            raise OSError(errno.ENOSPC, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(InputError, match="No space left on device"):
        swap(tmp_path / "c", {"b": b"new"}, ["a"])
    assert files(tmp_path) == {"c/a"}


# ---- the command ----


@pytest.fixture
def course(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def run(*args: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["dripcourse", "course", "import", *map(str, args)])
        with pytest.raises(SystemExit) as stopped:
            main()
        captured = capsys.readouterr()
        return int(stopped.value.code or 0), captured.out, captured.err

    return run


def test_the_command_shows_before_it_writes_and_remembers_the_options(course, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    article, out = tmp_path / "a.txt", tmp_path / "c"
    article.write_text(TEXT)
    assert course(article, "--out", out, "--days", 14, "--recap-every", 5)[0] == 0
    article.write_text(TEXT.replace(*SLOW))
    before = contents(out)
    code, _, talk = course(article, "--out", out)
    assert code == 2
    assert "Say --update to see what this import would change" in talk
    code, text, _ = course(article, "--out", out, "--update")
    assert code == 0
    assert "body: «Deep watering" in text
    assert text.endswith("3 files would change; nothing was written. Say --yes to write it.\n")
    assert contents(out) == before
    code, text, _ = course(article, "--out", out, "--update", "--json", "--yes")
    plan = json.loads(text)
    assert (code, plan["written"], plan["conflicts"]) == (0, True, [])
    assert [file["file"] for file in plan["files"]] == ["06-water-and-roots.md", "article.md", RECORD]
    assert plan["files"][0]["changes"][0]["field"] == "body"
    code, text, _ = course(article, "--out", out, "--update", "--yes")
    assert (code, text) == (0, f"{out}: up to date, nothing to change.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt", "c"] or len(list(tmp_path.iterdir())) == 2


def test_the_folders_own_article_md_can_be_imported_and_stays_as_it_is(course, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    article, out = tmp_path / "a.txt", tmp_path / "c"
    article.write_text(TEXT)
    course(article, "--out", out, "--days", 14)
    change(out / "article.md", "Deep watering", "Mild watering")
    edited = (out / "article.md").read_bytes()
    code, _, talk = course(out / "article.md", "--out", out, "--update", "--yes")
    assert code == 0, talk
    assert (out / "article.md").read_bytes() == edited
    assert "Mild watering" in the_file(out, "water-and-roots").read_text()
    assert json.loads((out / RECORD).read_text())["source"] == "article.md"
    code, text, _ = course(out / "article.md", "--out", out, "--update")
    assert "up to date" in text
    code, _, talk = course(article, "--out", out, "--update")
    assert code == 2
    assert "has edits of yours" in talk


def test_an_import_prints_the_call_to_action_where_it_is_asked_for_and_remembers_that(course, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    article, out = tmp_path / "a.txt", tmp_path / "c"
    article.write_text(f"{TEXT}\n\nNeed a Hand with Zebras?\nOur zebra desk is open all day.\nCall Zebras →\n")
    course(article, "--out", out, "--days", 14)
    assert "zebra desk" not in the_file(out, "completion").read_text()
    code, _, talk = course(article, "--out", out, "--update", "--yes", "--include-cta", "--language", "de")
    assert code == 0, talk
    assert "zebra desk" in the_file(out, "completion").read_text()
    assert read_course(out).language == "de"
    code, text, _ = course(article, "--out", out, "--update")
    assert "up to date" in text


def test_without_a_language_the_article_says_its_own(course, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    plain, german = tmp_path / "plain", tmp_path / "german"
    course(GARDEN, "--out", plain, "--days", 14)
    (tmp_path / "a.md").write_text(f"---\nlang: de\n---\n\n{(plain / 'article.md').read_text()}")
    code, _, talk = course(tmp_path / "a.md", "--out", german, "--days", 14)
    assert code == 0, talk
    assert (read_course(plain).language, read_course(german).language) == ("en", "de")
    assert json.loads((german / RECORD).read_text())["options"]["language"] == ""


REFUSED = {
    "yes without update": (("--yes",), "--yes goes with --update"),
    "no folder": (("--update",), "no course folder to read"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_updated_is_one_line_and_exit_2(course, tmp_path: Path, what: str) -> None:  # type: ignore[no-untyped-def]
    wishes, message = REFUSED[what]
    code, text, talk = course(GARDEN, "--out", tmp_path / "c", *wishes)
    assert (code, text) == (2, "")
    assert message in talk
    assert talk.count("\n") == 1


def test_a_course_made_by_hand_cannot_be_updated(course, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    course(GARDEN, "--out", tmp_path / "c", "--days", 14)
    (tmp_path / "c" / RECORD).unlink()
    code, _, talk = course(GARDEN, "--out", tmp_path / "c", "--update")
    assert code == 2
    assert "has no import.json, so nobody knows which words in it are yours" in talk


# ---- for every article and every edit ----

EDITED = {
    "subject": ("subject: .*", 'subject: "My subject {}"'),
    "preheader": ("preheader: .*", "preheader: My preheader {}  # mine"),
    "reflection": ("reflection: .*", 'reflection: "My question {}?"'),
    "note": ('note: ""', "note: |\n  My note {}\n\n  goes on."),
    "solo": ("minutes: (.*)", "minutes: \\1\nsolo: Alone {}."),
}
author_edits = st.lists(st.tuples(st.integers(0, 99), st.sampled_from(sorted(EDITED))), max_size=6)
article_edits = st.lists(
    st.tuples(st.sampled_from(["say", "cut", "add", "rename"]), st.integers(0, 10_000)), min_size=1, max_size=4
)


gaps = st.lists(st.integers(0, 99), max_size=3)


def take_out(folder: Path, places: list[int]) -> None:
    """Deletes lessons as an author would."""
    files = [file.path for file in survey(folder).files][1:-1]
    for place in {place % len(files) for place in places}:
        files[place].unlink()


def edit_lessons(folder: Path, edits: list[tuple[int, str]]) -> dict[str, list[str]]:
    """Edits fields as an author would. Gives the edited lines by key."""
    found: dict[str, list[str]] = {}
    lessons = survey(folder).files
    for number, (at, field) in enumerate(dict.fromkeys((at % len(lessons), field) for at, field in edits)):
        pattern, new = EDITED[field]
        text, count = re.subn(pattern, new.format(number), lessons[at].path.read_text(encoding="utf-8"), count=1)
        if count:
            lessons[at].path.write_text(text, encoding="utf-8")
            mine = re.findall(rf".*(?:My|Alone|My \w+) {number}\b.*|.*My \w+ {number}\b.*", text)
            found.setdefault(lessons[at].name_key, []).append(mine[0])
    return found


def edit_article(source: str, edits: list[tuple[str, int]]) -> str:
    """Edits paragraphs and headings of a made-up article."""
    lines = source.split("\n")
    for number, (what, at) in enumerate(edits):
        wanted = (lambda line: line.startswith("Part ")) if what == "rename" else (lambda line: "the whole" in line)
        places = [n for n, line in enumerate(lines) if wanted(line)]
        if not places:
            continue
        place = places[at % len(places)]
        if what == "rename":
            lines[place] = f"Piece {number} of View {number}"
        elif what == "say":
            lines[place] = re.sub(r"whole(\d+)", rf"half\1 and {number}", lines[place], count=1)
        elif what == "cut":
            del lines[place]
        else:
            lines[place] += f" Nobody had said sentence number {number} before it stood here, in the middle of things."
    return "\n".join(lines)


def unique(source: str) -> str:
    """The made-up article with no sentence twice, so that every sentence has one right place."""
    words = r"\b(river|stone|lamp|garden|window|letter|morning|table|orchard|candle|harbour|whole)\b"
    return "\n".join(re.sub(words, rf"\g<1>{n}", line) for n, line in enumerate(source.split("\n")))


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(article=made(), days=st.integers(7, 40), by_author=author_edits, in_article=article_edits, taken_out=gaps)
def test_a_second_import_keeps_every_edit_every_key_and_every_sentence(
    article: Made,
    days: int,
    by_author: list[tuple[int, str]],
    in_article: list[tuple[str, int]],
    taken_out: list[int],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("again") / "course"
    source = unique(article.source)
    try:
        options = import_into(folder, source.encode(), Options(days=days))
        mine = edit_lessons(folder, by_author)
        bodies = {lesson.body: lesson.key for lesson in read_course(folder).lessons if lesson.kind == "lesson"}
        changed = edit_article(source, in_article)
        plan = import_again(folder, changed.encode(), options)
    except ArticleError:
        assume(False)
    gone = {file.name for file in plan.files if file.what == "deleted"}
    for key, lines in mine.items():
        text = the_file(folder, key).read_text(encoding="utf-8")
        assert all(line in text for line in lines)
    if plan.conflicts:  # only a lesson that is gone and holds words of the author stops an import
        assert {name.split("-", 1)[1].removesuffix(".md") for name in gone} & set(mine)
        return
    for lesson in read_course(folder).lessons:
        assert bodies.get(lesson.body, lesson.key) == lesson.key
    seen = coverage(survey(folder))
    assert seen is not None
    assert (seen.unused, seen.twice) == ([], [])
    take_out(folder, taken_out)
    import_again(folder, changed.encode(), options)
    for lesson in read_course(folder).lessons:
        assert (re.match(r"Day (\d+): ", lesson.subject) or [0, str(lesson.day)])[1] == str(lesson.day)
    before = contents(folder)
    assert import_again(folder, changed.encode(), options).idle
    assert contents(folder) == before
