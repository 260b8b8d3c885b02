"""`dripcourse course import`, `outline` and `check`, as a person or a script sees them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from dripcourse.cli import main
from dripcourse.courses.folders.folder import read_course
from tests.courses.articles import ANY_ARTICLE, GARDEN


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *args: object) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    monkeypatch.setattr(sys, "argv", ["dripcourse", "course", *map(str, args)])
    with pytest.raises(SystemExit) as stopped:
        main()
    captured = capsys.readouterr()
    return int(stopped.value.code or 0), captured.out, captured.err


@pytest.fixture
def course(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    return lambda *args: run(capsys, monkeypatch, *args)


def test_import_makes_a_folder_that_reads_back_and_has_no_errors(course, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "deep" / "course"
    code, text, talk = course("import", ANY_ARTICLE, "--out", out)
    assert code == 0
    assert "33 files" in text or "34 files" in text
    assert "W_QUOTED_SCRIPTURE" in talk
    assert read_course(out).days == 30
    assert [path.name for path in out.parent.iterdir()] == ["course"]
    code, text, _ = course("check", out)
    assert code == 0
    assert " 0 errors" in text


def test_import_prints_the_verbatim_course_as_json(course, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    code, text, _ = course("import", ANY_ARTICLE, "--days", 14, "--out", tmp_path / "c", "--json")
    draft = json.loads(text)
    source = ANY_ARTICLE.read_text()
    assert code == 0
    assert [lesson["day"] for lesson in draft["lessons"]] == list(range(1, 15))
    assert {lesson["kind"] for lesson in draft["lessons"]} == {"lesson", "recap"}
    for lesson in draft["lessons"]:
        assert all(paragraph in source for paragraph in lesson["passage"].split("\n\n"))
    assert draft["lessons"][0]["action_text"] in source
    assert draft["title"] == source.split("\n")[0]
    assert {"code", "line", "message"} == set(draft["warnings"][0])


def test_outline_shows_what_was_understood(course) -> None:  # type: ignore[no-untyped-def]
    code, text, _ = course("outline", GARDEN)
    assert code == 0
    assert "├── The Science [mechanism]: 4 paragraphs, 120 words" in text
    assert "│   └── action 6: Keep a note" in text
    assert "cta: Order a Plan →" in text


def test_outline_as_json_has_fixed_keys(course) -> None:  # type: ignore[no-untyped-def]
    _, text, _ = course("outline", GARDEN, "--json")
    found = json.loads(text)
    assert found["title"] == "How do I start a small kitchen garden?"
    assert found["headings"][:2] == [[1, "The Full Picture"], [2, "Reading the Ground"]]
    assert found["actions"][5]["text"] == "Keep a note: write two lines on what changed since yesterday."
    assert found["actions"][5]["sub"] == []
    assert found["short_answer"].startswith("A small garden feeds you best")
    assert [p["kind"] for p in found["perspectives"]] == ["overview", "mechanism", "tradition", "action"]
    assert found["dropped"][0] == {"text": "4 min read", "reason": "reading_time", "line": 2}
    assert [w["code"] for w in found["warnings"]] == ["W_QUOTED_SCRIPTURE"]


def test_the_options_reach_the_compiler(course, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    wishes = ("--days", 21, "--rotate", "never", "--recap-every", 0, "--perspective", "The Science", "--title", "Mine")
    code, text, _ = course("import", GARDEN, "--out", tmp_path / "c", "--json", *wishes)
    draft = json.loads(text)
    assert code == 0
    assert draft["title"] == "Mine"
    assert "recap" not in {lesson["kind"] for lesson in draft["lessons"]}
    views = [lesson["perspective"] for lesson in draft["lessons"] if lesson["perspective"]]
    assert list(dict.fromkeys(views)) == ["Mine", "The Science"]


def test_an_error_writes_nothing_and_says_it_in_one_line(course, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    article = tmp_path / "short.txt"
    article.write_text("A Title\nThe Full Picture\nToo short to be a course of thirty days.\n")
    code, text, talk = course("import", article, "--out", tmp_path / "c")
    assert (code, text) == (2, "")
    assert talk.startswith("Error: E_TOO_SHORT: 9 words")
    assert talk.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["short.txt"]


def test_a_folder_that_is_in_use_is_left_alone(course, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "mine.txt").write_text("mine")
    code, _, talk = course("import", GARDEN, "--out", tmp_path)
    assert code == 2
    assert str(tmp_path) in talk
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    code, _, talk = course("import", GARDEN, "--out", tmp_path / "mine.txt" / "below")
    assert code == 2
    assert "cannot be written" in talk


def test_a_heading_with_braces_makes_a_folder_without_mistakes(course, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    article = tmp_path / "braces.txt"
    lines = ("On {{ name }}", "The Full Picture", "Use {{ name }} here. " * 60, "Why {% if %} Is Not 1", "Go. " * 60)
    article.write_text("\n".join((*lines, "Next Steps", "1. Write {{ name }}", "2. Stop {# now", "3. no")))
    code, _, talk = course("import", article, "--out", tmp_path / "c", "--days", 7)
    assert code == 0, talk
    code, text, _ = course("check", tmp_path / "c")
    assert code == 0, text


def test_check_exits_with_1_and_names_every_mistake(course, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "c"
    course("import", GARDEN, "--days", 7, "--out", out)
    (out / "00-welcome.md").unlink()
    (out / "course.toml").write_text('slug = "x"\n')
    code, text, _ = course("check", out)
    assert code == 1
    for part in ("welcome mail is missing", "title is missing", "language is missing", "days is missing"):
        assert part in text
    code, text, _ = course("check", out, "--json")
    assert code == 1
    assert {"code", "level", "file", "line", "message"} == set(json.loads(text)[0])


@pytest.mark.parametrize("verb", ["outline", "check"])
def test_what_is_not_there_is_exit_2(course, tmp_path: Path, verb: str) -> None:  # type: ignore[no-untyped-def]
    code, _, talk = course(verb, tmp_path / "nowhere")
    assert code == 2
    assert talk.startswith("Error: ")


@pytest.mark.parametrize("verb", ["import", "outline", "check"])
def test_the_help_has_an_example(course, verb: str) -> None:  # type: ignore[no-untyped-def]
    code, text, _ = course(verb, "--help")
    assert code == 0
    assert f"Example: dripcourse course {verb}" in text


SCRIPT = """
import json, sys
from dripcourse.courses.article import Options
from dripcourse.courses.drafting.compile import compile_article
from dripcourse.courses.drafting.show import draft_json
data = open(sys.argv[1], "rb").read()
sys.stdout.write(json.dumps([draft_json(compile_article(data, Options(days=n))) for n in (7, 30, 45)]))
"""


def test_i13_hash_seed_zone_and_locale_change_no_byte() -> None:
    outputs = set()
    for seed, zone, language in (("1", "UTC", "C"), ("4242", "Pacific/Kiritimati", "tr_TR.UTF-8")):
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": language, "PYTHONPATH": str(Path.cwd())}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(ANY_ARTICLE)], env=env, capture_output=True, check=True
        )
        outputs.add(sha256(done.stdout).hexdigest())
    assert len(outputs) == 1
