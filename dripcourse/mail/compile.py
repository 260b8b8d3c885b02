"""Turns a lesson or a notice into a compiled mail, once for all its recipients; it fills no slots and sends nothing.

Markdown -> safe HTML and plain text -> Jinja2 layouts -> inlined styles -> checks on what came out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from markupsafe import Markup

from dripcourse.domain.course import Course, Lesson, LessonKind
from dripcourse.domain.direction import LEFT, RIGHT, language_direction, text_direction
from dripcourse.domain.mentions import replaced
from dripcourse.errors import InputError
from dripcourse.mail.brand import Brand, for_course
from dripcourse.mail.checks import refuse_unfit
from dripcourse.mail.early import comes_late
from dripcourse.mail.inline import inlined
from dripcourse.mail.logo import checked_logo
from dripcourse.mail.slots import MARK, CompiledMail, Filled, fill, sentinel_of, sentinels, slots, without_mentions
from dripcourse.mail.templates import known, render, shared
from dripcourse.mail.texts import Texts, lesson_texts, notice_texts
from dripcourse.mail.theme import sheet
from dripcourse.mail.words import spoken

__all__ = ["NOTICES", "CompiledMail", "Filled", "compile_lesson", "compile_notice", "fill", "slots"]

#: The mails outside the sequence of a course, by their folders in `email_templates`.
NOTICES = ("already", "confirm", "data", "erase", "left", "paused", "pick-up", "resumed")

_NUMBERED = re.compile(r"\w+\s+\d+\s*[:–—-]\s+")
_RECIPIENT = sentinels()["recipient"]
_LRM = "\u200e"  # LEFT-TO-RIGHT MARK


@dataclass(frozen=True, kw_only=True)
class _Draft:
    """All that goes into one mail, before the layout."""

    template: str
    course: Course
    brand: Brand
    place: str  # what an error says first
    texts: Texts
    facts: Mapping[str, str | int]  # for the sentences that are not the author's
    data: Mapping[str, Any] = field(default_factory=dict)  # for the template


def compile_lesson(course: Course, lesson: Lesson, brand: Brand, *, instead: bool = False) -> CompiledMail:
    """The lesson in the template of its kind; `course` is the edition of one language.

    With `instead` it is the mail of readers who opted out of the lesson's perspective: that is then not named at all.
    Raises InputError where the result may not be sent as it is.
    """
    place = f"{course.slug}, {lesson.key}"
    if instead:
        if not lesson.instead.strip():
            raise InputError(f"{place}: there is no passage for readers who opted out; give the lesson an `instead`")
        lesson = replace(lesson, body=lesson.instead, perspective="", section=lesson.instead_section)
    subject, preheader = (replaced(line, sentinel_of) for line in (lesson.subject, lesson.preheader))
    lesson = replace(lesson, subject=subject, preheader=preheader)
    own = for_course(brand, course)
    minutes = lesson.action.minutes if lesson.action else 0
    return _compiled(
        _Draft(
            template=lesson.kind.value,
            course=course,
            brand=own,
            place=place,
            texts=lesson_texts(course, lesson, place),
            facts=_facts(own, course) | {"day": lesson.day, "minutes": minutes},
            data={"lesson": _lesson_facts(lesson, minutes), "progress": {"percent": _percent(course, lesson)}},
        )
    )


def compile_notice(course: Course, template: str, brand: Brand) -> CompiledMail:
    """A mail outside the sequence, one of NOTICES, with the course's own sender, theme, logo, footer and language.

    Raises InputError as `compile_lesson` does, and for a template that is none of them.
    """
    if template not in NOTICES:
        raise InputError(f"there is no notice {template!r}; there are: {', '.join(NOTICES)}")
    place = f"{course.slug}, {template}"
    own = for_course(brand, course)
    texts = notice_texts(course, template, place)
    return _compiled(
        _Draft(template=template, course=course, brand=own, place=place, texts=texts, facts=_facts(own, course))
    )


def _compiled(draft: _Draft) -> CompiledMail:
    template, fields = known(draft.template), draft.texts.fields
    _refuse_marks(
        [draft.data, draft.facts, draft.brand, draft.texts, draft.course.words, draft.course.logo], draft.place
    )
    context = _context(draft)
    # `to_html` has sanitized these.
    html = {name: Markup(part.html) for name, part in fields.items()}  # noqa: S704
    text = {name: part.text for name, part in fields.items()}
    page = context | {"text": html, "mixed": any("dir=" in part.html for part in fields.values())}
    compiled = CompiledMail(
        template=template,
        language=draft.course.language,
        subject=str(context["subject"]),
        preheader=str(context["preheader"]),
        html=inlined(_page(template, page)),
        text=_text(template, context | {"text": text}),
    )
    refuse_unfit(compiled, draft.brand, [(part.html, part.text) for part in fields.values()], draft.place)
    return compiled


def _page(template: str, page: Mapping[str, Any]) -> str:
    """The HTML part before inlining; with a second stop link above the text where the foot could be clipped."""
    found = render(template, "body.html", {**page, "long": False})
    css = page["css"]
    if comes_late(found, css["inline"] + (css["mirrored"] if page["mixed"] else "")):
        found = render(template, "body.html", {**page, "long": True})
    if page["dir"] == LEFT:
        return found
    # An address runs from the left: else 12.anne@example.net would be shown as anne@example.net.12.
    head, body, rest = found.partition("<body")
    return head + body + rest.replace(_RECIPIENT, f'<span dir="{LEFT}">{_RECIPIENT}</span>')


def _text(template: str, context: Mapping[str, Any]) -> str:
    """The text part; a mark on both sides of an address keeps it whole, as its element does in HTML."""
    found = _without_gaps(render(template, "body.txt", context))
    return found.replace(_RECIPIENT, f"{_LRM}{_RECIPIENT}{_LRM}") if context["dir"] == RIGHT else found


def _context(draft: _Draft) -> dict[str, Any]:
    """What the templates see, but for the course's own texts: those differ between HTML and text."""
    course, slot = draft.course, sentinels()
    direction = language_direction(course.language)
    css = sheet(shared("theme.css"), course.theme, direction)
    said = spoken(course.language, course.words, {**draft.facts, **_of_reader(slot)})
    if not any(each.kind is LessonKind.RECAP for each in course.lessons):
        said["safety_more"] = said["safety_more_once"]
    context: dict[str, Any] = {
        **draft.data,
        "brand": {"name": draft.brand.name, "postal": _postal(draft.brand)},
        "foreign": _foreign([draft.brand.name, *_postal(draft.brand)], direction),
        "logo": _logo(draft),
        "slot": slot,
        "words": said,
        "safety_line": draft.texts.safety_line,
        "links": draft.texts.footnotes,
        "lang": course.language,
        "dir": direction,
        # Our own file, and a course's values were checked.
        "css": {name: Markup(part) for name, part in asdict(css).items()},  # noqa: S704
    }
    lesson = draft.data.get("lesson")
    preheader = lesson["preheader"] if lesson else said[f"{draft.template.replace('-', '_')}_preheader"]
    subject = " ".join(render(draft.template, "subject.txt", context).split())
    return context | {"subject": subject, "preheader": preheader}


