"""A course folder to a Course: all files together, all mistakes at once. What is fine but could be better: `check`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from dripcourse.courses.folders.course_file import CourseFile, read_course_file
from dripcourse.courses.folders.lesson_file import FILE_NAME, LessonFile, read_lesson
from dripcourse.courses.folders.options import option_mistakes
from dripcourse.courses.folders.translation import (
    head_mistakes,
    language_mistakes,
    lesson_mistakes,
    read_translation_file,
    translation_folders,
)
from dripcourse.domain.course import Course, LessonKind
from dripcourse.errors import InputError, Mistake, Mistakes

_OTHER_FILES = ("article.md", "README.md")


@dataclass(frozen=True)
class Survey:
    """Everything that was found in a folder. `mistakes` is empty exactly where `course` is there (but for a translation
    whose course has a wrong course.toml: then neither is)."""

    path: Path
    head: CourseFile
    files: tuple[LessonFile, ...]  # by day, then name
    mistakes: tuple[Mistake, ...]  # those of its translations, too
    course: Course | None
    translations: tuple[Survey, ...] = ()

    @property
    def editions(self) -> tuple[Survey, ...]:
        """The folder itself, then its translations: what is to be looked at in each language."""
        return (self, *self.translations)


def read_course(path: Path) -> Course:
    """The course in the folder `path`. Raises Mistakes with all that is wrong, InputError if there is no folder."""
    found = survey(path)
    if found.course is None:
        raise Mistakes(found.mistakes)
    return found.course


def content_hash(course: Course) -> str:
    """sha256 (hex) of the whole course; equal for equal courses, on any machine."""
    canonical = json.dumps(asdict(course), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def survey(path: Path) -> Survey:
    """Reads every file of the folder. Raises InputError where there is no folder to read."""
    try:
        names, folders = _names(path), translation_folders(path)
    except OSError as error:
        raise InputError(
            f"{path}: no course folder to read ({error.strerror}). Give the folder with course.toml."
        ) from (error)
    head, files = read_course_file(path / "course.toml"), _lesson_files(path, names)
    translations = tuple(_translation(folder, head, files) for folder in folders)
    mistakes = [
        *head.mistakes,
        *(mistake for file in files for mistake in file.mistakes),
        *_misnamed(path, names),
        *_translated(files),
        *_order(path, files),
        *_repeated_keys(files),
        *_count(head, files),
        *option_mistakes(head, files),
        *language_mistakes(head, folders),
        *(mistake for translation in translations for mistake in translation.mistakes),
    ]
    others = tuple(translation.course for translation in translations if translation.course)
    course = None if mistakes else replace(_course(head, files), translations=others)
    return Survey(path, head, files, tuple(mistakes), course, translations)


def _translation(path: Path, original: CourseFile, originals: Sequence[LessonFile]) -> Survey:
    """A translation of the course with these files."""
    head = read_translation_file(path, original)
    try:
        names = _names(path)
    except OSError as error:
        return Survey(path, head, (), (Mistake(str(path), 0, f"cannot be read: {error.strerror}"),), None)
    files, of_head = _lesson_files(path, names), head_mistakes(original, head)
    mistakes = [
        *head.mistakes,
        *of_head,
        *(mistake for file in files for mistake in file.mistakes),
        *_misnamed(path, names),
        *lesson_mistakes(original, originals, head, files),
        *(() if of_head else option_mistakes(head, files)),
    ]
    whole = not mistakes and not original.mistakes  # else it lacks what it takes from there
    return Survey(path, head, files, tuple(mistakes), _course(head, files) if whole else None)


def _names(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.iterdir() if entry.is_file())


def _lesson_files(path: Path, names: Sequence[str]) -> tuple[LessonFile, ...]:
    found = (read_lesson(path / name) for name in names if FILE_NAME.fullmatch(name))
    return tuple(sorted(found, key=lambda file: (file.day, file.path.name)))


def _course(head: CourseFile, files: Sequence[LessonFile]) -> Course:
    return Course(**head.course_values, lessons=tuple(file.lesson for file in files if file.lesson))


def last_day(files: Sequence[LessonFile]) -> int:
    """The last day that is a lesson: the one before the completion mail, or the highest number there is."""
    completion = [f.day for f in files if f.kind is LessonKind.COMPLETION or f.name_key == "completion"]
    return min(completion) - 1 if completion else max((f.day for f in files), default=0)


def _misnamed(path: Path, names: Sequence[str]) -> Iterator[Mistake]:
    for name in names:
        known = FILE_NAME.fullmatch(name) or name.startswith(".") or name in _OTHER_FILES
        if name.endswith(".md") and not known:
            yield Mistake(str(path / name), 0, "has no day: name it NN-<key>.md, such as 05-first-step.md")


def _translated(files: Sequence[LessonFile]) -> Iterator[Mistake]:
    for file in files:
        if line := file.line("translates"):
            yield Mistake(str(file.path), line, "translates belongs to a lesson of a translation; take it out")


def _order(path: Path, files: Sequence[LessonFile]) -> Iterator[Mistake]:
    taken: dict[int, LessonFile] = {}
    for file in files:
        first = taken.setdefault(file.day, file)
        if first is not file:
            yield Mistake(str(file.path), 0, f"day {file.day} has two files; {first.path.name} is the other")
        if file.kind is LessonKind.WELCOME and file.day != 0:
            yield Mistake(str(file.path), file.line("kind"), "kind welcome belongs to day 00")
        elif file.kind not in (None, LessonKind.WELCOME) and file.day == 0:
            yield Mistake(str(file.path), file.line("kind"), f"kind is {file.kind}, but day 00 is the welcome mail")
    last = last_day(files)
    for day in sorted(set(range(1, last + 1)) - set(taken)):
        yield Mistake(str(path), 0, f"day {day} is missing; add a file {day:02}-<key>.md")
    if 0 not in taken:
        yield Mistake(str(path), 0, "the welcome mail is missing; add a file 00-welcome.md")
    yield from _completion(path, files, last)


def _completion(path: Path, files: Sequence[LessonFile], last: int) -> Iterator[Mistake]:
    found = [f for f in files if f.kind is LessonKind.COMPLETION or f.name_key == "completion"]
    if not found:
        yield Mistake(str(path), 0, f"the completion mail is missing; add a file {last + 1:02}-completion.md")
    for file in files:
        if found and file.day > found[0].day:
            yield Mistake(str(file.path), 0, f"day {file.day} comes after the completion mail {found[0].path.name}")


def _repeated_keys(files: Sequence[LessonFile]) -> Iterator[Mistake]:
    taken: dict[str, LessonFile] = {}
    for file in files:
        first = taken.setdefault(file.name_key, file)
        if first is not file and first.day != file.day:
            message = f"key {file.name_key!r} is taken by {first.path.name}; a key is unique in the course"
            yield Mistake(str(file.path), file.line("key"), message)


def _count(head: CourseFile, files: Sequence[LessonFile]) -> Iterator[Mistake]:
    days, last = head.values.get("days"), last_day(files)
    if isinstance(days, int) and files and days != last:
        yield Mistake(str(head.path), head.line("days"), f"days is {days}, but the lesson files go to day {last}")
