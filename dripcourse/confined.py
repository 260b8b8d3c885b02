"""Runs a pure function in a child process that may take so much time and memory and no more; knows no articles.

Where there is no fork (Windows) the function runs in this process, without the limits.
"""

from __future__ import annotations

import faulthandler
import gc
import math
import os
import pickle
import selectors
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from dripcourse.errors import DripcourseError, InputError

if sys.platform != "win32":
    import resource

T = TypeVar("T")

_MOST_OF_AN_ANSWER = 64 << 20
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_REMEDY = "Is it an article? Take out what is not its text, or give it as plain text."
_TOO_SLOW, _TOO_BIG, _TOO_DEEP, _DIED = "slow", "big", "deep", "died"


def confined(work: Callable[[], T], *, seconds: float, megabytes: int) -> T:
    """What `work` returns or raises, within `seconds` of wall clock and `megabytes` more memory than this process has.

    It runs in a copy of this process that shares nothing with it afterwards: no file that is open here may be used,
    what it prints is lost, what it returns must be picklable. Endless loops, too much memory (Linux and BSD; macOS has
    no such limit), too deep recursion and a crash of the interpreter become an InputError of one line. Any other error
    is raised here as it was there.
    """
    sentences = _sentences(seconds, megabytes)
    if sys.platform == "win32":
        kind, value = _outcome(work)
    else:
        kind, value = _from_child(work, seconds, megabytes)
    if kind in sentences:
        raise InputError(f"{sentences[kind]} {_REMEDY}")
    if kind == "raised":
        raise _thawed(*value)
    return value  # type: ignore[no-any-return]  # it is what `work` returned


def _sentences(seconds: float, megabytes: int) -> dict[str, str]:
    return {
        _TOO_SLOW: f"The file could not be read within {seconds:g} seconds.",
        _TOO_BIG: f"The file could not be read within {megabytes} MB of memory.",
        _TOO_DEEP: "The file could not be read: it is nested too deeply.",
        _DIED: f"The file could not be read: the reader crashed on it (limits: {seconds:g} seconds, {megabytes} MB).",
    }


def _outcome(work: Callable[[], object]) -> tuple[str, Any]:
    try:
        return "returned", work()
    except MemoryError:
        return _TOO_BIG, None
    except RecursionError:
        return _TOO_DEEP, None
    except Exception as error:
        return "raised", _frozen(error)


def _frozen(error: Exception) -> tuple[type[Exception], tuple[Any, ...], dict[str, Any]]:
    """An error in parts that can be pickled; of one that nobody meant to raise also where it happened, as a note."""
    if not isinstance(error, DripcourseError):
        error.add_note("".join(traceback.format_exception(error)))
    parts = (type(error), error.args, dict(error.__dict__))
    try:
        pickle.loads(pickle.dumps(parts))  # noqa: S301  # made one line above
    except Exception:  # a class inside a function, a lock in its arguments
        return RuntimeError, ("".join(traceback.format_exception(error)),), {}
    return parts


def _thawed(kind: type[Exception], args: tuple[Any, ...], state: dict[str, Any]) -> Exception:
    """The error again, without calling its `__init__`, which may want other arguments than `args` (Mistakes does)."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


def _from_child(work: Callable[[], object], seconds: float, megabytes: int) -> tuple[str, Any]:
    ends = time.monotonic() + seconds
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb", buffering=0) as ear:
        try:
            child = _born(work, writer, math.ceil(seconds) + 1, megabytes)
        finally:
            os.close(writer)
        try:
            return _heard(ear.fileno(), ends)
        finally:
            with suppress(ProcessLookupError, ChildProcessError):  # where SIGCHLD is ignored, it is reaped already
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)


def _born(work: Callable[[], object], writer: int, seconds: int, megabytes: int) -> int:
    """The number of the child, which never comes back from here."""
    # A signal between the fork and the child's first line would run this process's handlers in the child.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        child = _fork()
        if child == 0:
            _serve(work, writer, seconds, megabytes)
        return child
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _fork() -> int:
    with warnings.catch_warnings():
        # Newer Pythons warn where other threads run: a lock one of them holds would stay locked in the child. Then
        # the child waits for it until it is killed; nothing is lost but the time.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _heard(reader: int, ends: float) -> tuple[str, Any]:
    heard = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(reader, selectors.EVENT_READ)
        while len(heard) <= _MOST_OF_AN_ANSWER:
            left = ends - time.monotonic()
            if left <= 0 or not selector.select(left):
                return _TOO_SLOW, None
            piece = os.read(reader, 1 << 20)
            if not piece:
                return _understood(heard)
            heard += piece
    return _TOO_BIG, None


def _understood(heard: bytearray) -> tuple[str, Any]:
    """The answer; a child that died in the middle of it left a piece that is no pickle."""
    try:
        kind, value = pickle.loads(heard)  # noqa: S301  # our own child wrote it
    except (pickle.UnpicklingError, EOFError):
        return _DIED, None
    return kind, value


def _serve(work: Callable[[], object], writer: int, seconds: int, megabytes: int) -> NoReturn:
    """The child's whole life. It ends without what a process does at its end: flush, atexit, destructors."""
    try:
        _settle_in(writer, seconds, megabytes)
        outcome = _outcome(work)
        packed, answer = _outcome(lambda: pickle.dumps(outcome))
        _tell(writer, answer if packed == "returned" else pickle.dumps((packed, answer)))
    finally:
        os._exit(0)


def _settle_in(writer: int, seconds: int, megabytes: int) -> None:
    gc.freeze()  # nothing of the parent's is collected here: a connection would say goodbye on the shared socket
    faulthandler.disable()
    null = os.open(os.devnull, os.O_RDWR)
    for stream in {0, 1, 2} - {writer}:  # a process without stdin gets number 0 for the next thing it opens
        os.dup2(null, stream)
    signal.set_wakeup_fd(-1)
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_CPU, seconds)
    _limit(resource.RLIMIT_AS, _taken() + (megabytes << 20))


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    with suppress(ValueError, OSError):  # macOS refuses limits of memory
        resource.setrlimit(kind, (most, most))


def _taken() -> int:
    """Bytes of address space this process has; where the system does not say, the most it had in memory."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    except (OSError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _tell(writer: int, answer: bytes) -> None:
    rest = memoryview(answer)
    while rest:
        rest = rest[os.write(writer, rest) :]