def _facts(brand: Brand, course: Course) -> dict[str, str | int]:
    return {"course": course.title, "name": brand.name, "day": 0, "days": course.days, "minutes": 0}


def _of_reader(slot: Mapping[str, str]) -> dict[str, str]:
    """The facts that are filled in when the mail is sent."""
    return {"recipient": slot["recipient"], "signed_up": slot["signed_up"]}


def _logo(draft: _Draft) -> dict[str, str | int] | None:
    logo = checked_logo(draft.course.logo, draft.place)
    return {"url": logo.url, "alt": logo.alt, "width": logo.width, "height": logo.height} if logo else None


def _lesson_facts(lesson: Lesson, minutes: int) -> dict[str, str | int]:
    heading = _NUMBERED.sub("", lesson.subject, count=1) if _NUMBERED.match(lesson.subject) else lesson.subject
    return {
        "key": lesson.key,
        "kind": lesson.kind.value,
        "day": lesson.day,
        "subject": lesson.subject,
        "preheader": lesson.preheader,
        "heading": heading[:1].upper() + heading[1:],
        "eyebrow": "\u00a0· ".join(part for part in (lesson.perspective, lesson.section) if part),
        "minutes": minutes,
    }


def _percent(course: Course, lesson: Lesson) -> int:
    """How much of the course is behind the reader after this mail, 0 to 100."""
    if lesson.kind is LessonKind.COMPLETION:
        return 100
    return min(100, round(100 * lesson.day / course.days)) if course.days else 0


def _refuse_marks(values: object, place: str) -> None:
    """Nobody's text may look like a slot: it would be filled with the recipient's own links."""
    if MARK in without_mentions(repr(values)):
        raise InputError(f"{place}: the characters {MARK!r} are reserved; write them in another way")


def _postal(brand: Brand) -> list[str]:
    """The lines of the address; the sender's name stands before them already."""
    lines = [line.strip() for line in brand.postal_address.splitlines() if line.strip()]
    return lines[1:] if len(lines) > 1 and lines[0] == brand.name else lines


def _foreign(texts: list[str], direction: str) -> dict[str, str]:
    """Which of them are written the other way; unmarked, "12 Mill Lane" would turn into "Mill Lane 12" there."""
    found = {text: text_direction(text) for text in texts}
    return {text: way for text, way in found.items() if way not in ("", direction)}


def _without_gaps(text: str) -> str:
    """Empty parts of a layout leave at most one blank line. Code keeps its own: its blank lines are indented."""
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"
