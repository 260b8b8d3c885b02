"""Whether anything was saved in a course folder since one looked at it. It opens no file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from dripcourse.courses.folders.course_keys import LANGUAGE

_State = tuple[str, int, int, int]


def stamp_of(folder: Path) -> str:
    """Another text after each save of a file that belongs to a course or a translation in it; never raises."""
    try:
        seen = sorted(_states(folder, ""))
    except OSError as error:
        return f"unreadable-{error.errno}"
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def _states(folder: Path, prefix: str) -> Iterator[_State]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if _matters(entry.name):
                yield _state(entry, prefix)
            elif not prefix and LANGUAGE.fullmatch(entry.name):
                yield from _translation(Path(entry.path), f"{entry.name}/")


def _translation(folder: Path, prefix: str) -> list[_State]:
    try:
        return list(_states(folder, prefix))
    except OSError as error:  # a file, or a folder that may not be read
        return [(prefix, error.errno or 0, 0, 0)]


def _matters(name: str) -> bool:
    return name == "course.toml" or (name.endswith(".md") and not name.startswith("."))


def _state(entry: os.DirEntry[str], prefix: str) -> _State:
    try:
        at = entry.stat()
    except OSError:  # taken away meanwhile, or a link to nothing
        return prefix + entry.name, 0, 0, 0
    return prefix + entry.name, at.st_mtime_ns, at.st_size, at.st_ino  # many editors put a new file in its place
