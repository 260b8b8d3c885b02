"""What only a person can settle: quoted scripture, sensitive subjects, helplines. The compiler cannot judge them.

Each has a field in course.toml by which the author says that he has looked: `scripture`, `safety_note`, `checked` of
the country's helplines, and `helplines_checked` for numbers in the safety note itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from dripcourse.courses.folders.folder import Survey
from dripcourse.courses.folders.helplines import chosen
from dripcourse.courses.linting.finding import Finding, in_order
from dripcourse.courses.linting.texts import Text, all_texts, lesson_texts, safety_text
from dripcourse.courses.reading.cautions import quotations, sensitive_words

_FRESH = timedelta(days=365)
_ZONES = timedelta(days=1)  # where the author lives it may be tomorrow already
_DATE = re.compile(r"\b\d{4}[-–/.]\d{1,2}[-–/.]\d{1,2}\b|\b\d{4}[-–/]\d{4}\b")
_NUMBER = re.compile(r"(?<![\w.,/])\+?\(?\d(?:[ ().\-–/]{0,2}\d){6,14}(?![\w/])")
_SHORT = re.compile(
    r"\b(?:call|dial|text|phone|ring|tel\.?|text\s+\w+\s+to)\s+(\d{3,6})\b(?![ ().\-–/]{0,2}\d)", re.IGNORECASE
)


def unsettled(found: Survey, today: date | None) -> list[Finding]:
    """The warnings that stop an unattended publish, in file and line order; empty where the author settled all.

    W_QUOTED_SCRIPTURE until `scripture` names the translation, W_SENSITIVE until there is a `safety_note`, and
    W_HELPLINES_... while the telephone numbers in it, or the helplines of the country, have no date, one in the
    future, or one over 365 days old. Without `today` (a date, in any zone) dates are not judged. Lessons with mistakes
    are passed over.
    """
    each = ((*_scripture(one), *_sensitive(one), *_helplines(one, today)) for one in found.editions)
    return in_order(finding for findings in each for finding in findings)


def telephone_numbers(text: str) -> list[str]:
    """What looks like a number to call, in order. (Inexact: short ones only behind an English word such as "call".)"""
    plain = _DATE.sub(" ", text)
    found = [*_NUMBER.finditer(plain), *_SHORT.finditer(plain)]
    return [match[match.lastindex or 0] for match in sorted(found, key=lambda m: m.start())]


def _scripture(found: Survey) -> Iterator[Finding]:
    if _filled(found, "scripture"):
        return
    for text in all_texts(found):
        at = 0
        for quotation in quotations(text.markdown):
            at = text.markdown.index(quotation.text, at)
            message = (
                f"quotes {quotation.quoted} words of {quotation.text}; name the translation and its terms in "
                "`scripture` in course.toml, or give the reference only"
            )
            yield Finding("W_QUOTED_SCRIPTURE", text.path, text.line_at(at), message)
            at += len(quotation.text)


def _sensitive(found: Survey) -> Iterator[Finding]:
    if _filled(found, "safety_note"):
        return
    texts = [text for file in found.files for text in lesson_texts(file)]
    words = sensitive_words("\n".join(text.markdown for text in texts))
    if words:
        first = next(text for text in texts if sensitive_words(text.markdown))
        message = (
            f"the lessons speak of {', '.join(words)} (first in {_name(first)}, line {_first_line(first)}), "
            "and safety_note is empty; write one before you publish"
        )
        yield Finding("W_SENSITIVE", str(found.head.path), 0, message)


def _helplines(found: Survey, today: date | None) -> Iterator[Finding]:
    numbers, checked = telephone_numbers(safety_text(found).markdown), found.head.values.get("helplines_checked")
    path = str(found.head.path)
    if numbers and checked is None:
        named = f"{len(numbers)} telephone number{'s' if len(numbers) != 1 else ''} ({', '.join(numbers)})"
        text = f"safety_note has {named}: call each of them, then set helplines_checked to the date"
        yield Finding("W_HELPLINES_UNCHECKED", path, found.head.line("safety_note"), text)
    elif checked:
        yield from _dated(found, "helplines_checked", checked, today, bool(numbers))
    if lines := chosen(found.head.values):
        if lines.checked is None:
            text = f"[{lines.key}] has no date: call each number, then set checked to the date"
            yield Finding("W_HELPLINES_UNCHECKED", path, found.head.line(lines.key), text)
        else:
            yield from _dated(found, f"{lines.key}.checked", lines.checked, today, True)


def _dated(found: Survey, key: str, checked: date, today: date | None, numbers: bool) -> Iterator[Finding]:
    path, line = str(found.head.path), found.head.line(key)
    if today and checked > today + _ZONES:
        text = f"{key} is {checked}, and today is {today}; give the day on which somebody called them"
        yield Finding("W_HELPLINES_AHEAD", path, line, text)
    elif today and numbers and today - checked > _FRESH:
        text = f"the helplines were checked {(today - checked).days} days ago; call each again and set the date anew"
        yield Finding("W_HELPLINES_OLD", path, line, text)


def _filled(found: Survey, name: str) -> bool:
    return bool(str(found.head.values.get(name, "")).strip())


def _name(text: Text) -> str:
    return re.split(r"[/\\]", text.path)[-1]


def _first_line(text: Text) -> int:
    return text.line_at(text.markdown.lower().index(sensitive_words(text.markdown)[0]))
