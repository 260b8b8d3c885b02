"""A translation, a folder within a course's folder: what it takes from the course, and where it does not follow it.

The same files with the same kinds and minutes; title, notes and texts in another language. It reads no lesson.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from dripcourse.courses.codes import shorten
from dripcourse.courses.folders.course_file import CourseFile, read_course_file
from dripcourse.courses.folders.course_keys import LANGUAGE, SHARED
from dripcourse.courses.folders.lesson_file import FILE_NAME, LessonFile
from dripcourse.domain.course import Lesson
from dripcourse.errors import Mistake

#: What a translation has from its course unless it says another.
_INHERITED = (*SHARED, "postal_address", "helplines_for")
_SAID_AGAIN = ("safety_note", "footer")


def translation_folders(path: Path) -> list[Path]:
    """The folders in `path` that are translations: named by a language tag, with a file of a course. Raises OSError."""
    return sorted(entry for entry in path.iterdir() if LANGUAGE.fullmatch(entry.name) and _is_course(entry))


def _is_course(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    try:
        return any(entry.name == "course.toml" or FILE_NAME.fullmatch(entry.name) for entry in folder.iterdir())
    except OSError:  # nobody knows what is in it; the reader says so
        return True


def read_translation_file(folder: Path, course: CourseFile) -> CourseFile:
    """course.toml of a translation of the course with the file `course`."""
    shared = {name: course.values[name] for name in _INHERITED if name in course.values}
    alone = not (course.knows("helplines") and course.knows("helplines_for"))
    return read_course_file(folder / "course.toml", {**shared, "language": folder.name}, alone=alone)


def head_mistakes(course: CourseFile, head: CourseFile) -> list[Mistake]:
    """What course.toml of a translation, the file `head`, lacks or has too much beside that of its course; nothing of
    what the course itself has wrong."""
    if not head.lines:
        return []
    known = [name for name in _SAID_AGAIN if course.knows(name)]
    missing = (name for name in known if course.values.get(name, "").strip() and name not in head.lines)
    texts = (f"{name} is missing; the course has one: say it here in {head.values['language']}" for name in missing)
    return [*(Mistake(str(head.path), 0, text) for text in texts), *_options(course, head)]


def _options(course: CourseFile, head: CourseFile) -> Iterator[Mistake]:
    if not (course.knows("optional") and head.knows("optional")):
        return
    for key, name in course.optional.items():
        if key not in head.optional:
            text = f"optional.{key} is missing; the course has it: name the perspective «{shorten(name, 60)}» as here"
            yield Mistake(str(head.path), head.line("optional"), text)
    for key in head.optional:
        if key not in course.optional:
            there = ", ".join(course.optional) or "none"
            text = f"optional.{key} is no key of the course; a key is the same in each language: {there}"
            yield Mistake(str(head.path), head.line(f"optional.{key}"), text)


def language_mistakes(course: CourseFile, folders: Sequence[Path]) -> Iterator[Mistake]:
    """A language that is there already; tags that differ in capitals only are one."""
    taken = {course.values.get("language", "").lower(): "course.toml"}
    for folder in folders:
        first = taken.setdefault(folder.name.lower(), f"{folder.name}/")
        if first != f"{folder.name}/":
            text = f"is a translation into the language of {first}; name the folder by another, or move it away"
            yield Mistake(str(folder), 0, text)


def lesson_mistakes(
    course: CourseFile, files: Sequence[LessonFile], head: CourseFile, translated: Sequence[LessonFile]
) -> Iterator[Mistake]:
    """Where the lesson files `translated` do not follow `files`, those of the course."""
    names = {file.path.name: file for file in files}
    keys = {file.name_key: file for file in files}
    there = {file.path.name for file in translated} | {file.name_key for file in translated}
    for file in files:
        if not {file.path.name, file.name_key} & there:
            yield Mistake(str(head.path.parent), 0, f"{file.path.name} is missing; translate {file.path}")
    for file in translated:
        if original := names.get(file.path.name):
            yield from _unlike(original, file, course, head)
        elif moved := keys.get(file.name_key):
            yield Mistake(str(file.path), 0, f"the course has this lesson as {moved.path.name}; rename this file so")
        else:
            yield Mistake(str(file.path), 0, "the course has no such lesson; take it out, or write it there first")


def _unlike(original: LessonFile, file: LessonFile, course: CourseFile, head: CourseFile) -> Iterator[Mistake]:
    name = f"{original.path.name} of the course"
    if original.kind and file.kind and original.kind is not file.kind:
        text = f"kind is {file.kind}, and {original.kind} in {name}; make them equal"
        yield Mistake(str(file.path), file.line("kind"), text)
    if original.lesson and file.lesson:
        yield from _action(file, _minutes(original.lesson), _minutes(file.lesson), name)
        if course.knows("optional"):
            yield from _option(file, course.option(original.lesson), head, name)


def _minutes(lesson: Lesson) -> int | None:
    return lesson.action.minutes if lesson.action else None


def _action(file: LessonFile, wanted: int | None, there: int | None, name: str) -> Iterator[Mistake]:
    path, line = str(file.path), file.line("minutes") or file.line("action") or 1
    if (wanted is None) != (there is None):
        text = "an action, and there is none" if wanted is None else "no action, and there is one"
        yield Mistake(path, line, f"has {text} in {name}; make them alike")
    elif wanted != there:
        text = f"the action has {there or 'no'} minutes, and {wanted or 'none'} in {name}; make them equal"
        yield Mistake(path, line, text)


def _option(file: LessonFile, key: str, head: CourseFile, name: str) -> Iterator[Mistake]:
    """Who opts out does so in every language. (A passage that nobody here can get is said by `options`.)"""
    if file.lesson is None or not {key, own := head.option(file.lesson)} <= {"", *head.optional}:
        return
    path, line = str(file.path), file.line("perspective") or 1
    if key and key != own and not (file.lesson.instead and not own):
        text = f"readers may opt out of {name} (optional.{key}); name the perspective «{head.optional[key]}» here"
        yield Mistake(path, line, text)
    elif own and not key:
        text = f"readers may opt out of this perspective (optional.{own}), but not of {name}; make them alike"
        yield Mistake(path, line, text)
