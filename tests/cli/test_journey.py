"""What a person does from the first command to the last, on both databases, and what he reads on the way."""

from __future__ import annotations

import csv
import io
import json
import stat

import pytest

from dripcourse.config import SETTINGS as ALL_SETTINGS
from dripcourse.config import load
from tests.cli.conftest import GARDEN, SLUG, Terminal

ANNE, BOB = "anne@reader.example", "bob@reader.example"


def test_a_course_from_an_article_to_its_readers(dripcourse: Terminal, database_url: str) -> None:
    dripcourse.environment["DRIPCOURSE_DATABASE_URL"] = database_url
    (dripcourse.folder / "article.txt").write_text(GARDEN.read_text(encoding="utf-8"), encoding="utf-8")
    _set_up(dripcourse)
    _make_the_course(dripcourse)
    _take_people_in(dripcourse)
    _change_a_run(dripcourse)
    _look_at_it(dripcourse)


def _set_up(dripcourse: Terminal) -> None:
    assert "dripcourse.toml written" in dripcourse.ok("init").out
    before = dripcourse("doctor")
    assert before.code == 1
    assert "run db upgrade" in before.out
    assert dripcourse("db check").code == 1
    assert dripcourse.ok("db upgrade").out == "The database is at schema 0006.\n"
    assert dripcourse.ok("db upgrade").out == "The database is at schema 0006 (it was there already).\n"
    assert dripcourse.ok("db check").out == "Schema 0006: as expected.\n"
    after = dripcourse.ok("doctor").out
    assert "at schema 0006" in after
    assert "the scheduler has never ticked" in after


def _make_the_course(dripcourse: Terminal) -> None:
    outline = dripcourse.ok("course outline article.txt").out
    for heading in ("How do I start a small kitchen garden?", "The Science", "Water and Roots"):
        assert heading in outline
    assert "7 days" in dripcourse.ok("course import article.txt --days 7 --out garden").out
    assert dripcourse.ok("course check garden").out.splitlines()[-1].startswith("garden: 0 errors, ")
    planned = dripcourse.ok("course publish garden --dry-run")
    assert planned.out == f"{SLUG}, version 1: 0 runs under way, 0 get another next lesson.\n"
    assert dripcourse.ok("course list --json").data == []
    refused = dripcourse("course publish garden")  # it quotes scripture, and nobody has said which translation
    assert (refused.code, refused.out) == (2, "")
    assert "W_QUOTED_SCRIPTURE" in refused.err
    done = dripcourse.ok("course publish garden --accept-warnings")
    assert "version 1: 9 lessons, 17 mails in en" in done.err  # welcome, seven days, completion; five notices
    (row,) = dripcourse.ok("course list --json").data
    assert (row["course"], row["version"], row["lessons"], row["enrollments"]) == (SLUG, 1, 9, {})
    assert "How do I start a small kitchen garden?" in dripcourse.ok("course list").out


def _take_people_in(dripcourse: Terminal) -> None:
    assert f"{ANNE} added" in dripcourse.ok(f"subscriber add {ANNE} --name 'Anne Miller'").out
    people = f"address,name,zone,hour,course\n{BOB},Bob,Asia/Tokyo,22:30,{SLUG}\nnobody,,,,\n"
    (dripcourse.folder / "people.csv").write_text(people)
    said = dripcourse("subscriber import people.csv")
    assert said.code == 1
    assert said.out.splitlines()[0].startswith("people.csv:3: refused: 'nobody' is not an e-mail address")
    assert said.out.splitlines()[1] == "1 taken, 1 enrolled, 1 refused."
    added = dripcourse.ok(f"enrollment add {ANNE} --course {SLUG} --zone Europe/Berlin --hour 07:45 --weekdays Mon-Fri")
    assert "07:45 Europe/Berlin, Mon-Fri" in added.out
    rows = {row["address"]: row for row in dripcourse.ok("enrollment list --json").data}
    assert set(rows) == {ANNE, BOB}
    assert rows[BOB]["plan"] == "22:30 Asia/Tokyo, every day"
    assert {row["next"] for row in rows.values()} == {"welcome"}
    assert "confirmed" in dripcourse.ok(f"subscriber show {ANNE}").out


