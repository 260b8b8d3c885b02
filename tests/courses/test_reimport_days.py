"""After an import into a folder whose author deleted, added or moved lessons, what is generated speaks of its days."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from dripcourse.courses.article import Options
from dripcourse.courses.drafting.renumber import renumbered
from dripcourse.courses.folders.folder import read_course, survey
from dripcourse.courses.folders.plan import plan_lines
from dripcourse.courses.folders.record import RECORD
from tests.courses.articles import GARDEN, compiled
from tests.courses.importing import change, contents, import_again, import_into, plan_again, the_file

TEXT = GARDEN.read_text(encoding="utf-8")
OPTIONS = Options(days=14)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The garden as a course of 14 days."""
    import_into(tmp_path / "course", TEXT.encode(), OPTIONS)
    return tmp_path / "course"


def again(folder: Path) -> None:
    """Imports the same article, and once more to see that nothing is left to do."""
    assert not import_again(folder, TEXT.encode(), OPTIONS).conflicts
    assert import_again(folder, TEXT.encode(), OPTIONS).idle


def body(folder: Path, key: str) -> str:
    """The body of the file of a lesson."""
    return the_file(folder, key).read_text(encoding="utf-8").split("---\n", 2)[2].strip()


def swap_days(folder: Path, one: str, other: str) -> None:
    """Renames two files as an author does who wants them the other way round."""
    first, second = the_file(folder, one), the_file(folder, other)
    number = first.name.split("-")[0]
    first.rename(folder / f"{second.name.split('-')[0]}-{one}.md")
    second.rename(folder / f"{number}-{other}.md")


def listed_days(folder: Path) -> dict[str, int]:
    """Title and actions -> day, as the last mail lists them."""
    return {name: int(day) for day, name in re.findall(r"- Day (\d+): (.*)", body(folder, "completion"))}


def wrong_subjects(folder: Path) -> list[str]:
    """Subjects that name another day than their file."""
    lessons = read_course(folder).lessons
    found = [(lesson, re.match(r"Day (\d+): ", lesson.subject)) for lesson in lessons]
    return [lesson.subject for lesson, day in found if day and int(day[1]) != lesson.day]


@pytest.mark.parametrize("days", [7, 14, 30, 60])
@pytest.mark.parametrize("source", [TEXT, TEXT[: TEXT.index("What To Do Right Now")]])
def test_a_draft_whose_days_stay_is_told_as_it_was(days: int, source: str) -> None:
    draft = compiled(source.encode(), Options(days=days))
    final = {day.day: day.day for day in draft.days}
    assert renumbered(draft, final, (), len(draft.days)) == draft


def test_a_deleted_lesson_leaves_every_list_and_the_others_speak_of_their_new_days(folder: Path) -> None:
    the_file(folder, "water-and-roots").unlink()
    again(folder)
    assert wrong_subjects(folder) == []
    assert read_course(folder).days == 13
    assert 'subject: "Day 5: Sowing in Hope"' in the_file(folder, "sowing-in-hope").read_text()
    assert "- Day 4: Reading the Ground (Make the bed)\n- Day 5: Sowing in Hope" in body(folder, "a-look-back-1")
    assert "Water deeply" not in body(folder, "a-look-back-1")
    assert body(folder, "completion").startswith("That was the last of 13 days.")
    assert max(listed_days(folder).values()) == 13
    assert "This course has 13 short mails" in body(folder, "welcome")
    assert "How the next 13 days work" in the_file(folder, "welcome").read_text()
    assert 'section: "Sowing in Hope (continued from day 5)"' in the_file(folder, "sowing-in-hope-2").read_text()
    assert 'section: "Water and Roots"\n' in the_file(folder, "water-and-roots-2").read_text()  # it begins here now
    assert "you chose on day 5: Keep a note." in the_file(folder, "sharing-the-harvest").read_text()
    assert 'action: "Once more today: Water deeply."' in the_file(folder, "feeding-the-soil").read_text()


