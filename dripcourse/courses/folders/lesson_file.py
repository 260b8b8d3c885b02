"""One lesson file to a Lesson, strictly: every wrong field is named with its line. Other files do not matter here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dripcourse.courses.folders.front import PLACEHOLDER, Front, Value, Wrong, decode_file, split
from dripcourse.domain.course import Action, Lesson, LessonKind
from dripcourse.errors import Mistake

FILE_NAME = re.compile(r"(\d{2,4})-(.+)\.md")
KEY = re.compile(r"[a-z0-9-]{1,60}")
_MINUTES = range(1, 121)


@dataclass(frozen=True)
class Field:
    """A field of the front matter. `limit` counts characters; 0 is no limit."""

    one_line: bool = True
    number: bool = False
    limit: int = 0


FIELDS: dict[str, Field] = {
    "key": Field(limit=60),
    "kind": Field(),
    "subject": Field(limit=120),
    "preheader": Field(limit=150),
    "perspective": Field(limit=200),
    "section": Field(limit=200),
    "source": Field(),
    "action": Field(one_line=False),
    "minutes": Field(number=True),
    "solo": Field(one_line=False),
    "reflection": Field(one_line=False),
    "note": Field(one_line=False),
    "instead_section": Field(limit=200),
    "instead": Field(one_line=False),
    "translates": Field(limit=60),
}
_BELONGS = (
    ("minutes", "action", "an action"),
    ("solo", "action", "an action"),
    ("instead_section", "instead", "a passage in instead"),
)
_ALWAYS = ("key", "kind", "subject", "preheader")
REQUIRED: dict[LessonKind, tuple[str, ...]] = {
    LessonKind.WELCOME: _ALWAYS,
    LessonKind.LESSON: (*_ALWAYS, "perspective", "action", "reflection"),
    LessonKind.RECAP: (*_ALWAYS, "reflection"),
    LessonKind.PRACTICE: (*_ALWAYS, "action", "reflection"),
    LessonKind.COMPLETION: _ALWAYS,
}


@dataclass(frozen=True)
class LessonFile:
    """A file of the folder: where it stands, the lesson if it could be read, and what is wrong with it."""

    path: Path
    day: int
    name_key: str
    lesson: Lesson | None = None
    kind: LessonKind | None = None
    key: str = ""
    translates: str = ""  # of a translation: the print of its original; not part of the course
    source: str = ""  # the lines of article.md that its text comes from; not part of the course
    lines: dict[str, int] = field(default_factory=dict)  # field -> line; "body" too
    mistakes: tuple[Mistake, ...] = ()

    def line(self, name: str) -> int:
        """The line of a field, 0 where the file has none."""
        return self.lines.get(name, 0)


def read_lesson(path: Path) -> LessonFile:
    """The lesson in `path`, whose name must match FILE_NAME. Never raises for what is in the file."""
    name = FILE_NAME.fullmatch(path.name)
    day, name_key = (int(name[1]), name[2]) if name else (0, "")
    try:
        front = split(decode_file(path.read_bytes()))
    except Wrong as wrong:
        return LessonFile(path, day, name_key, mistakes=(Mistake(str(path), wrong.line, wrong.message),))
    except OSError as error:
        return LessonFile(path, day, name_key, mistakes=(Mistake(str(path), 0, f"cannot be read: {error.strerror}"),))
    texts = {name: value.text for name, value in front.fields.items()}
    kind = LessonKind(texts["kind"]) if texts.get("kind") in set(LessonKind) else None
    mistakes = tuple(Mistake(str(path), line, message) for line, message in _wrong(front, kind, name_key))
    return LessonFile(
        path,
        day,
        name_key,
        lesson=_lesson(texts, kind, day, front.body) if kind and not mistakes else None,
        kind=kind,
        key=texts.get("key", ""),
        source=texts.get("source", "").strip(),
        translates=texts.get("translates", "").strip(),
        lines={**{name: value.line for name, value in front.fields.items()}, "body": front.body_line},
        mistakes=mistakes,
    )


def _wrong(front: Front, kind: LessonKind | None, name_key: str) -> Iterator[tuple[int, str]]:
    for name, first, line in front.repeated:
        yield line, f"{name} is given twice (first in line {first}); keep one"
    for name, value in front.fields.items():
        yield from _wrong_field(name, value)
    yield from _wrong_kind(front, kind)
    key = front.fields.get("key")
    if key and key.text != name_key:
        yield key.line, f"key is {key.text!r}, but the file name says {name_key!r}; make them equal"
    yield from _dangling(front)
    for line, found in _placeholders(front.body, front.body_line):
        yield line, f"the placeholder {found} is left in the text; write the text, or escape it as \\{{\\{{"
    if not front.body and kind not in (None, LessonKind.PRACTICE):
        yield front.body_line, "the body is empty; write the passage below the front matter"


def _dangling(front: Front) -> Iterator[tuple[int, str]]:
    """Fields that say something about another one, which is not there."""
    for name, other, what in _BELONGS:
        value, needed = front.fields.get(name), front.fields.get(other)
        if value and value.text.strip() and not (needed and (needed.text.strip() or needed.seen_as)):
            yield value.line, f"{name} belongs to {what}, and there is none; add {other} or delete it"


def _wrong_kind(front: Front, kind: LessonKind | None) -> Iterator[tuple[int, str]]:
    named = front.fields.get("kind")
    if named and not kind and not named.seen_as:
        yield named.line, f"kind is {named.text!r}; it may be {', '.join(LessonKind)}"
    for name in REQUIRED[kind] if kind else _ALWAYS:
        if name not in front.fields:
            yield 1, f"{name} is missing" + (f"; a {kind} needs it" if kind else "")
        elif not front.fields[name].seen_as and not front.fields[name].text.strip():
            yield front.fields[name].line, f"{name} is empty; give it a text"


def _wrong_field(name: str, value: Value) -> Iterator[tuple[int, str]]:
    rule = FIELDS.get(name)
    if rule is None:
        yield value.line, f"{name} is not a field; the fields are {', '.join(FIELDS)}"
    elif rule.number:
        if not re.fullmatch(r"\d{1,3}", value.text) or int(value.text) not in _MINUTES or value.seen_as != "a number":
            yield value.line, f"{name} is {value.text!r}; give a whole number from 1 to 120, without quotes"
    elif value.seen_as:
        quoted = f'; put it in quotes: "{value.text}"' if value.text else "; give a text or delete the line"
        yield value.line, f"{name} must be a text, but YAML reads {value.text or 'it'} as {value.seen_as}{quoted}"
    else:
        yield from _wrong_text(name, rule, value)


def _wrong_text(name: str, rule: Field, value: Value) -> Iterator[tuple[int, str]]:
    text = value.text.strip()
    if rule.one_line and any(c in "\n\r\x85\u2028\u2029" for c in text):
        yield value.line, f"{name} has a line break; it must be one line"
    elif any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in text):
        yield value.line, f"{name} has an invisible control character; type it anew"
    if rule.limit and len(text) > rule.limit:
        yield value.line, f"{name} has {len(text)} characters (limit {rule.limit}); make it shorter"
    if name == "key" and text and not KEY.fullmatch(text):
        yield value.line, f"key is {text!r}; use a-z, 0-9 and -, at most 60"
    for line, found in _placeholders(value.text, value.text_line):
        yield line, f"the placeholder {found} is left in {name}; write the text itself"


def _placeholders(text: str, first_line: int) -> Iterator[tuple[int, str]]:
    for match in PLACEHOLDER.finditer(text):
        yield first_line + text[: match.start()].count("\n"), match[0]


def _lesson(texts: dict[str, str], kind: LessonKind, day: int, body: str) -> Lesson:
    given = {name: text.strip() for name, text in texts.items()}
    action = None
    if given.get("action"):
        action = Action(given["action"], int(given.get("minutes", "0")), given.get("solo", ""))
    plain = [name for name in FIELDS if name not in ("kind", "source", "action", "minutes", "solo", "translates")]
    return Lesson(kind=kind, day=day, body=body, action=action, **{name: given.get(name, "") for name in plain})
