"""Every command: one line of help, an example that may be typed, JSON that can be read, the right exit code."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from dripcourse import __version__
from dripcourse.cli.app import app
from tests.cli.conftest import SLUG, Terminal

ROOT = typer.main.get_command(app)


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, with the words that lead to it."""
    for name, inner in getattr(command, "commands", {}).items():
        yield from walk(inner, (*path, name))
    if not hasattr(command, "commands"):
        yield path, command


COMMANDS = dict(walk(ROOT))
NOUNS = {
    "course": {"import", "outline", "check", "preview", "publish", "list"},
    "subscriber": {"add", "import", "show"},
    "enrollment": {"add", "list", "pause", "resume", "skip", "move", "restart", "cancel"},
    "form": {"create", "list", "edit", "close", "open", "snippet"},
    "token": {"create", "list", "revoke", "intake"},
    "hook": {"create", "list", "show", "log", "replay", "test", "revoke", "enable"},
    "db": {"upgrade", "check", "prune"},
}


def example(command: Any) -> list[str]:
    """The words of its example, without the program's name."""
    (line,) = [text for text in command.help.splitlines() if text.strip().startswith("Example:")]
    command_line = re.split(r" [<>] ", line.partition("Example:")[2])[0]  # a file of the shell's is no word of ours
    program, *words = shlex.split(command_line)
    assert program == "dripcourse"
    return words


def test_the_nouns_and_verbs_are_there() -> None:
    verbs = {path[0] for path in COMMANDS if len(path) == 1}
    assert {"init", "serve", "demo", "doctor", "verify", "simulate", "explain", "send-test"} <= verbs
    for noun, expected in NOUNS.items():
        assert expected <= {path[1] for path in COMMANDS if path[0] == noun and len(path) == 2}, noun


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_a_command_says_in_one_sentence_what_it_does_and_gives_an_example_that_parses(path: tuple[str, ...]) -> None:
    command = COMMANDS[path]
    first = command.help.split("\n\n")[0]
    assert first.strip().endswith(".")
    words = example(command)
    assert tuple(words[: len(path)]) == path, "the example is of another command"
    command.make_context(" ".join(path), words[len(path) :])  # raises where an option or argument does not fit


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_and_argument_is_explained(path: tuple[str, ...]) -> None:
    for parameter in COMMANDS[path].params:
        assert getattr(parameter, "help", ""), f"{' '.join(path)}: {parameter.name}"


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_is_a_result(path: tuple[str, ...], bare: Terminal) -> None:
    said = bare.ok(f"{' '.join(path)} --help")
    assert "Example: dripcourse" in said.out.replace("\n", " ")
    assert said.err == ""


def test_without_words_the_help_comes_and_the_exit_code_says_that_nothing_was_done(bare: Terminal) -> None:
    for line in ("", "course"):
        said = bare(line)
        assert said.code == 2
        assert "Usage: dripcourse" in said.out + said.err


def test_the_version_is_the_package_s(bare: Terminal) -> None:
    assert bare.ok("--version").out == f"dripcourse {__version__}\n"


@pytest.mark.parametrize(
    ("line", "wrong", "see"),
    [
        ("bogus", "bogus", "dripcourse --help"),
        ("course bogus", "bogus", "dripcourse course --help"),
        ("verify --bogus", "--bogus", "dripcourse verify --help"),
        ("subscriber show", "ADDRESS", "dripcourse subscriber show --help"),
        ("enrollment add anne@example.com", "--course", "dripcourse enrollment add --help"),
        ("enrollment list --state asleep", "asleep", "dripcourse enrollment list --help"),
        ("enrollment list --limit 0", "--limit", "dripcourse enrollment list --help"),
        ("course publish x --rule jump", "jump", "dripcourse course publish --help"),
        ("course import", "FILE", "dripcourse course import --help"),
        ("simulate --subscribers many", "--subscribers", "dripcourse simulate --help"),
        ("simulate --days -1", "--days", "dripcourse simulate --help"),
        ("serve --port 70000", "--port", "dripcourse serve --help"),
    ],
)
def test_a_word_that_does_not_fit_is_one_line_too(bare: Terminal, line: str, wrong: str, see: str) -> None:
    said = bare(line)
    assert (said.code, said.out) == (2, "")
    (error,) = said.errors
    assert wrong in error
    assert error.endswith(f"see `{see}`")


def test_every_command_that_prints_data_prints_json(published: Terminal) -> None:
    published.ok("subscriber add anne@example.com")
    published.ok(f"enrollment add anne@example.com --course {SLUG}")
    published.ok(f"form create start --course {SLUG}")
    hook = published.ok("hook create https://app.example.org/in --event lesson.sent").out.split()[0]
    (published.folder / "people.csv").write_text("address\nbob@example.com\n")
    article = Path(__file__).parents[1] / "courses" / "garden.txt"
    words = {
        ("course", "import"): f"{article} --days 7 --out another",
        ("course", "outline"): str(article),
        ("course", "check"): "garden",
        ("course", "publish"): "garden --accept-warnings",
        ("subscriber", "import"): "people.csv",
        ("subscriber", "show"): "anne@example.com",
        ("subscriber", "erase"): "bob@example.com --yes",
        ("hook", "show"): hook,
        ("hook", "log"): hook,
        ("explain",): "anne@example.com",
        ("simulate",): "garden --days 2",
    }
    add_a_word(published.folder)
    asked = [path for path, command in COMMANDS.items() if any("--json" in p.opts for p in command.params)]
    assert len(asked) >= 14
    for path in asked:
        said = published(f"{' '.join(path)} {words.get(path, '')} --json")
        assert said.code in ((0, 1) if path in {("doctor",), ("db", "check")} else (0,)), said
        assert said.data is not None, path
        assert "Proof(" not in said.out, f"{path}: a value was printed by its name"
        assert "Symptom(" not in said.out, f"{path}: a value was printed by its name"


@pytest.mark.parametrize("line", ["course list", "verify", "db check", "doctor --json"])
def test_results_go_to_stdout_and_nothing_else_does(published: Terminal, line: str) -> None:
    said = published(line)
    assert said.out
    assert said.err == ""


def test_talk_goes_to_stderr(published: Terminal) -> None:
    add_a_word(published.folder)
    said = published.ok("course publish garden --json --accept-warnings")
    assert "Published" in said.err
    assert said.data["version"] == 2


def add_a_word(folder: Path) -> None:
    with (folder / "garden" / "01-the-full-picture.md").open("a") as lesson:
        lesson.write("\n\nAnd one more word.\n")


def python(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """`python -m dripcourse` as a process of its own."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith("DRIPCOURSE_")}
    path = str(Path(__file__).parents[2])
    command = [sys.executable, "-m", "dripcourse", *words]
    environment = ours | settings | {"PYTHONPATH": path}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_the_program_itself_says_the_same(tmp_path: Path) -> None:
    unknown = python(tmp_path, "simulate", "--zone", "Europe/Berln")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert unknown.stderr == "Error: unknown time zone 'Europe/Berln'; did you mean Europe/Berlin?\n"
    settings = python(tmp_path, "doctor", DRIPCOURSE_SMTP_PORT="x", DRIPCOURSE_TICK_SECONDS="0")
    assert settings.returncode == 2
    assert [line.split(":")[1] for line in settings.stderr.splitlines()] == [
        " DRIPCOURSE_SMTP_PORT", " DRIPCOURSE_TICK_SECONDS"
    ]  # fmt: skip
    assert "Traceback" not in settings.stderr
