"""The mails of a course folder as they would be sent, made anew only where something was saved. It shows no page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from threading import Lock

from dripcourse.courses.folders.folder import Survey, content_hash, survey
from dripcourse.courses.folders.in_part import nothing, whole
from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.courses.linting.refusals import about_lesson, course_line, line_of, without_place
from dripcourse.domain.course import Course, Lesson
from dripcourse.errors import DripcourseError, InputError, Mistake
from dripcourse.mail.checks import html_bytes
from dripcourse.mail.compile import NOTICES, compile_lesson, compile_notice
from dripcourse.mail.samples import BRAND, VALUES
from dripcourse.mail.sentences import sentence
from dripcourse.mail.slots import fill
from dripcourse.spelling import spell_day, spell_list
from dripcourse.web.gallery_exhibits import Edition, Exhibit, Exhibition, Made
from dripcourse.web.gallery_stamp import stamp_of

_SIGNED_UP = date(2026, 5, 3)
_SENTENCES = {"paused": "paused_open", "resumed": "next_now"}


@dataclass(frozen=True)
class Wanted:
    """A mail to be made: a lesson with one of its passages, or a notice. Equal for equal mails of one frame."""

    lesson: Lesson | None = None
    instead: bool = False
    notice: str = ""

    @property
    def template(self) -> str:
        """The folder of `email_templates`."""
        return self.lesson.kind.value if self.lesson else self.notice


_Results = dict[tuple[str, Wanted], Made | str]


class Gallery:
    """One folder being looked at, from any number of threads. Keeps what it has made as long as it is current."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = Lock()
        self._last: Exhibition | None = None
        self._made: _Results = {}

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
            mistake = Mistake(str(self.folder), 0, message)
            return Exhibition(stamp, (Edition(nothing(self.folder), ()),), (mistake,))
        courses = [(edition, whole(edition)) for edition in found.editions]
        before, self._made = self._made, {}
        for edition, course in courses:
            frame = frame_of(course)
            for want in _wanted(edition):
                self._made[frame, want] = before.get((frame, want)) or _compiled(course, want)
        editions = tuple(_edition(edition, course, self._made, found) for edition, course in courses)
        return Exhibition(stamp, editions, (*_of_no_lesson(found), *_of_courses(courses, self._made)))


def frame_of(course: Course) -> str:
    """Equal for courses that differ in their lessons' texts only: then the other mails are the same too."""
    return f"{content_hash(replace(course, lessons=(), translations=()))} {course.days}"


def _wanted(edition: Survey) -> Iterator[Wanted]:
    """All mails of one language that can be made, in their order."""
    for file in edition.files:
        if file.lesson:
            yield Wanted(file.lesson)
        if file.lesson and file.lesson.instead:
            yield Wanted(file.lesson, instead=True)
    yield from (Wanted(notice=notice) for notice in NOTICES)


def _compiled(course: Course, want: Wanted) -> Made | str:
    """The mail, or why it cannot be made."""
    try:
        if want.lesson:
            compiled = compile_lesson(course, want.lesson, BRAND, instead=want.instead)
        else:
            compiled = compile_notice(course, want.notice, BRAND)
        values = _values(course.language, want.template)
        mail = fill(compiled, values)
    except DripcourseError as error:
        return str(error)
    return Made(mail, mail.preheader, html_bytes(mail.html))


def _values(language: str, template: str) -> Mapping[str, str]:
    """A value for each slot, in the mail's own language."""
    said = sentence(_SENTENCES.get(template, "taps_done"), language, done=spell_list(("1", "2", "4"), language))
    return {**VALUES, "signed_up": spell_day(_SIGNED_UP, language), "sentence": said}


def _edition(edition: Survey, course: Course, made: _Results, found: Survey) -> Edition:
    prefix = f"{edition.path.name}~" if edition is not found else ""
    frame = frame_of(course)
    own = {want: result for (of, want), result in made.items() if of == frame}
    lessons = [exhibit for file in edition.files for exhibit in _of_file(edition, course, file, prefix, own)]
    notices = [Exhibit(prefix + name, None, None, _shown(own[Wanted(notice=name)]), notice=name) for name in NOTICES]
    return Edition(course, (*lessons, *notices))


def _of_file(
    edition: Survey, course: Course, file: LessonFile, prefix: str, made: Mapping[Wanted, Made | str]
) -> Iterator[Exhibit]:
    """The mails of one lesson file; what both passages are refused for stands with the first."""
    name = prefix + file.path.stem.encode("utf-8", "replace").decode()
    own = [mistake for mistake in edition.mistakes if mistake.path == str(file.path)]
    result = made[Wanted(file.lesson)] if file.lesson else None
    own += _refused(course, file, result)
    yield Exhibit(name, file, file.lesson, _shown(result), tuple(own))
    if file.lesson and file.lesson.instead:
        theirs = replace(file.lesson, body=file.lesson.instead, perspective="", section=file.lesson.instead_section)
        result = made[Wanted(file.lesson, instead=True)]
        more = tuple(m for m in _refused(course, file, result, instead=True) if m not in own)
        yield Exhibit(f"{name}~instead", file, theirs, _shown(result), more, instead=True)


def _refused(course: Course, file: LessonFile, result: Made | str | None, *, instead: bool = False) -> list[Mistake]:
    about = about_lesson(course, file, result) if isinstance(result, str) else ""
    return [Mistake(str(file.path), line_of(file, about, instead=instead), about)] if about else []


def _shown(result: Made | str | None) -> Made | None:
    return result if isinstance(result, Made) else None


def _of_no_lesson(found: Survey) -> list[Mistake]:
    """Mistakes of the folders and of course.toml."""
    files = {str(file.path) for edition in found.editions for file in edition.files}
    return [mistake for mistake in found.mistakes if mistake.path not in files]


def _of_courses(courses: list[tuple[Survey, Course]], made: _Results) -> Iterator[Mistake]:
    """What mails are refused for that stands in course.toml; the same words are said once, in the first language."""
    said: set[str] = set()
    for edition, course in courses:
        files = {file.lesson: file for file in edition.files if file.lesson}
        own = frame_of(course)
        for (frame, want), result in made.items():
            file = files.get(want.lesson) if want.lesson else None
            refused = frame == own and isinstance(result, str) and not (file and about_lesson(course, file, result))
            text = without_place(course, str(result)) if refused else ""
            if text and text not in said:
                said.add(text)
                yield Mistake(str(edition.head.path), course_line(edition.head, course, text), text)
