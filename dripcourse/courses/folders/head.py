"""course.toml under a new import: days follow the files, title and language the article, where they are as imported.

All else in the file stays byte for byte. Writes nothing.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping

from dripcourse.courses.folders.course_file import CourseFile, key_lines
from dripcourse.courses.folders.front import decode_file
from dripcourse.courses.folders.merge import Merged
from dripcourse.courses.folders.plan import Change, FilePlan, Kept
from dripcourse.courses.folders.shown import digest

HEAD = "course.toml"
_TEXT = re.compile(rb'"""(?:[^"\\]|\\.)*"""|\'\'\'[^\']*\'\'\'|"(?:[^"\\]|\\.)*"|\'[^\']*\'')
_NUMBER = re.compile(rb"[+0-9_a-fxo]+")


def merge_head(found: CourseFile, data: bytes, made: Mapping[str, str], before: Mapping[str, str], days: int) -> Merged:
    """The file `found`, whose bytes are `data`, for an import that gives `made` and a course of `days`.

    `before` are digests of what the last import gave; what is missing there is left alone.
    """
    changes: list[Change] = []
    kept: list[Kept] = []
    for name, wanted in made.items():
        there = str(found.values.get(name, "")).strip()
        if name not in before or there == wanted:
            continue
        edited = _with(data, name, json.dumps(wanted, ensure_ascii=False).replace("\x7f", "\\u007f"), _TEXT)
        if before[name] == digest(there) and edited is not None:
            data = edited
            changes.append(Change(name, there, wanted))
        else:
            again = before[name] == digest(wanted)
            kept.append(Kept(name, there, "" if again else wanted, wanted))
    if found.values.get("days") != days:
        data = _with(data, "days", str(days), _NUMBER) or data
        changes.append(Change("days", str(found.values.get("days", "")), str(days)))
    what = "changed" if changes else "kept" if kept else "same"
    return Merged(FilePlan(HEAD, what, HEAD, "", tuple(changes), tuple(kept)), data)


def _with(data: bytes, name: str, typed: str, value: re.Pattern[bytes]) -> bytes | None:
    """The file with another value of a key, all else byte for byte; None where that is not a matter of one line."""
    lines = data.split(b"\n")
    at = key_lines(decode_file(data)).get(name, 0) - 1
    if at < 0:
        return None
    start = lines[at].index(b"=") + 1
    start += len(lines[at][start:]) - len(lines[at][start:].lstrip())
    if not (typed_before := value.match(lines[at], start)):
        return None
    lines[at] = lines[at][:start] + typed.encode() + lines[at][typed_before.end() :]
    edited = b"\n".join(lines)
    return edited if _only(name, data, edited) else None


def _only(name: str, data: bytes, edited: bytes) -> bool:
    """Whether nothing but this key says something else now."""
    try:
        old, new = (tomllib.loads(decode_file(each)) for each in (data, edited))
    except tomllib.TOMLDecodeError:
        return False
    return old.keys() == new.keys() and all(old[key] == new[key] for key in old if key != name)
