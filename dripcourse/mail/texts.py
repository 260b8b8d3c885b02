"""The Markdown texts of one mail as HTML and as plain text, with the footnotes of all of them; it lays nothing out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dripcourse.domain.course import Course, Lesson, LessonKind
from dripcourse.domain.direction import language_direction
from dripcourse.errors import InputError
from dripcourse.mail.markdown import refuse_too_much, to_both

_FIRST_SENTENCE = re.compile(r".*?[.!?](?=\s|\Z)")
_SAFETY_IN_FULL = (LessonKind.WELCOME, LessonKind.RECAP, LessonKind.COMPLETION)
# Whoever has not begun, or has gone, is told nothing of what the course is about.
_WITHOUT_SAFETY = ("confirm", "left")


@dataclass(frozen=True)
class Field:
    """One Markdown text in both shapes."""

    html: str
    text: str


@dataclass(frozen=True)
class Texts:
    """All texts of one mail by name; `safety_line` is one plain sentence, `footnotes` a line a link."""

    fields: Mapping[str, Field]
    safety_line: str = ""
    footnotes: str = ""


def lesson_texts(course: Course, lesson: Lesson, place: str) -> Texts:
    """The texts of a lesson that are not empty. Raises InputError where they are too much for one mail."""
    action = lesson.action
    safety = "safety" if lesson.kind in _SAFETY_IN_FULL else "safety_line"
    return _read(
        {
            "note": lesson.note,
            "passage": lesson.body,
            "action": action.text if action else "",
            "solo": action.solo if action else "",
            "reflection": lesson.reflection,
            safety: course.safety_note,
            # Its short form belongs under a lesson, not under the whole note.
            "safety_footer": "" if safety == "safety" and course.safety_note.strip() else course.safety_footer,
            "footer": course.footer,
        },
        course,
        place,
    )


def notice_texts(course: Course, template: str, place: str) -> Texts:
    """What a mail outside the sequence has of the course's own texts. Raises InputError as `lesson_texts` does."""
    safety = {} if template in _WITHOUT_SAFETY else {"safety_line": course.safety_note}
    foot = {} if template in _WITHOUT_SAFETY else {"safety_footer": course.safety_footer}
    # Whoever has not confirmed gets the question and nothing else (GDPR: no advertising before consent).
    own = {} if template == "confirm" else {"footer": course.footer}
    return _read({**safety, **foot, **own}, course, place)


def _read(texts: Mapping[str, str], course: Course, place: str) -> Texts:
    """Each text in both shapes; links are numbered through the mail, in the order the texts are printed."""
    there = {name: text for name, text in texts.items() if text.strip()}
    fields: dict[str, Field] = {}
    notes: list[str] = []
    direction = language_direction(course.language)
    _refuse_too_much(there, place)
    for name, markdown in there.items():
        try:
            html, plain = to_both(markdown, len(notes) + 1, direction)
            fields[name] = Field(html, plain.text)
        except InputError as problem:
            raise InputError(f"{place}: {name}: {problem}") from problem
        if name != "safety_line":
            notes += plain.footnotes.splitlines()
    return Texts(fields, _first_sentence(fields.pop("safety_line", None)), "\n".join(notes))


def _refuse_too_much(texts: Mapping[str, str], place: str) -> None:
    """A lesson is one mail: what is too much for one text is too much for all of them together."""
    try:
        refuse_too_much("\n\n".join(texts.values()))
    except InputError as problem:
        raise InputError(f"{place}: {problem}") from problem


def _first_sentence(note: Field | None) -> str:
    if note is None:
        return ""
    text = re.sub(r" \[\d+\]", "", " ".join(note.text.split()))
    found = _FIRST_SENTENCE.match(text)
    return found.group(0) if found else text
