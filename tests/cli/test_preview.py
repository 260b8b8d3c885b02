"""`course preview` as people run it: a server of this machine's own, a taken port, a mistyped folder, Ctrl-C."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dripcourse import data
from dripcourse.cli import preview as module
from dripcourse.cli.preview import preview
from dripcourse.errors import ConfigError, InputError
from tests.cli.conftest import untouched
from tests.cli.test_running import ends, environment, family_is_gone, get

PROGRAM = "import typer; from dripcourse.cli.preview import preview; typer.run(preview)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A short course: the first mail and the last of the shipped one, to be spoilt. One of its names has a %."""
    shipped = data.folder("lessons") / "emotional-intimacy"
    made = tmp_path / "course"
    made.mkdir()
    for name in ("course.toml", "00-welcome.md", "31-completion.md"):
        shutil.copy(shipped / name, made / name)
    (made / "01-100%41.md").write_text("no lesson yet", encoding="utf-8")
    return made


@pytest.fixture(autouse=True)
def _untouched() -> Iterator[None]:
    with untouched():
        yield


@contextmanager
def previewing(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command in a process of its own and the address it has printed; killed if it outlives the block."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), *words],
        cwd=folder.parent, env=environment(folder.parent), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout
    try:
        said = process.stdout.readline()
        found = re.fullmatch(r"Preview: (http://127\.0\.0\.1:\d+)   11 mails, \d+ mistakes\. Stop with Ctrl-C\n", said)
        assert found, said
        yield process, found[1]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def raw(url: str, host: str) -> str:
    """The status line that comes back for that Host."""
    where = urlsplit(url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as line:
        line.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        return line.makefile(encoding="utf-8").readline().strip()


def test_it_serves_this_machine_follows_a_save_and_ends_with_ctrl_c(folder: Path) -> None:
    with previewing(folder, "--port", "0") as (process, url):
        inbox = get(url)[1]
        assert "01-100%41.md cannot be shown yet" in inbox
        assert get(f"{url}/mails/01-100%2541")[0] == 200
        assert get(f"{url}/mails/00-welcome/html")[0] == 200
        (stamp,) = re.findall(r'data-stamp="(\w+)"', inbox)
        assert '"changed":false' in get(f"{url}/changes?seen={stamp}")[1]
        (folder / "01-100%41.md").unlink()
        assert '"changed":true' in get(f"{url}/changes?seen={stamp}")[1]
        assert "01-100" not in get(url)[1]
        assert raw(url, urlsplit(url).netloc) == "HTTP/1.1 200 OK"
        assert raw(url, "evil.example") == "HTTP/1.1 421 Misdirected Request"
        assert ends(process, signal.SIGINT) == 0
        assert family_is_gone(process)
        assert process.stdout
        assert process.stdout.read() == ""
    assert sorted(path.name for path in folder.parent.iterdir()) == ["course", "tmp"], "it leaves nothing behind"


def test_a_taken_port_is_one_line_and_exit_code_2(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigError) as refusal:
            preview(folder, port=port)
    advice = "choose another --port, or --port 0 for any free one"
    assert str(refusal.value) == f"cannot listen on 127.0.0.1:{port}: Address already in use; {advice}"
    assert refusal.value.exit_code == 2


@pytest.mark.parametrize("name", ["nowhere", "course/course.toml"])
def test_a_folder_that_is_none_is_one_line_and_exit_code_2(folder: Path, name: str) -> None:
    with pytest.raises(
        InputError, match=r"no course folder to read \(.+\)\. Give the folder with course\.toml\."
    ) as no:
        preview(folder.parent / name, port=0)
    assert (no.value.exit_code, len(str(no.value).splitlines())) == (2, 1)


@pytest.mark.parametrize("there", [True, False])
def test_it_opens_the_browser_when_asked(
    folder: Path, there: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or there)
    monkeypatch.setattr(module, "run_web", lambda app, taken: opened.append(f"{taken.getsockname()[1]}"))
    preview(folder, port=0, open_=True)
    url, port = opened
    assert url == f"http://127.0.0.1:{port}"
    assert ("No browser was found" in capsys.readouterr().err) is not there
    preview(folder, port=0)
    assert len(opened) == 3, "without --open, no browser"


def test_its_help_has_an_example() -> None:
    assert preview.__doc__
    assert "Example: dripcourse course preview " in preview.__doc__