def _change_a_run(dripcourse: Terminal) -> None:
    assert "goes" in dripcourse.ok(f"enrollment skip {ANNE}").out  # the welcome mail
    paused = dripcourse.ok(f"enrollment pause {ANNE}").out
    assert "Nothing until it is resumed" in paused
    assert dripcourse.ok("enrollment list --state paused --json").data[0]["address"] == ANNE
    assert "the-full-picture" in dripcourse.ok(f"enrollment resume {ANNE}").out
    assert "paused until" in dripcourse.ok(f"enrollment pause {ANNE} --days 7").out
    dripcourse.ok(f"enrollment resume {ANNE}")
    moved = dripcourse.ok(f"enrollment move {ANNE} --zone America/New_York --hour 21:00").out
    assert "21:00 America/New_York, Mon-Fri" in moved
    assert "the-science" in dripcourse.ok(f"enrollment skip {ANNE} --course {SLUG}").out
    assert "welcome" in dripcourse.ok(f"enrollment restart {ANNE}").out
    rows = [row for row in dripcourse.ok("enrollment list --json").data if row["address"] == ANNE]
    assert [(row["run"], row["state"]) for row in rows] == [(1, "restarted"), (2, "active")]
    assert "Nothing more" in dripcourse.ok(f"enrollment cancel {ANNE} --why 'asked by phone'").out
    assert dripcourse(f"enrollment pause {ANNE}").code == 2


def _look_at_it(dripcourse: Terminal) -> None:
    assert dripcourse.ok(f"form create start --course {SLUG}").out == "https://course.school.example/f/start\n"
    assert dripcourse.ok("form list --json").data[0]["state"] == "open"
    dripcourse.ok("form close start")
    assert dripcourse.ok("form list --json").data[0]["state"] == "closed"
    told = dripcourse.ok(f"explain {ANNE}").out
    for sentence in ("Paused by cli", "Resumed by cli", "skipped by cli", "Cancelled by cli: asked by phone"):
        assert sentence in told
    data = dripcourse.ok(f"explain {ANNE} --json").data
    assert [account["state"] for account in data["accounts"]] == ["restarted (restarted)", "cancelled (asked by phone)"]
    assert "08:00" in dripcourse.ok("simulate garden --start 2026-09-20").out
    proof = dripcourse.ok("verify --json").data
    assert proof["findings"] == []
    assert proof["runs"] == 3
    assert "Proved" in dripcourse.ok("verify").out


def test_init_s_file_lists_every_setting_and_is_nobody_else_s(bare: Terminal) -> None:
    bare.ok("init")
    file = bare.folder / "dripcourse.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text(encoding="utf-8")
    for name, _, about in ALL_SETTINGS:
        assert f"# {about}\n" in text
        assert f"\n{name} = " in text or f"\n# {name} = " in text
    fresh = load({}, bare.folder)
    assert fresh.model_copy(update={"secret_keys": load({}, bare.folder / "none").secret_keys}) == load(
        {}, bare.folder / "none"
    )
    bare.ok("init other")
    assert load({}, bare.folder / "other").secret_keys != fresh.secret_keys
    assert len(fresh.secret_keys[0]) >= 32


def test_every_line_of_init_s_file_is_a_valid_setting_once_it_is_switched_on(bare: Terminal) -> None:
    bare.ok("init")
    file = bare.folder / "dripcourse.toml"
    names = {name for name, _, _ in ALL_SETTINGS}
    lines = []
    for line in file.read_text(encoding="utf-8").splitlines():
        word = line.removeprefix("# ").split(" = ")[0]
        lines.append(line.removeprefix("# ") if word in names and " = " in line else line)
    file.write_text("\n".join(lines), encoding="utf-8")
    assert load({}, bare.folder).smtp_port == 587


