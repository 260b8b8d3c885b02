"""Turns a lesson or a notice into a compiled mail, once for all its recipients; it fills no slots and sends nothing.

Markdown -> safe HTML and plain text -> Jinja2 layouts -> inlined styles -> checks on what came out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from dripcourse.domain.course import Course, Lesson, LessonKind
from dripcourse.domain.direction import language_direction
from dripcourse.errors import InputError
from dripcourse.mail.brand import Brand, for_course
from dripcourse.mail.checks import refuse_unfit
from dripcourse.mail.inline import inlined
from dripcourse.mail.markdown import refuse_too_much, to_both
from dripcourse.mail.slots import MARK, CompiledMail, Filled, fill, sentinels, slots
from dripcourse.mail.templates import known, render, sample_data, shared
from dripcourse.mail.theme import sheet
from dripcourse.mail.words import words

__all__ = ["CompiledMail", "Filled", "compile_lesson", "compile_notice", "fill", "slots"]

_NUMBERED = re.compile(r"\w+\s+\d+\s*[:–—-]\s+")
_FIRST_SENTENCE = re.compile(r".*?[.!?](?=\s|\Z)")
# A mail this long could be clipped before its footer, so it gets a second stop link above the text.
_LONG = 12_000
_SAFETY_IN_FULL = (LessonKind.WELCOME, LessonKind.RECAP, LessonKind.COMPLETION)


@dataclass(frozen=True)
class _Field:
    """One Markdown text of a lesson in both shapes."""

    html: str
    text: str


@dataclass(frozen=True, kw_only=True)
class _Draft:
    """All that goes into one mail, before the layout."""

    template: str
    language: str
    brand: Brand
    place: str  # what an error says first
    facts: Mapping[str, str | int]  # for the sentences that are not the author's
    data: Mapping[str, Any]  # for the template
    fields: Mapping[str, _Field] = field(default_factory=dict)
    theme: Mapping[str, str] = field(default_factory=dict)


def compile_lesson(course: Course, lesson: Lesson, brand: Brand) -> CompiledMail:
    """The lesson in the template of its kind. Raises InputError where the result may not be sent as it is."""
    own = for_course(brand, course)
    place = f"{course.slug}, {lesson.key}"
    fields, links = _fields(_texts(course, lesson), place)
    minutes = lesson.action.minutes if lesson.action else 0
    safety_line = _first_sentence(fields.pop("safety_line", None))
    return _compiled(
        _Draft(
            template=lesson.kind.value,
            language=course.language,
            brand=own,
            place=place,
            facts=_facts(own, course.title) | {"day": lesson.day, "days": course.days, "minutes": minutes},
            data={
                "lesson": _lesson_facts(lesson, minutes),
                "progress": {"percent": _percent(course, lesson)},
                "safety_line": safety_line,
                "links": links,
            },
            fields=fields,
            theme=course.theme,
        )
    )


def compile_notice(template: str, context: Mapping[str, str | int], brand: Brand, language: str = "en") -> CompiledMail:
    """A mail outside the course sequence, such as confirm or left. Raises InputError as `compile_lesson` does.

    `context` needs the keys of the template's sample.json; `course_title` is one of them.
    """
    missing = sorted(set(sample_data(known(template))) - context.keys())
    if missing:
        raise InputError(f"the mail {template} needs a value for: {', '.join(missing)}")
    return _compiled(
        _Draft(
            template=template,
            language=language,
            brand=brand,
            place=template,
            facts=_facts(brand, str(context.get("course_title", ""))),
            data={"notice": dict(context), "links": "", "safety_line": ""},
        )
    )


def _compiled(draft: _Draft) -> CompiledMail:
    template, fields = known(draft.template), draft.fields
    _refuse_marks([draft.data, draft.facts, draft.brand, fields], draft.place)
    context = _context(draft)
    # `to_html` has sanitized these.
    html = {name: Markup(part.html) for name, part in fields.items()}  # noqa: S704
    text = {name: part.text for name, part in fields.items()}
    long = sum(len(part.html) for part in fields.values()) > _LONG
    compiled = CompiledMail(
        template=template,
        language=draft.language,
        subject=str(context["subject"]),
        preheader=str(context["preheader"]),
        html=inlined(render(template, "body.html", context | {"text": html, "long": long})),
        text=_without_gaps(render(template, "body.txt", context | {"text": text})),
    )
    refuse_unfit(compiled, draft.brand, [(part.html, part.text) for part in fields.values()], draft.place)
    return compiled


def _context(draft: _Draft) -> dict[str, Any]:
    """What the templates see, but for the lesson's own texts: those differ between HTML and text."""
    css = sheet(shared("theme.css"), draft.theme)
    slot = sentinels()
    spoken = _spoken(draft, slot)
    context: dict[str, Any] = {
        **draft.data,
        "course": {"title": draft.facts["course"]},
        "brand": {"name": draft.brand.name, "postal": _postal(draft.brand)},
        "slot": slot,
        "words": spoken,
        "lang": draft.language,
        "dir": language_direction(draft.language),
        # Our own file, and a course's values were checked.
        "css": {"inline": Markup(css.inline), "kept": Markup(css.kept)},  # noqa: S704
    }
    lesson = draft.data.get("lesson")
    preheader = lesson["preheader"] if lesson else spoken.get(f"{draft.template}_preheader", "")
    subject = " ".join(render(draft.template, "subject.txt", context).split())
    return context | {"subject": subject, "preheader": preheader}


