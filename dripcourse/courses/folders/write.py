"""Writes a course folder, whole or not at all. Reading it back is `folder`."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from dripcourse.courses.folders.course_text import course_toml, translation_toml
from dripcourse.courses.folders.folder import survey
from dripcourse.courses.folders.provenance import ARTICLE, Made, make
from dripcourse.domain.course import Course, Lesson
from dripcourse.errors import InputError


class _Dumper(yaml.SafeDumper):
    """YAML as an author would write it: quoted lines, texts of several lines as blocks."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    odd = any(c in text for c in "\x85\u2028\u2029\ufeff")  # YAML would read these as line ends
    style = "|" if "\n" in text and not odd else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def write_course(course: Course, article: str, out: Path) -> list[str]:
    """Writes a course and its article, without a record of an import. As `write_folder`."""
    return write_folder(course_files(course, article, make(course, article)), out)


def course_files(course: Course, article: str, made: Made) -> dict[str, str]:
    """Name -> text of the files of a new course. `made` holds its lessons."""
    files = {"course.toml": course_toml(course), ARTICLE: article}
    for each in made.lessons:
        files[_file_name(course, each.lesson)] = lesson_text(each.lesson, each.source)
    for translation in course.translations:
        folder = translation.language
        files[f"{folder}/course.toml"] = translation_toml(translation, course)
        files |= {f"{folder}/{_file_name(course, lesson)}": lesson_text(lesson) for lesson in translation.lessons}
    return files


def _file_name(course: Course, lesson: Lesson) -> str:
    return f"{lesson.day:0{name_width(course.lessons[-1].day)}}-{lesson.key}.md"


def name_width(last_day: int) -> int:
    """How many digits the day has in the names of lesson files, so that they sort by day."""
    return max(2, len(str(last_day)))


def write_folder(files: Mapping[str, str], out: Path) -> list[str]:
    """Writes the folder `out` and gives the names of its files. Raises InputError where something is in the way."""
    check_free(out)
    partial = out.parent / f".{out.name}.partial-{os.getpid()}"
    try:
        partial.mkdir(parents=True)
        for name, content in files.items():
            (partial / name).parent.mkdir(exist_ok=True)  # of a translation
            (partial / name).write_text(content, encoding="utf-8", newline="\n")
        _refuse_unreadable(partial, out)
        partial.rename(out)  # one step: the folder is there whole, or not at all
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror}). Choose another folder with --out.") from error
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(partial)
    return sorted(files)


def _refuse_unreadable(partial: Path, out: Path) -> None:
    """What we write we read: a folder that `check` would refuse is a fault of ours, and is not left behind."""
    if found := survey(partial).mistakes:
        first = str(found[0]).replace(str(partial), str(out))
        message = f"Internal: the course would not be read back ({first}). Nothing was written."
        raise InputError(f"{message} Please report it with this file.")


def check_free(out: Path) -> None:
    """Raises InputError where `out` exists and is not an empty folder."""
    if out.is_symlink() or (out.exists() and (not out.is_dir() or any(out.iterdir()))):
        raise InputError(f"{out} exists and is not an empty folder. Choose another --out, or move it away.")


def lesson_text(lesson: Lesson, source: str = "") -> str:
    """One lesson file: front matter, then the body. `source` names lines of article.md."""
    fields: dict[str, Any] = {
        "key": lesson.key,
        "kind": lesson.kind.value,
        "subject": lesson.subject,
        "preheader": lesson.preheader,
        "perspective": lesson.perspective,
        "section": lesson.section,
        "source": source,
    }
    if lesson.action:
        fields |= {"action": lesson.action.text, "minutes": lesson.action.minutes, "solo": lesson.action.solo}
    fields |= {"reflection": lesson.reflection, "note": lesson.note}
    fields |= {"instead_section": lesson.instead_section, "instead": lesson.instead}
    kept = {name: value for name, value in fields.items() if value or name == "note"}
    front = "".join(field_text(name, value) for name, value in kept.items())
    return f"---\n{front}---\n\n{lesson.body}\n"


def field_text(name: str, value: str | int) -> str:
    """A field of the front matter, with its line end."""
    if name in ("key", "kind") and yaml.safe_load(str(value)) == value:  # bare, but for a key such as 1 or no
        return f"{name}: {value}\n"
    text = yaml.dump({name: value}, Dumper=_Dumper, allow_unicode=True, width=10_000_000)
    return name + text.removeprefix(f'"{name}"')
