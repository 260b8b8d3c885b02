"""Bad input: one line that says what was found, where and what to do; exit code 2; nothing changed."""

from __future__ import annotations

import hashlib
import shutil
import socket
from pathlib import Path

import pytest

from dripcourse.storage.database import open_database
from dripcourse.storage.tables import metadata
from tests.cli.conftest import SLUG, Terminal


def fingerprint(terminal: Terminal) -> str:
    """A hash over every row of every table."""
    db = open_database(f"sqlite:///{terminal.folder / 'dripcourse.db'}")
    seen = hashlib.sha256()
    with db.reading() as tx:
        for table in metadata.sorted_tables:
            seen.update(repr(sorted(map(str, tx.execute(table.select())))).encode())
    db.close()
    return seen.hexdigest()


ADD = f"enrollment add carla@example.com --course {SLUG}"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"{ADD} --zone Europe/Berln", ["'Europe/Berln'", "did you mean Europe/Berlin"]),
        (f"{ADD} --zone berlin", ["'berlin'", "Europe/Berlin"]),
        (f"{ADD} --zone Nowhere", ["'Nowhere'", "such as Europe/Berlin"]),
        (f"{ADD} --hour 25:00", ["'25:00'", "HH:MM"]),
        (f"{ADD} --hour 8am", ["'8am'", "HH:MM"]),
        (f"{ADD} --pace fast", ["'fast'", "daily", "every-2nd-day", "weekdays"]),
        (f"{ADD} --weekdays Mon-Foo", ["'Foo'", "'Mon-Foo'", "Mon, Tue"]),
        (f"{ADD} --start 2020-01-01", ["2020-01-01", "past"]),
        (f"{ADD} --start 20-01-01", ["'20-01-01'", "YYYY-MM-DD"]),
        (f"{ADD} --start 9999-01-01", ["'9999-01-01'", "too far away"]),
        ("enrollment add carla@example.com --course nope", ["'nope'", SLUG]),
        (f"enrollment add dora@example.com --course {SLUG}", ["dora@example.com", "subscriber add"]),
        (f"enrollment add anne@example.com --course {SLUG}", ["anne@example.com", "already", "restart"]),
        (f"enrollment add anne@ --course {SLUG}", ["'anne@'", "not an e-mail address"]),
        ("enrollment pause bob@example.com", ["cancelled", "restart"]),
        ("enrollment resume bob@example.com", ["cancelled", "restart"]),
        ("enrollment skip bob@example.com", ["cancelled", "restart"]),
        ("enrollment move bob@example.com --hour 09:00", ["cancelled", "restart"]),
        ("enrollment cancel bob@example.com", ["ended already", "cancelled"]),
        ("enrollment pause carla@example.com", ["carla@example.com", "not enrolled"]),
        ("enrollment pause anne@example.com --until 2020-01-01", ["2020-01-01", "ahead"]),
        ("enrollment pause anne@example.com --until 2020-01-01 --days 3", ["--until", "--days", "not both"]),
        ("enrollment pause anne@example.com --until tomorrow", ["'tomorrow'", "YYYY-MM-DD"]),
        ("enrollment move anne@example.com", ["nothing to change", "--zone"]),
        ("enrollment move anne@example.com --zone Asia/Tokio", ["'Asia/Tokio'", "Asia/Tokyo"]),
        ("enrollment list --course nope", ["'nope'", SLUG]),
        ("subscriber add nonsense", ["'nonsense'", "not an e-mail address"]),
        ("subscriber add anne@example.com", ["anne@example.com", "already"]),
        ("subscriber add ANNE@Example.COM", ["ANNE@example.com", "already"]),
        ("subscriber add jörg@example.com", ["jörg@example.com", "ASCII"]),
        ("subscriber add dora@example.com --name 'see http://x.example'", ["web address"]),
        (f"subscriber add dora@example.com --name {'x' * 65}", ["65 characters", "64"]),
        ("subscriber show dora@example.com", ["dora@example.com", "nothing is stored"]),
        ("explain dora@example.com", ["dora@example.com", "nothing is stored", "subscriber list"]),
        ("form create start --course nope", ["'nope'", SLUG]),
        (f"form create start --course {SLUG}", ["'start'", "already"]),
        (f"form create Spaced-Out --course {SLUG}", ["'Spaced-Out'", "a-z"]),
        ("form close nope", ["'nope'", "start"]),
        ("course publish nowhere", ["nowhere", "course.toml"]),
        ("course publish garden", [SLUG, "exactly like this already", "version 1"]),
        ("simulate --start 2026-09-20T08:00", ["'2026-09-20T08:00'", "no time zone", "2026-09-20T07:00+02:00"]),
        ("simulate --start soon", ["'soon'", "YYYY-MM-DD"]),
        ("simulate --start 2011-12-30 --zone Pacific/Apia", ["2011-12-30", "Pacific/Apia", "skipped that day"]),
        ("simulate --pause 5", ["'5'", "DAY:+Nd", "5:+4d"]),
        ("simulate --pause 0:+4d", ["'0:+4d'", "1 to 31"]),
        ("simulate --pause 5:+0d", ["0 days", "1 to 366"]),
        ("simulate --pause 5:+999d", ["999 days", "1 to 366"]),
        ("simulate --down 12", ["'12'", "DAY:Nh", "12:36h"]),
        ("simulate --down 40:3h", ["'40:3h'", "1 to 31"]),
        ("simulate --export no/such/folder.csv", ["no/such/folder.csv", "no folder"]),
        ("simulate nowhere", ["nowhere", "course.toml"]),
        ("send-test nowhere me@example.com", ["nowhere", "course.toml"]),
        ("send-test garden me@example.com --lesson nope", ["'nope'", "the-full-picture"]),
        ("send-test garden me@example.com", ["smtp_host", "DRIPCOURSE_SMTP_HOST"]),
        ("course import nowhere.txt --out new", ["nowhere.txt", "cannot be read"]),
        ("course outline nowhere.txt", ["nowhere.txt", "cannot be read"]),
        ("subscriber import nowhere.csv", ["nowhere.csv", "cannot be read"]),
    ],
)
def test_it_is_refused_in_one_line_and_nothing_changes(enrolled: Terminal, line: str, words: list[str]) -> None:
    before, files = fingerprint(enrolled), sorted(enrolled.folder.rglob("*.md"))
    said = enrolled(line)
    assert (said.code, said.out) == (2, "")
    (error,) = said.errors
    assert [word for word in words if word not in error] == []
    assert (fingerprint(enrolled), sorted(enrolled.folder.rglob("*.md"))) == (before, files)


