"""What `course check` says of a course's own colours, in light and in dark. The mails are not looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from dripcourse.courses.folders.course_file import CourseFile
from dripcourse.courses.linting.finding import Finding
from dripcourse.errors import InputError
from dripcourse.mail.templates import shared
from dripcourse.mail.theme import PAIRS, READABLE, contrast, themed, tokens

VISIBLE = 3.0  # WCAG 2.2, success criterion 1.4.11: what is no text but has a meaning
#: What the theme draws with a meaning and without a text: the bar that shows how far a reader is.
SHAPES: tuple[tuple[str, str], ...] = (("accent", "line"),)

_SCHEMES = {"light": "", "dark": "-dark"}
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def theme_findings(head: CourseFile) -> list[Finding]:
    """What is wrong with the course's `[theme]`: E_CONTRAST and E_THEME where `publish` refuses, W_CONTRAST else.

    Texts on their grounds are `mail.theme.PAIRS`, and the least contrast is that of `mail.theme`.
    """
    shipped = tokens(shared("theme.css"))
    values = {**shipped, **head.theme}
    found = list(_faint(head, values))
    try:
        themed(shipped, head.theme)
    except InputError as error:
        if not any(finding.code == "E_CONTRAST" for finding in found):
            found.append(Finding("E_THEME", str(head.path), _line_named(head, str(error)), str(error)))
    return found


def _faint(head: CourseFile, values: Mapping[str, str]) -> Iterator[Finding]:
    kinds = (("E_CONTRAST", PAIRS, READABLE, "readable text"), ("W_CONTRAST", SHAPES, VISIBLE, "the bar of progress"))
    for code, pairs, least, what in kinds:
        for scheme, ending in _SCHEMES.items():
            for front, ground in ((a + ending, b + ending) for a, b in pairs):
                ratio = _ratio(values[front], values[ground])
                if ratio < least:
                    own = [name for name in (front, ground) if name in head.theme]
                    text = (
                        f"{front} ({values[front]}) on {ground} ({values[ground]}) has a contrast of {ratio:.1f} "
                        f"in {scheme} mode, {what} needs {least}; change {' or '.join(own)}"
                    )
                    yield Finding(code, str(head.path), head.line(f"theme.{own[0]}"), text)


def _ratio(one: str, other: str) -> float:
    """The contrast, or the highest there is where a value is no colour: that is another mistake."""
    colours = _COLOUR.fullmatch(one) and _COLOUR.fullmatch(other)
    return contrast(one, other) if colours else 21.0


def _line_named(head: CourseFile, message: str) -> int:
    """The line of the first token of the course that the message names before it lists what there is."""
    said = message.partition(";")[0]
    return next((head.line(f"theme.{name}") for name in head.theme if re.search(rf"\b{name}\b", said)), 0)
