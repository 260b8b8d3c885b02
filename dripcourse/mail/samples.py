"""Each template filled with its own sample data, for previews and tests; no subscriber's mail is made here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dripcourse.domain.course import Action, Course, Lesson, LessonKind
from dripcourse.mail.brand import Brand
from dripcourse.mail.compile import NOTICES, CompiledMail, compile_lesson, compile_notice
from dripcourse.mail.templates import sample_data

#: A value for every slot, for showing a compiled mail to somebody who is not its recipient.
VALUES = {
    "recipient": "anne@example.com",
    "signed_up": "3 May 2026",
    "sentence": "You tapped Done on days 1, 2 and 4, and Not today on day 3.",
    "opt_in": "",
    "leave_url": "https://course.example.com/leave/sample",
    "me_url": "https://course.example.com/me/sample",
    "confirm_url": "https://course.example.com/confirm/sample",
    "decline_url": "https://course.example.com/decline/sample",
    "undo_url": "https://course.example.com/undo/sample",
    "data_url": "https://course.example.com/data/sample",
    "erase_url": "https://course.example.com/erase/sample",
}

BRAND = Brand(
    name="Small Steps",
    from_address="course@example.com",
    reply_to="hello@example.com",
    postal_address="Small Steps\n12 Mill Lane\nSpringfield, VT 05156, USA",
    base_url="https://course.example.com",
    list_domain="lists.example.com",
)


def sample(template: str, brand: Brand = BRAND, **changes: Any) -> CompiledMail:
    """The template, compiled from its sample.json, with `changes` of the course, such as language="de".

    Raises InputError for an unknown template or a bad sample.
    """
    data = sample_data(template)
    course = replace(_course(data["course"]), **changes)
    if template in NOTICES:
        return compile_notice(course, template, brand)
    return compile_lesson(course, _lesson(template, data["lesson"]), brand)


def _course(facts: dict[str, Any]) -> Course:
    days = tuple(
        Lesson(key=f"day-{day}", kind=LessonKind.LESSON, day=day, subject=f"Day {day}")
        for day in range(1, int(facts["days"]) + 1)
    )
    return Course(
        slug="sample",
        title=str(facts["title"]),
        language=str(facts["language"]),
        lessons=days,
        safety_note=str(facts.get("safety_note", "")),
    )


def _lesson(template: str, facts: dict[str, Any]) -> Lesson:
    action = facts.get("action")
    return Lesson(
        key="sample",
        kind=LessonKind(template),
        day=int(facts["day"]),
        subject=str(facts["subject"]),
        preheader=str(facts["preheader"]),
        perspective=str(facts.get("perspective", "")),
        section=str(facts.get("section", "")),
        body="\n".join(facts.get("body", [])),
        action=Action("\n".join(action), int(facts.get("minutes", 0)), str(facts.get("solo", ""))) if action else None,
        reflection=str(facts.get("reflection", "")),
        note=str(facts.get("note", "")),
    )