def test_simulate_writes_the_same_dates_to_a_file_as_it_prints(published: Terminal) -> None:
    said = published.ok("simulate garden --start 2026-09-20 --pause 2:+3d --json --export dates.csv")
    rows = list(csv.DictReader(io.StringIO((published.folder / "dates.csv").read_text(encoding="utf-8"))))
    assert len(rows) == 9
    assert rows == said.data["dates"]


@pytest.mark.parametrize(
    ("made", "line", "words"),
    [
        ("", "", "no column «address»"),
        ("name,zone", "Bob,UTC", "no column «address»"),
        ("address,email", "a@b.example,c@d.example", "unknown: email"),
        ("address;zone", "a@b.example;UTC", "separate the columns by commas"),
        ("address,address", "a@b.example,c@d.example", "twice: address"),
    ],
)
def test_a_header_that_does_not_fit(published: Terminal, made: str, line: str, words: str) -> None:
    (published.folder / "people.csv").write_text(f"{made}\n{line}\n")
    said = published("subscriber import people.csv")
    assert (said.code, said.out) == (2, "")
    (error,) = said.errors
    assert error.startswith("people.csv: line 1: ")
    assert words in error


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"address\nfirst@b.example\nj\xf6rg@b.example\n", "people.csv:3: not UTF-8"),
        ("address\na@b.example\n".encode("utf-16"), "people.csv:1: not UTF-8"),
        (b"address\nfirst@b.example\n" + b"x" * 140_000 + b"\n", "people.csv: line 3: not CSV"),
    ],
)
def test_a_file_that_cannot_be_read_to_its_end_changes_nothing(published: Terminal, raw: bytes, words: str) -> None:
    (published.folder / "people.csv").write_bytes(raw)
    said = published("subscriber import people.csv")
    assert (said.code, said.out) == (2, "")
    assert words in said.errors[0]
    assert published("subscriber show first@b.example").code == 2


PEOPLE = f"""address,name,zone,hour,course
anne@b.example,Anne,Europe/Berlin,07:00,{SLUG}
bob@b.example,Bob,Mars/Olympus,07:00,{SLUG}
carla@b.example,Carla,UTC,25:00,{SLUG}
anne@b.example,Anne again,UTC,08:00,{SLUG}
ANNE@B.example,,,,

dora@b.example,Dora,UTC,08:00,nope
emil@b.example,"Emil ""the first"", of Ulm",,,
fred@b.example,Fred,UTC,08:00,{SLUG},one cell too many
nonsense,,,,
gina@b.example
"""


def test_refused_lines_are_named_and_the_rest_is_taken(published: Terminal) -> None:
    (published.folder / "people.csv").write_bytes(b"\xef\xbb\xbf" + PEOPLE.replace("\n", "\r\n").encode())
    said = published("subscriber import people.csv --json")
    assert said.code == 1
    refused = {row["line"]: row["reason"] for row in said.data["refused"]}
    assert (said.data["taken"], said.data["enrolled"]) == (3, 1)
    expected = {
        3: "'Mars/Olympus'", 4: "'25:00'", 5: "already", 6: "already", 8: "'nope'", 10: "more cells", 11: "'nonsense'"
    }  # fmt: skip
    assert set(refused) == set(expected)
    for line, word in expected.items():
        assert word in refused[line]
    for gone in ("bob", "carla", "dora", "fred"):  # refused whole: no half-made subscriber stays behind
        assert published(f"subscriber show {gone}@b.example").code == 2
    assert json.loads(published.ok("subscriber show emil@b.example --json").out)["accounts"] == []
    again = published("subscriber import people.csv --json")
    assert (again.data["taken"], again.data["enrolled"]) == (0, 0)


@pytest.mark.parametrize("lines", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_thousands_of_lines(published: Terminal, lines: int) -> None:
    rows = [f"reader-{n}@b.example,,Europe/Berlin,08:00,{SLUG if n % 10 == 0 else ''}" for n in range(lines)]
    (published.folder / "people.csv").write_text("address,name,zone,hour,course\n" + "\n".join(rows))
    said = published.ok("subscriber import people.csv")
    assert said.out == f"{lines} taken, {lines // 10} enrolled, 0 refused.\n"