def test_lessons_that_were_moved_are_named_by_the_days_of_their_files(folder: Path) -> None:
    swap_days(folder, "feeding-the-soil", "sharing-the-harvest")
    again(folder)
    assert wrong_subjects(folder) == []
    assert 'subject: "Day 13: Feeding the Soil"' in (folder / "13-feeding-the-soil.md").read_text()
    days = listed_days(folder)
    assert (days["Sharing the Harvest (Keep a note)"], days["Feeding the Soil (Water deeply)"]) == (12, 13)


def test_a_lesson_moved_over_a_look_back_moves_to_the_other_list(folder: Path) -> None:
    swap_days(folder, "sowing-in-hope", "a-look-back-1")
    again(folder)
    assert wrong_subjects(folder) == []
    assert "Sowing" not in body(folder, "a-look-back-1")
    assert "(continued from day 7)" in the_file(folder, "sowing-in-hope-2").read_text()


def test_a_look_back_on_no_days_is_no_reason_to_import_for_ever(folder: Path) -> None:
    for day in range(1, 7):
        next(folder.glob(f"0{day}-*.md")).unlink()
    again(folder)
    assert body(folder, "a-look-back-1") == "The days since the last look back:"
    assert wrong_subjects(folder) == []


def test_a_lesson_of_the_authors_own_stands_in_the_lists_and_stays_byte_for_byte(folder: Path) -> None:
    for file in sorted(folder.glob("*.md"), reverse=True):
        number = file.name.split("-")[0]
        if number.isdigit() and int(number) >= 6:
            file.rename(folder / f"{int(number) + 1:02}{file.name[2:]}")
    own = '---\nkey: mine\nkind: lesson\nsubject: "Day 6: Rain"\npreheader: "Wet."\n'
    own += 'perspective: "The Science"\naction: "Go out."\nminutes: 5\nreflection: "Wet?"\n---\n\nIt rains.\n'
    (folder / "06-mine.md").write_text(own)
    again(folder)
    assert (folder / "06-mine.md").read_text() == own
    assert "- Day 6: Rain\n- Day 7: Sowing in Hope (Keep a note)" in body(folder, "a-look-back-1")
    assert "This course has 15 short mails" in body(folder, "welcome")
    assert wrong_subjects(folder) == []


def test_what_the_author_wrote_stays_and_only_the_rest_follows(folder: Path) -> None:
    change(the_file(folder, "sowing-in-hope"), '"Day 6: Sowing in Hope"', '"Day 6, as I call it"')
    change(the_file(folder, "completion"), "Here they are on one page:", "Mine.")
    the_file(folder, "water-and-roots").unlink()
    again(folder)
    assert 'subject: "Day 6, as I call it"' in (folder / "05-sowing-in-hope.md").read_text()
    assert body(folder, "completion").startswith("That was the last of 14 days. Mine.")
    assert "- Day 5: Sowing in Hope" in body(folder, "a-look-back-1")


def test_where_both_moved_lessons_each_moved_file_is_named_with_both_days(folder: Path) -> None:
    swap_days(folder, "feeding-the-soil", "sharing-the-harvest")
    other = TEXT.replace("Feeding the Soil\n", "", 1)
    assert other != TEXT
    more = f"The Science\n{'Rain comes and goes as it will in every year. ' * 20}\nMore Rain\n"
    (conflict,) = plan_again(folder, TEXT.replace("The Science\n", more, 1).encode(), OPTIONS).conflicts
    moved = "You moved 12-sharing-the-harvest.md (day 13, now 12), 13-feeding-the-soil.md (day 12, now 13). Put them"
    assert moved in conflict
    assert conflict.startswith(f"{folder}: ")


# ---- course.toml ----

