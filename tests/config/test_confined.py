"""What runs confined costs so much time and memory and no more, and leaves nothing behind."""

from __future__ import annotations

import gc
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripcourse import confined as room
from dripcourse.confined import confined
from dripcourse.errors import InputError, Mistake, Mistakes, NotFound


class Coded(InputError):
    """Takes other arguments than it hands on, as the compiler's errors do."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(f"{code}: {message}")


def endless() -> None:
    while True:
        pass


def asleep() -> None:
    threading.Event().wait()


def greedy() -> None:
    blocks = []
    while True:
        blocks.append(bytearray(8 << 20))


def deep() -> None:
    deep()


def nested() -> list[Any]:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    return value


def raising(error: BaseException) -> None:
    raise error


def interrupted() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def stepped_down() -> None:
    sys.exit(3)


HARMFUL: dict[str, tuple[Callable[[], object], str]] = {
    "an endless loop": (endless, "within 0.4 seconds"),
    "a wait without end": (asleep, "within 0.4 seconds"),
    "a memory bomb": (greedy, "within 64 MB"),
    "one block too large": (lambda: b"x" * (1 << 40), "within 64 MB"),
    "deep recursion": (deep, "nested too deeply"),
    "a result nested too deeply to travel": (nested, "nested too deeply"),
    "a crash": (os.abort, "crashed"),
    "a kill": (lambda: os.kill(os.getpid(), signal.SIGKILL), "crashed"),
    "an interrupt": (interrupted, "crashed"),
    "an exit": (stepped_down, "crashed"),
    "an exit past everything": (partial(os._exit, 0), "crashed"),
}


@pytest.mark.parametrize(("work", "said"), HARMFUL.values(), ids=HARMFUL.keys())
def test_harm_becomes_one_line_and_no_child_is_left(work: Callable[[], object], said: str, tmp_path: Path) -> None:
    def noted() -> object:
        (tmp_path / "pid").write_text(str(os.getpid()))
        return work()

    with pytest.raises(InputError) as caught:
        confined(noted, seconds=0.4 if "0.4" in said else 20, megabytes=64)
    line = str(caught.value)
    assert said in line
    assert "\n" not in line
    assert "Is it an article?" in line
    with pytest.raises(ProcessLookupError):  # a zombie would still have its number
        os.kill(int((tmp_path / "pid").read_text()), 0)


plain = st.none() | st.booleans() | st.integers() | st.text() | st.binary()
nests = st.recursive(plain, lambda inner: st.lists(inner) | st.tuples(inner))


@settings(max_examples=20)
@given(nests)
def test_a_value_comes_back_as_it_is(value: object) -> None:
    assert confined(lambda: value, seconds=20, megabytes=64) == value


def test_it_runs_in_a_process_of_its_own_that_is_gone_afterwards() -> None:
    child = confined(os.getpid, seconds=20, megabytes=64)
    assert child != os.getpid()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_an_answer_longer_than_a_pipe_holds_comes_back_whole() -> None:
    assert confined(lambda: b"abc" * 1_000_000, seconds=20, megabytes=64) == b"abc" * 1_000_000


def test_an_answer_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_MOST_OF_AN_ANSWER", 100_000)
    with pytest.raises(InputError, match="within 64 MB"):
        confined(lambda: bytes(4_000_000), seconds=20, megabytes=64)


ERRORS = [InputError("a line"), NotFound("no such thing"), Coded("E_ODD", "an odd thing"), Coded("E_\n", "")]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_an_error_of_ours_comes_back_as_itself(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        confined(partial(raising, error), seconds=20, megabytes=64)
    assert (str(caught.value), vars(caught.value)) == (str(error), vars(error))


def test_mistakes_come_back_with_their_places() -> None:
    mistakes = Mistakes([Mistake("b.md", 2, "two"), Mistake("a.md", 1, "one")])
    with pytest.raises(Mistakes) as caught:
        confined(partial(raising, mistakes), seconds=20, megabytes=64)
    assert caught.value.mistakes == mistakes.mistakes
    assert str(caught.value) == str(mistakes)


def test_an_error_nobody_meant_says_where_it_happened() -> None:
    with pytest.raises(KeyError) as caught:
        confined(partial(raising, KeyError("x")), seconds=20, megabytes=64)
    assert "in raising" in "".join(caught.value.__notes__)


def test_an_error_that_cannot_travel_says_what_it_was() -> None:
    with pytest.raises(RuntimeError, match="ValueError"):
        confined(partial(raising, ValueError(threading.Lock())), seconds=20, megabytes=64)


def test_a_result_that_cannot_travel_is_an_error_and_not_silence() -> None:
    with pytest.raises(TypeError, match="pickle"):
        confined(threading.Lock, seconds=20, megabytes=64)


def test_the_child_has_the_limits_and_its_parent_keeps_its_own() -> None:
    kinds = (resource.RLIMIT_CPU, resource.RLIMIT_CORE)
    mine = [resource.getrlimit(kind) for kind in (*kinds, resource.RLIMIT_AS)]
    child = confined(lambda: [resource.getrlimit(kind) for kind in kinds], seconds=20, megabytes=64)
    assert child == [(21, 21), (0, 0)]
    assert [resource.getrlimit(kind) for kind in (*kinds, resource.RLIMIT_AS)] == mine


def test_what_the_child_prints_is_not_seen(capfd: pytest.CaptureFixture[str]) -> None:
    confined(lambda: os.write(1, b"out") + os.write(2, b"err"), seconds=20, megabytes=64)
    assert capfd.readouterr() == ("", "")


TWICE = """
import atexit, faulthandler, os, sys
from dripcourse.confined import confined
from dripcourse.errors import InputError
faulthandler.enable(os.dup(2))
atexit.register(print, "end")
sys.stdout.write("begun ")
print(confined(lambda: 7, seconds=20, megabytes=64))
try:
    confined(os.abort, seconds=20, megabytes=64)
except InputError:
    print("crashed")
"""


def test_nothing_is_flushed_twice_and_the_end_and_the_talk_are_the_parents_only() -> None:
    done = subprocess.run([sys.executable, "-c", TWICE], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("begun 7\ncrashed\nend\n", "")


def test_a_connection_given_up_in_the_parent_does_not_say_goodbye_in_the_child(tmp_path: Path) -> None:
    class Connection:
        def __del__(self) -> None:
            (tmp_path / str(os.getpid())).touch()

    gc.disable()
    try:
        given_up = Connection()
        given_up.itself = given_up  # type: ignore[attr-defined]  # only the collector can take it away now
        del given_up
        confined(gc.collect, seconds=20, megabytes=64)
        assert list(tmp_path.iterdir()) == []
    finally:
        gc.enable()
    gc.collect()
    assert list(tmp_path.iterdir()) == [tmp_path / str(os.getpid())]


def test_the_handlers_of_signals_stay_with_the_parent() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: heard.append(number))
    try:
        with pytest.raises(InputError, match="crashed"):
            confined(lambda: os.kill(os.getpid(), signal.SIGTERM), seconds=20, megabytes=64)
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [signal.SIGTERM]


@pytest.mark.parametrize(("work", "said"), [(deep, "nested too deeply"), (lambda: b"x" * (1 << 60), "64 MB")])
def test_where_there_is_no_fork_it_runs_here_with_the_same_lines(
    work: Callable[[], object], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room.sys, "platform", "win32")
    assert confined(os.getpid, seconds=20, megabytes=64) == os.getpid()
    with pytest.raises(InputError, match=said):
        confined(work, seconds=20, megabytes=64)