NEEDS_A_DATABASE = [
    "db check", "verify", "course list", "course publish garden", "subscriber add anne@example.com",
    "subscriber show anne@example.com", "enrollment list", "enrollment pause anne@example.com", "form list",
    "explain anne@example.com", "simulate --everybody",
]  # fmt: skip


@pytest.mark.parametrize("line", [line for line in NEEDS_A_DATABASE if line != "db check"])
def test_a_database_that_is_not_upgraded(published: Terminal, line: str) -> None:
    said = published(line, database_url="sqlite:///fresh.db")
    assert said.code == 2
    assert said.errors == ["the database is at schema none, this program needs 0006: run `dripcourse db upgrade`"]


def test_db_check_says_so_as_its_result(bare: Terminal) -> None:
    said = bare("db check")
    assert (said.code, said.err) == (1, "")
    assert "run db upgrade" in said.out


@pytest.mark.parametrize("line", ["db upgrade", "serve --port 0", *NEEDS_A_DATABASE])
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql+psycopg://user:open-sesame@127.0.0.1:1/none", ["cannot be reached", "127.0.0.1", "database_url"]),
        ("sqlite:///no/such/folder/dripcourse.db", ["cannot be reached", "unable to open"]),
        ("sqlite:///letter.db", ["cannot be reached", "not a database"]),
        ("mysql://user:open-sesame@127.0.0.1/none", ["database_url", "cannot be used"]),
        ("oh dear", ["database_url", "cannot be used"]),
    ],
)
def test_a_database_that_is_not_there(published: Terminal, line: str, url: str, words: list[str]) -> None:
    (published.folder / "letter.db").write_text("Dear reader, this is a letter and no database at all." * 20)
    said = published(line, database_url=url)
    assert (said.code, said.out) == (2, "")
    (error,) = said.errors
    assert [word for word in words if word not in error] == []
    assert "open-sesame" not in error


