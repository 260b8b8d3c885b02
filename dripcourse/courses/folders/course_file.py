"""course.toml to its values, strictly: every wrong line is named. The lessons do not matter here."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dripcourse.courses.folders.course_keys import Fault, faults, placeholders
from dripcourse.courses.folders.front import Wrong, decode_file
from dripcourse.courses.folders.helplines import helpline_fault, safety_footer, safety_note
from dripcourse.domain.course import Lesson, Logo, Sender
from dripcourse.errors import Mistake

_TEXTS = ("slug", "title", "language", "postal_address", "footer")
_KEY = re.compile(r"\s*([\w-]+(?:\.[\w-]+)*|\"[^\"]*\"|'[^']*')\s*=\s*(\"\"\"|''')?")
_TABLE = re.compile(r"\s*\[\s*([\w-]+(?:\s*\.\s*[\w-]+)*)\s*\]")


@dataclass(frozen=True)
class CourseFile:
    """What course.toml says. Keys and tables with wrong values are missing from `values`, and named in `mistakes`."""

    path: Path
    values: dict[str, Any] = field(default_factory=dict)
    theme: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()
    wrong: frozenset[str] = frozenset()  # keys and tables with mistakes

    def knows(self, name: str) -> bool:
        """Whether what this file says of that key or table, be it nothing, can be relied upon."""
        return bool(self.lines) and name not in self.wrong

    def line(self, name: str) -> int:
        """The line of a key (`sender.name` inside a table), 0 where there is none."""
        return self.lines.get(name, 0)

    @property
    def sender(self) -> Sender | None:
        """The course's own sender; None where it has none."""
        found = self.values.get("sender")
        return Sender(found["name"], found.get("address", ""), found.get("reply_to", "")) if found else None

    @property
    def logo(self) -> Logo | None:
        """The course's own logo; None where it has none."""
        found = self.values.get("logo")
        return Logo(found["url"], found["alt"].strip(), found["width"], found["height"]) if found else None

    @property
    def optional(self) -> dict[str, str]:
        """Key -> perspective of those that readers may opt out of."""
        return {key: name.strip() for key, name in self.values.get("optional", {}).items()}

    def option(self, lesson: Lesson) -> str:
        """The key under which readers may opt out of the lesson's perspective; "" where they may not."""
        return next((key for key, name in self.optional.items() if name == lesson.perspective), "")

    @property
    def course_values(self) -> dict[str, Any]:
        """What a Course takes from here, by field; what is wrong or missing is left out. Without its lessons."""
        texts = {name: self.values[name].strip() for name in _TEXTS if name in self.values}
        return {
            **texts,
            "safety_note": safety_note(self.values),
            "safety_footer": safety_footer(self.values),
            "sender": self.sender,
            "theme": self.theme,
            "logo": self.logo,
            "words": dict(self.values.get("words", {})),
            "optional": self.optional,
        }


def read_course_file(path: Path, shared: Mapping[str, Any] | None = None, *, alone: bool = False) -> CourseFile:
    """The values of `path`; those of a translation over `shared`, what it has from its course. Never raises for what
    is in the file. `alone`: nobody knows what the course says of helplines, so the file is not measured by them."""
    try:
        text = decode_file(path.read_bytes())
        data = tomllib.loads(text)
    except FileNotFoundError:
        return CourseFile(path, mistakes=(Mistake(str(path), 0, "is missing; every course needs one"),))
    except OSError as error:
        return CourseFile(path, mistakes=(Mistake(str(path), 0, f"cannot be read: {error.strerror}"),))
    except Wrong as wrong:
        return CourseFile(path, mistakes=(Mistake(str(path), wrong.line, wrong.message),))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return CourseFile(path, mistakes=(_not_toml(path, error),))
    return _head(path, data, key_lines(text), shared, alone)


def _head(
    path: Path, data: dict[str, Any], lines: dict[str, int], shared: Mapping[str, Any] | None, alone: bool
) -> CourseFile:
    wrong = list(faults(data, translation=shared is not None))
    own = {name: value for name, value in data.items() if name not in {fault.table for fault in wrong}}
    values = {**(shared or {}), **own}
    fit = not alone and not any(fault.table.startswith("helplines") for fault in wrong)
    if fit and (fault := helpline_fault(values)):
        wrong.append(fault)
    mistakes = tuple(Mistake(str(path), _line(lines, f), f.message) for f in (*wrong, *placeholders(data)))
    tables = frozenset(fault.table for fault in wrong)
    return CourseFile(path, values, dict(values.get("theme", {})), lines, mistakes, tables)


def _line(lines: dict[str, int], fault: Fault) -> int:
    """The line of the key, or of the table around it where that stands in one line."""
    key = fault.key
    while key and key not in lines:
        key = key.rpartition(".")[0]
    return lines[key] + (fault.below if key == fault.key else 0) if key else 0


def _not_toml(path: Path, error: Exception) -> Mistake:
    place = re.search(r"\(at line (\d+), column \d+\)", str(error))
    reason = re.sub(r"\s*\(at .*\)", "", str(error))
    return Mistake(str(path), int(place[1]) if place else 0, f"is not valid TOML here ({reason}); texts need quotes")


def key_lines(text: str) -> dict[str, int]:
    """Key -> line of a valid TOML text; tomllib keeps no lines. Texts in triple quotes are stepped over."""
    lines: dict[str, int] = {}
    prefix = closing = ""
    for number, line in enumerate(text.split("\n"), 1):
        if closing:
            closing = "" if closing in line else closing
        elif table := _TABLE.match(line):
            name = re.sub(r"\s", "", table[1])
            prefix = f"{name}."
            lines.setdefault(name.partition(".")[0], number)
            lines.setdefault(name, number)
        elif key := _KEY.match(line):
            lines.setdefault(prefix + key[1].strip("\"'"), number)
            closing = key[2] if key[2] and key[2] not in line[key.end() :] else ""
    return lines
