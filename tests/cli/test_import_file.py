"""The file of an import: it is read to its end before anything is written, and never kept in memory."""

from __future__ import annotations

import os
import threading
import tracemalloc
from pathlib import Path

import pytest
from rich.progress import Progress, ProgressColumn

from dripcourse.cli import output
from dripcourse.cli import subscriber as command
from dripcourse.errors import InputError
from dripcourse.flows import imports
from tests.cli.conftest import SLUG, Terminal

HEAD = "address,name,zone,hour,course\n"


@pytest.mark.slow
def test_a_file_of_two_hundred_thousand_lines_is_never_in_memory(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(HEAD + "".join(f"reader-{n}@b.example,Reader,UTC,08:00,\n" for n in range(200_000)))
    tracemalloc.start()
    try:
        with command._opened(file) as source:
            for _ in range(2):
                assert sum(1 for _ in command._rows(file, source)) == 200_000
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_people_come_through_a_pipe(published: Terminal) -> None:
    pipe = published.folder / "people.csv"
    os.mkfifo(pipe)
    writer = threading.Thread(
        target=pipe.write_text, args=(f"{HEAD}bob@b.example,Bob,UTC,08:00,{SLUG}\n",), daemon=True
    )
    writer.start()
    assert published.ok("subscriber import people.csv").out == "1 taken, 1 enrolled, 0 refused.\n"
    writer.join(20)


@pytest.mark.parametrize("lines", [1, 5_000, 60_000])
def test_a_line_far_down_that_is_not_utf8_is_named(tmp_path: Path, lines: int) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(b"address\r\n" + "zoë@b.example\r\n".encode() * lines + b"j\xf6rg@b.example\r\n")
    with command._opened(file) as source, pytest.raises(InputError) as caught:
        list(command._rows(file, source))
    assert str(caught.value).startswith(f"{file}:{lines + 2}: not UTF-8")


def test_a_folder_is_no_file(published: Terminal) -> None:
    (said,) = published("subscriber import garden").errors
    assert said == "garden: cannot be read: Is a directory"


def test_the_bar_follows_the_lines(published: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    bars: list[Progress] = []

    def bar(*columns: ProgressColumn) -> Progress:
        bars.append(output.bar_on_terminal(*columns))
        return bars[-1]

    (published.folder / "people.csv").write_text(HEAD + "".join(f"reader-{n % 9}@b.example,,,,\n" for n in range(30)))
    monkeypatch.setattr(command, "bar_on_terminal", bar)
    monkeypatch.setattr(imports, "_BATCH", 7)
    said = published("subscriber import people.csv")
    assert said.out.endswith("9 taken, 0 enrolled, 21 refused.\n")
    assert [(task.completed, task.total) for task in bars[0].tasks] == [(30, 30)]
