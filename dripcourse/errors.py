"""Every deliberate error of Dripcourse, as a tree. The message says what was found, where, and what to do.

DripcourseError            anything a person can act on; the CLI prints it as one line, the web answers 4xx
├── InputError             what was given is wrong: a file, an option, a form field        (exit 2, HTTP 400)
│   └── Mistakes           several of them at once, each with its place
├── NotFound               no such course, subscriber, enrollment, form or link            (exit 2, HTTP 404)
│   └── Nobody             a link of ours, and nothing is stored of its person any more    (exit 2, HTTP 410)
├── Refused                the input is fine, but doing it would break a promise           (exit 2, HTTP 409)
├── Enough                 it may be done, but has been done too often for now             (exit 2, HTTP 429)
└── ConfigError            a setting is missing or wrong                                   (exit 2)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class DripcourseError(Exception):
    """Anything a person can act on. `str(error)` is the one line he sees."""

    exit_code = 2
    http_status = 400


class InputError(DripcourseError):
    """What was given is wrong: a file, an option, a form field."""


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong in a file. `line` counts from 1; 0 means the file as a whole."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message}"


class Mistakes(InputError):
    """All mistakes of one run, in file and line order. `str()` has one line for each."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda m: (m.path, m.line)))
        super().__init__("\n".join(str(m) for m in self.mistakes))


class NotFound(DripcourseError):
    """No such course, subscriber, enrollment, form or link."""

    http_status = 404


class Nobody(NotFound):
    """A link of ours whose person is here no more: erased at his wish, or forgotten since he never confirmed."""

    http_status = 410


class Refused(DripcourseError):
    """The input is fine, but doing it would break a promise."""

    http_status = 409


class Enough(DripcourseError):
    """It may be done, but has been done too often for now. The message says when to go on."""

    http_status = 429


class ConfigError(DripcourseError):
    """A setting is missing or wrong. The message names the setting and what it may be."""
