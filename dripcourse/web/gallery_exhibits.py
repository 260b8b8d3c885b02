"""What the preview shows at one moment: mails by language, and what is wrong with them. Values only; it makes none."""

from __future__ import annotations

from dataclasses import dataclass

from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.domain.course import Course, Lesson
from dripcourse.domain.mentions import for_most
from dripcourse.errors import Mistake
from dripcourse.mail.samples import BRAND
from dripcourse.mail.slots import Filled


@dataclass(frozen=True)
class Made:
    """A mail with stand-in values. `size` is its HTML in bytes, as written or as encoded, whichever is more."""

    mail: Filled
    preheader: str
    size: int


@dataclass(frozen=True)
class Exhibit:
    """One mail of one language, and what is wrong with it. `name` is fit for an address and unique in the folder.

    `lesson` is what its reader gets: with the passage for those who opted out, where the exhibit is theirs.
    """

    name: str
    file: LessonFile | None  # None: a notice
    lesson: Lesson | None
    made: Made | None
    mistakes: tuple[Mistake, ...] = ()
    instead: bool = False
    notice: str = ""

    @property
    def subject(self) -> str:
        """What an inbox shows first; "" where there is nothing to show."""
        return for_most(self.lesson.subject) if self.lesson else self.made.mail.subject if self.made else ""

    @property
    def preheader(self) -> str:
        """What an inbox shows behind the subject."""
        return for_most(self.lesson.preheader) if self.lesson else self.made.preheader if self.made else ""


@dataclass(frozen=True)
class Edition:
    """The mails in one language: lessons in their order, each followed by its other passage, then the notices."""

    course: Course
    exhibits: tuple[Exhibit, ...]

    @property
    def lessons(self) -> tuple[Exhibit, ...]:
        """The mails of the sequence."""
        return tuple(exhibit for exhibit in self.exhibits if not exhibit.notice)

    @property
    def notices(self) -> tuple[Exhibit, ...]:
        """The mails outside of it."""
        return tuple(exhibit for exhibit in self.exhibits if exhibit.notice)

    @property
    def wrong(self) -> int:
        """How many mistakes its mails have."""
        return sum(len(exhibit.mistakes) for exhibit in self.exhibits)


@dataclass(frozen=True)
class Exhibition:
    """What there is to see of a folder at one moment. `mistakes` are those of no single mail."""

    stamp: str
    editions: tuple[Edition, ...]  # the course's own language first
    mistakes: tuple[Mistake, ...] = ()

    @property
    def course(self) -> Course:
        """The course in its own language."""
        return self.editions[0].course

    @property
    def exhibits(self) -> tuple[Exhibit, ...]:
        """All mails in all languages."""
        return tuple(exhibit for edition in self.editions for exhibit in edition.exhibits)

    def edition(self, language: str) -> Edition:
        """The edition in that language, the course's own where there is none."""
        return next((edition for edition in self.editions if edition.course.language == language), self.editions[0])

    @property
    def sender(self) -> str:
        """The name an inbox shows."""
        return self.course.sender.name if self.course.sender else BRAND.name

    @property
    def wrong(self) -> int:
        """How many mistakes there are in all; 0 is a folder that can be published."""
        return len(self.mistakes) + sum(edition.wrong for edition in self.editions)
