"""The Markdown texts of a course folder, each with the line it begins on. What is said in them is for the rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dripcourse.courses.folders.folder import Survey
from dripcourse.courses.folders.helplines import chosen
from dripcourse.courses.folders.lesson_file import LessonFile


@dataclass(frozen=True)
class Text:
    """One text as its author wrote it. `part` is its field, or "body"."""

    path: str
    part: str
    markdown: str
    line: int

    def line_at(self, offset: int) -> int:
        """The line in the file of the character at `offset`."""
        return self.line + self.markdown.count("\n", 0, offset)


def lesson_texts(file: LessonFile) -> list[Text]:
    """The texts of one lesson that are not empty, as its reader meets them; none where the file has mistakes."""
    lesson = file.lesson
    if lesson is None:
        return []
    action = lesson.action
    texts = {
        "note": lesson.note,
        "body": lesson.body,
        "action": action.text if action else "",
        "solo": action.solo if action else "",
        "reflection": lesson.reflection,
        "instead": lesson.instead,
    }
    return [Text(str(file.path), name, text, _begin(file, name, text)) for name, text in texts.items() if text.strip()]


def safety_text(found: Survey) -> Text:
    """The safety note of the course; empty where there is none."""
    return _course_text(found, "safety_note", found.head.values.get("safety_note", ""))


def course_texts(found: Survey) -> list[Text]:
    """What stands in course.toml for all mails and is not empty: safety note, helplines of its country, footer."""
    texts = {name: found.head.values.get(name, "") for name in ("safety_note", "footer")}
    if lines := chosen(found.head.values):
        texts |= {f"{lines.key}.text": lines.text, f"{lines.key}.footer": lines.footer}
    return [_course_text(found, name, text) for name, text in texts.items() if text.strip()]


def _course_text(found: Survey, key: str, text: str) -> Text:
    return Text(str(found.head.path), key, text, found.head.line(key) + ("\n" in text))


def all_texts(found: Survey) -> Iterator[Text]:
    """Every text of the folder: lesson by lesson, then those of course.toml."""
    for file in found.files:
        yield from lesson_texts(file)
    yield from course_texts(found)


def _begin(file: LessonFile, name: str, text: str) -> int:
    """A text of several lines begins below its name. (Inexact by a line for a block that holds a single one.)"""
    return file.line(name) + (name != "body" and "\n" in text)
