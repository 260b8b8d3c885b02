"""The mails of a course folder as they would be sent, made anew only where something was saved. It shows no page."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from dripcourse.courses.folders.folder import Survey, content_hash, survey
from dripcourse.courses.folders.in_part import nothing, whole
from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.courses.linting.refusals import about_lesson, line_of
from dripcourse.domain.course import Course, Lesson
from dripcourse.errors import DripcourseError, InputError, Mistake
from dripcourse.mail.checks import html_bytes
from dripcourse.mail.compile import compile_lesson
from dripcourse.mail.samples import BRAND, VALUES
from dripcourse.mail.slots import Filled, fill

_WORD = re.compile(r"[a-z-]+")


@dataclass(frozen=True)
class Made:
    """A mail with stand-in values. `size` is its HTML in bytes, as written or as encoded, whichever is more."""

    mail: Filled
    size: int


@dataclass(frozen=True)
class Exhibit:
    """One lesson file: its mail, and what is wrong with it. `name` is the file's without .md, fit for an address."""

    name: str
    file: LessonFile
    made: Made | None
    mistakes: tuple[Mistake, ...] = ()


@dataclass(frozen=True)
class Exhibition:
    """What there is to see of a folder at one moment. `mistakes` are those of no single lesson."""

    stamp: str
    course: Course
    exhibits: tuple[Exhibit, ...] = ()
    mistakes: tuple[Mistake, ...] = ()

    @property
    def sender(self) -> str:
        """The name an inbox shows."""
        return self.course.sender.name if self.course.sender else BRAND.name

    @property
    def wrong(self) -> int:
        """How many mistakes there are in all; 0 is a folder that can be published."""
        return len(self.mistakes) + sum(len(exhibit.mistakes) for exhibit in self.exhibits)


class Gallery:
    """One folder being looked at, from any number of threads. Keeps what it has made as long as it is current."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = Lock()
        self._last: Exhibition | None = None
        self._made: Mapping[tuple[str, Lesson], Made | str] = {}

    def look(self) -> Exhibition:
        """The folder as it is now. It never raises for what is in the folder, or for there being none."""
        with self._lock:
            stamp = stamp_of(self.folder)  # before reading: what is saved meanwhile has another stamp
            if self._last is None or self._last.stamp != stamp:
                self._last = self._exhibition(stamp)
            return self._last

    def _exhibition(self, stamp: str) -> Exhibition:
        try:
            found = survey(self.folder)
        except InputError as error:
            message = str(error).removeprefix(f"{self.folder}: ")
            return Exhibition(stamp, nothing(self.folder), mistakes=(Mistake(str(self.folder), 0, message),))
        course = whole(found)
        self._made = self._make(course, found)
        frame = frame_of(course)
        results = [(file, self._made.get((frame, file.lesson)) if file.lesson else None) for file in found.files]
        exhibits = tuple(_exhibit(found, course, file, result) for file, result in results)
        return Exhibition(stamp, course, exhibits, tuple(_of_the_whole(found, course, results)))

    def _make(self, course: Course, found: Survey) -> dict[tuple[str, Lesson], Made | str]:
        """What was made before, where it is the same lesson in the same course; all else is made now."""
        frame = frame_of(course)
        wanted = [(frame, file.lesson) for file in found.files if file.lesson]
        return {key: self._made.get(key) or _compiled(course, key[1]) for key in wanted}


def stamp_of(folder: Path) -> str:
    """Another text after each save of a file that belongs to a course; never raises. It opens no file."""
    seen: list[tuple[str, int, int, int]] = []
    try:
        with os.scandir(folder) as entries:
            seen += (_state(entry) for entry in entries if _matters(entry.name))
    except OSError as error:
        return f"unreadable-{error.errno}"
    return hashlib.sha256(repr(sorted(seen)).encode()).hexdigest()[:16]


def frame_of(course: Course) -> str:
    """Equal for courses that differ in their lessons' texts only: then the other mails are the same too."""
    return f"{content_hash(replace(course, lessons=()))} {course.days}"


def _matters(name: str) -> bool:
    return name == "course.toml" or (name.endswith(".md") and not name.startswith("."))


def _state(entry: os.DirEntry[str]) -> tuple[str, int, int, int]:
    try:
        at = entry.stat()
    except OSError:  # taken away meanwhile, or a link to nothing
        return entry.name, 0, 0, 0
    return entry.name, at.st_mtime_ns, at.st_size, at.st_ino  # many editors save by putting a new file in its place


def _compiled(course: Course, lesson: Lesson) -> Made | str:
    """The mail, or why it cannot be made."""
    try:
        mail = fill(compile_lesson(course, lesson, BRAND), VALUES)
    except DripcourseError as error:
        return str(error)
    return Made(mail, html_bytes(mail.html))


def _exhibit(found: Survey, course: Course, file: LessonFile, result: Made | str | None) -> Exhibit:
    own = [mistake for mistake in found.mistakes if mistake.path == str(file.path)]
    if isinstance(result, str) and (about := about_lesson(course, file, result)):
        own.append(Mistake(str(file.path), line_of(file, about), about))
    name = file.path.stem.encode("utf-8", "replace").decode()
    return Exhibit(name, file, result if isinstance(result, Made) else None, tuple(own))


def _of_the_whole(
    found: Survey, course: Course, results: list[tuple[LessonFile, Made | str | None]]
) -> Iterator[Mistake]:
    """Mistakes of the folder and of course.toml; what all mails are refused for is said once."""
    files = {str(file.path) for file in found.files}
    yield from (mistake for mistake in found.mistakes if mistake.path not in files)
    refused = [text for file, text in results if isinstance(text, str) and not about_lesson(course, file, text)]
    for refusal in dict.fromkeys(refused):
        yield Mistake(str(found.head.path), _theme_line(found, refusal), refusal)


def _theme_line(found: Survey, refusal: str) -> int:
    """The line of the first token of the course's own theme that a refusal names; 0 where it is about no theme."""
    if not refusal.startswith("theme: "):
        return 0
    named = (found.head.line(f"theme.{word}") for word in _WORD.findall(refusal))
    return next(filter(None, named), found.head.line("theme"))
