"""A finding about sentences that may be the compiler's, with their fields. It does not ask whose they are."""

from __future__ import annotations

from dataclasses import dataclass

from dripcourse.courses.folders.lesson_file import LessonFile
from dripcourse.courses.linting.finding import Finding


@dataclass(frozen=True)
class Spot:
    """A field of a lesson file, or "body". Equal for the same field of the same file."""

    file: LessonFile
    field: str

    def __hash__(self) -> int:
        return hash((self.file.path, self.field))  # a LessonFile keeps a dict

    @property
    def line(self) -> int:
        """The line on which the field begins."""
        return self.file.line(self.field)


@dataclass(frozen=True)
class Weakness:
    """What would be said of `spots`; `finding` stands at one of them."""

    finding: Finding
    spots: tuple[Spot, ...]