def _facts(brand: Brand, course_title: str) -> dict[str, str | int]:
    return {"course": course_title, "name": brand.name, "day": 0, "days": 0, "minutes": 0}


def _texts(course: Course, lesson: Lesson) -> dict[str, str]:
    """The Markdown texts of this mail that are not empty, in the order they are printed."""
    action = lesson.action
    safety = "safety" if lesson.kind in _SAFETY_IN_FULL else "safety_line"
    texts = {
        "note": lesson.note,
        "passage": lesson.body,
        "action": action.text if action else "",
        "solo": action.solo if action else "",
        "reflection": lesson.reflection,
        safety: course.safety_note,
    }
    return {name: text for name, text in texts.items() if text.strip()}


def _fields(texts: Mapping[str, str], place: str) -> tuple[dict[str, _Field], str]:
    """Each text in both shapes, and the footnotes of all of them, numbered through the mail."""
    fields: dict[str, _Field] = {}
    notes: list[str] = []
    _refuse_too_much(texts, place)
    for name, markdown in texts.items():
        try:
            html, plain = to_both(markdown, first=len(notes) + 1)
            fields[name] = _Field(html, plain.text)
        except InputError as problem:
            raise InputError(f"{place}: {name}: {problem}") from problem
        if name != "safety_line":
            notes += plain.footnotes.splitlines()
    return fields, "\n".join(notes)


def _refuse_too_much(texts: Mapping[str, str], place: str) -> None:
    """A lesson is one mail: what is too much for one text is too much for all of them together."""
    try:
        refuse_too_much("\n\n".join(texts.values()))
    except InputError as problem:
        raise InputError(f"{place}: {problem}") from problem


def _lesson_facts(lesson: Lesson, minutes: int) -> dict[str, str | int]:
    heading = _NUMBERED.sub("", lesson.subject, count=1) if _NUMBERED.match(lesson.subject) else lesson.subject
    return {
        "kind": lesson.kind.value,
        "day": lesson.day,
        "subject": lesson.subject,
        "preheader": lesson.preheader,
        "heading": heading[:1].upper() + heading[1:],
        "eyebrow": " · ".join(part for part in (lesson.perspective, lesson.section) if part),
        "minutes": minutes,
    }


def _percent(course: Course, lesson: Lesson) -> int:
    """How much of the course is behind the reader after this mail, 0 to 100."""
    if lesson.kind is LessonKind.COMPLETION:
        return 100
    return min(100, round(100 * lesson.day / course.days)) if course.days else 0


def _spoken(draft: _Draft, slot: Mapping[str, str]) -> dict[str, str]:
    """The words of this language with the facts of this mail in them."""
    values = {**draft.facts, "recipient": slot["recipient"], "signed_up": slot["signed_up"]}
    try:
        return {name: text.format_map(values) for name, text in words(draft.language).items()}
    except (KeyError, ValueError, IndexError) as problem:
        raise InputError(f"words.toml: a text of [{draft.language}] has braces it should not: {problem}") from problem


def _first_sentence(note: _Field | None) -> str:
    if note is None:
        return ""
    text = re.sub(r" \[\d+\]", "", " ".join(note.text.split()))
    found = _FIRST_SENTENCE.match(text)
    return found.group(0) if found else text


def _refuse_marks(values: object, place: str) -> None:
    """Nobody's text may look like a slot: it would be filled with the recipient's own links."""
    if MARK in repr(values):
        raise InputError(f"{place}: the characters {MARK!r} are reserved; write them in another way")


def _postal(brand: Brand) -> list[str]:
    """The lines of the address; the sender's name stands before them already."""
    lines = [line.strip() for line in brand.postal_address.splitlines() if line.strip()]
    return lines[1:] if len(lines) > 1 and lines[0] == brand.name else lines


def _without_gaps(text: str) -> str:
    """Empty parts of a layout leave at most one blank line. Code keeps its own: its blank lines are indented."""
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"
