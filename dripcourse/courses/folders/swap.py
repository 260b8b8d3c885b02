"""Puts a changed folder in the place of the old one, whole or not at all. Knows nothing of courses.

The new folder is built beside the old one and then takes its name in two renames. A process that is killed leaves the
old folder or the new one whole; `recover` cleans up behind it. (Against a power cut only the file system helps.)
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from dripcourse.errors import InputError


def recover(folder: Path) -> str:
    """Cleans up what a killed run left beside `folder` and gives one line on it; "" where there was nothing.

    Raises InputError where that cannot be done.
    """
    old, partial = _beside(folder)
    said = ""
    try:
        if old.is_dir() and not folder.exists():
            old.rename(folder)
            said = f"{folder}: the last import was cut off; the folder is as it was before."
        elif old.is_dir():
            shutil.rmtree(old)
            said = f"{folder}: the last import was cut off when all was written; what it left behind is cleared away."
        if partial.is_dir():
            shutil.rmtree(partial)
            said = said or f"{folder}: the last import was cut off; nothing of it was written."
    except OSError as error:
        raise InputError(
            f"{folder}: an import was cut off, and {old} or {partial} cannot be cleared away ({error.strerror}). "
            f"Your files are in {folder if folder.exists() else old}."
        ) from error
    return said


def swap(folder: Path, writes: Mapping[str, bytes], removes: Iterable[str]) -> None:
    """`folder` without the files in `removes` and with those in `writes`; all others are copied as they are.

    Raises InputError where it cannot be written; then the folder is as it was.
    """
    old, partial = _beside(folder)
    try:
        shutil.copytree(folder, partial, symlinks=True)
        for name in removes:
            (partial / name).unlink()
        for name, data in writes.items():
            (partial / name).write_bytes(data)
        _take_place(folder, old, partial)
    except OSError as error:  # shutil.Error, with a list of files, is one, too
        raise InputError(f"{folder}: cannot be written ({error.strerror or error}). Nothing was changed.") from error
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(partial)
    with contextlib.suppress(OSError):  # the new folder is in its place; the next run clears away what stays
        shutil.rmtree(old)


def _take_place(folder: Path, old: Path, partial: Path) -> None:
    folder.rename(old)
    try:
        partial.rename(folder)
    except OSError:
        old.rename(folder)
        raise


def _beside(folder: Path) -> tuple[Path, Path]:
    return folder.parent / f".{folder.name}.before-import", folder.parent / f".{folder.name}.importing"
