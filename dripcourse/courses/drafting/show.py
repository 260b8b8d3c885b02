"""Drafts for programs: JSON values with stable keys (docs/json.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from dripcourse.courses.article import Block
from dripcourse.courses.codes import Caution
from dripcourse.courses.drafting.as_course import as_course
from dripcourse.courses.drafting.draft import Day, Draft, Prompt


def draft_json(draft: Draft) -> dict[str, Any]:
    """The whole draft. `passage` and `action_text` are the article's own words on the day they are introduced."""
    course = as_course(draft)
    welcome, completion = course.lessons[0], course.lessons[-1]
    return {
        "title": course.title,
        "slug": course.slug,
        "language": course.language,
        "days": draft.options.days,
        "lessons": [_day(day) for day in draft.days],
        "welcome": {"subject": welcome.subject, "preheader": welcome.preheader, "body": welcome.body},
        "completion": {"subject": completion.subject, "preheader": completion.preheader, "body": completion.body},
        "warnings": _warnings(draft.cautions),
    }


def _day(day: Day) -> dict[str, Any]:
    passage = day.passage
    first = passage.first if passage else 0
    return {
        "day": day.day,
        "kind": day.kind.value,
        "key": day.key,
        "subject": day.subject,
        "preheader": day.preheader,
        "perspective": day.perspective,
        "section": day.section,
        "sections": list(passage.sections) if passage else [],
        "continued_from": day.continued_from or None,
        "passage": passage.text if passage else "",
        "words": passage.words if passage else 0,
        "lines": list(passage.lines) if passage else None,
        "sentences": [first + 1, first + len(passage.atoms)] if passage else None,  # numbered in the perspective
        "action_text": "\n\n".join(text for prompt in day.prompts for text in _prompt(prompt)),
        "actions": [{"label": p.label, "stage": p.stage, "minutes": p.minutes, "text": p.text} for p in day.prompts],
        "reflection": day.reflection,
        "recap": [{"day": number, "title": title, "actions": labels} for number, title, labels in day.recap],
        "note": "",
        "est_minutes": day.est_minutes,
    }


def _prompt(prompt: Prompt) -> list[str]:
    extra = prompt.step.extra if prompt.step and prompt.stage == "introduce" else ()
    return [*_texts(prompt.before), prompt.text, *_texts((*extra, *prompt.after))]


def _texts(blocks: Iterable[Block]) -> list[str]:
    return [block.text for block in blocks]


def _warnings(cautions: Iterable[Caution]) -> list[dict[str, Any]]:
    return [asdict(caution) for caution in cautions]