def test_a_port_that_is_taken(dripcourse: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for line in (f"serve --port {port}", f"demo --once --port {port}"):
            said = dripcourse(line)
            assert said.code == 2
            assert said.errors == [
                f"cannot listen on 127.0.0.1:{port}: Address already in use; choose another --port or --host"
            ]


def test_a_host_that_is_none_of_ours(dripcourse: Terminal) -> None:
    said = dripcourse("serve --host 203.0.113.7 --port 0")
    assert said.code == 2
    assert "203.0.113.7" in said.errors[0]
    said = dripcourse("serve --host not.a.host.invalid --port 0")
    assert said.code == 2
    assert "not.a.host.invalid" in said.errors[0]


def test_serve_with_redis_says_how_this_installation_runs(dripcourse: Terminal) -> None:
    said = dripcourse("serve", redis_url="redis://127.0.0.1:1/0")
    assert said.code == 2
    assert "celery -A workers worker" in said.errors[0]


def test_init_never_overwrites(bare: Terminal) -> None:
    bare.ok("init")
    before = (bare.folder / "dripcourse.toml").read_bytes()
    said = bare("init")
    assert said.code == 2
    assert said.errors == ["dripcourse.toml is there already; edit it, or move it away first"]
    assert (bare.folder / "dripcourse.toml").read_bytes() == before


def test_init_where_a_file_stands_in_the_way(bare: Terminal) -> None:
    (bare.folder / "taken").write_text("a file")
    said = bare("init taken")
    assert said.code == 2
    assert "taken" in said.errors[0]


def spoil(folder: Path) -> None:
    """Ten different mistakes, each in its own place."""

    def put(name: str, old: str, new: str) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text, (name, old)
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    put("course.toml", 'language = "en"', 'language = "English!"')  # 1: line 3
    put("course.toml", "days = 7", "days = 6")  # 2: line 4
    put("01-the-full-picture.md", "kind: lesson", "kind: sermon")  # 3: line 3
    put("02-the-science.md", "minutes: 5", "minutes: soon")  # 4
    put("03-what-the-bible-says.md", "key: what-the-bible-says", "key: the-science")  # 5: duplicate key
    put("04-reading-the-ground.md", 'subject: "', 'subjekt: "')  # 6: unknown (and missing) setting
    put("05-water-and-roots.md", "kind: lesson", "kind: welcome")  # 7: welcome not on day 00
    shutil.copy(folder / "06-sowing-in-hope.md", folder / "06-another.md")
    put("06-another.md", "key: sowing-in-hope", "key: another")  # 8: two lessons on a day
    (folder / "stray.md").write_text("no day")  # 9: a file without a day
    (folder / "08-completion.md").unlink()  # 10: no completion mail


def test_ten_mistakes_in_a_course_folder_are_ten_places(dripcourse: Terminal) -> None:
    dripcourse.ok(f"course import {Path(__file__).parents[1] / 'courses' / 'garden.txt'} --days 7 --out garden")
    dripcourse.ok("db upgrade")
    spoil(dripcourse.folder / "garden")
    said = dripcourse("course publish garden")
    assert (said.code, said.out) == (2, "")
    places = [line.split(": ")[0] for line in said.errors]
    for place in (
        "garden/course.toml:3",
        "garden/course.toml:4",
        "garden/01-the-full-picture.md:3",
        "garden/02-the-science.md:9",
        "garden/03-what-the-bible-says.md:2",
        "garden/04-reading-the-ground.md:4",
        "garden/05-water-and-roots.md:3",
        "garden/06-sowing-in-hope.md",
        "garden/stray.md",
        "garden",
    ):
        assert place in places, (place, said.errors)
    assert dripcourse.ok("course list --json").data == []