TITLED = replace(OPTIONS, title="A New Title", language="de")
OLD_TITLE = TEXT.split("\n", 1)[0]
# what the author makes of the line, and what stands there after --title
TITLES = {
    "untouched": (None, 'title = "A New Title"'),
    "with a comment": (lambda line: f"{line}  # mine", 'title = "A New Title"  # mine'),
    "in other quotes": (lambda line: line.replace('"', "'").replace(" =", "="), 'title= "A New Title"'),
    "in three quotes": (lambda line: line.replace('"', '"""'), 'title = "A New Title"'),
    "his own": (lambda _: 'title = "Mine"', 'title = "Mine"'),
}


@pytest.mark.parametrize("what", TITLES)
def test_a_new_title_reaches_course_toml_where_the_author_has_not_changed_it(folder: Path, what: str) -> None:
    edit, wanted = TITLES[what]
    toml = folder / "course.toml"
    (line,) = (line for line in toml.read_text().split("\n") if line.startswith("title"))
    if edit:
        change(toml, line, edit(line))
    before = toml.read_bytes().decode().replace(edit(line) if edit else line, wanted).replace('"en"', '"de"')
    lines = list(plan_lines(import_again(folder, TEXT.encode(), TITLED)))
    assert toml.read_bytes().decode() == before
    kept = "    title: yours kept, «Mine»; the article now gives «A New Title»"
    assert (kept in lines) == (what == "his own")
    assert any(re.match(r"    title: «.*» -> «A New Title»", line) for line in lines) == (what != "his own")
    assert import_again(folder, TEXT.encode(), TITLED).idle


def test_a_title_over_several_lines_is_kept(folder: Path) -> None:
    toml = folder / "course.toml"
    (title,) = re.findall(r'title = "(.*)"', toml.read_text())
    change(toml, f'"{title}"', f'"""\\\n  {title}"""')
    before = toml.read_text()
    import_again(folder, TEXT.encode(), replace(OPTIONS, title="A New Title"))
    assert toml.read_text() == before


def test_with_a_record_from_before_titles_were_remembered_the_title_is_left_alone(folder: Path) -> None:
    record = json.loads((folder / RECORD).read_text())
    del record["head"]
    (folder / RECORD).write_text(json.dumps(record))
    toml = (folder / "course.toml").read_bytes()
    plan = import_again(folder, TEXT.encode(), TITLED)
    assert not any(line.startswith("    title") for line in plan_lines(plan))
    assert (folder / "course.toml").read_bytes() == toml
    assert set(json.loads((folder / RECORD).read_text())["head"]) == {"title", "language"}


@pytest.mark.parametrize("days", ["14", "0xe", "0b1110", "+14"])
def test_days_are_counted_anew_however_they_are_written(folder: Path, days: str) -> None:
    change(folder / "course.toml", "days = 14", f"days = {days}")
    the_file(folder, "water-and-roots").unlink()
    again(folder)
    assert "\ndays = 13\n" in (folder / "course.toml").read_text()


# ---- the plan ----


def test_where_the_authors_text_is_kept_the_plan_shows_where_the_two_differ(folder: Path) -> None:
    path = the_file(folder, "water-and-roots")
    (shown,) = re.findall(r"\n\n(Deep watering [^\n]*)", path.read_text())
    last = shown.rsplit(" ", 1)[1]
    change(path, f" {last}\n", " mine.\n")
    changed = TEXT.replace(f" {last}\n", " theirs.\n", 1).encode()
    said = [line for line in plan_lines(import_again(folder, changed, OPTIONS)) if line.startswith("    body")]
    both = "    body: yours kept, «… mine.»; the article now gives «… theirs.»"
    assert said == [f"{both}. Sentences of the article may then be in no lesson; course check names them"]
    said = [line for line in plan_lines(import_again(folder, changed, OPTIONS)) if line.startswith("    body")]
    assert said == [both.replace("now gives", "gives")]


def test_every_lesson_of_a_course_with_gaps_is_still_read(folder: Path) -> None:
    before = contents(folder)
    the_file(folder, "a-look-back-1").unlink()
    again(folder)
    assert survey(folder).mistakes == ()
    assert len(contents(folder)) == len(before) - 1
