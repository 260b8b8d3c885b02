"""Drafts and outlines for people and programs: JSON values with stable keys, and a tree of what was understood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from dripcourse.courses.article import Article, Block, Perspective, Section
from dripcourse.courses.codes import Caution, shorten
from dripcourse.courses.drafting.as_course import as_course
from dripcourse.courses.drafting.draft import Day, Draft, Prompt

_STEM, _LAST = ("├── ", "│   "), ("└── ", "    ")
Branch = tuple[str, list["Branch"]]


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


def outline_json(article: Article) -> dict[str, Any]:
    """What was understood of an article."""
    return {
        "title": article.title,
        "format": article.format,
        "encoding": article.encoding,
        "reading_minutes": article.reading_minutes,
        "short_answer": "\n\n".join(_texts(article.short_answer)),
        "headings": [[level, text] for level, text in article.headings],
        "actions": [
            {"text": step.text, "sub": list(step.sub), "extra": _texts(step.extra)} for step in article.actions
        ],
        "perspectives": [
            {
                "title": perspective.title,
                "kind": perspective.kind.value,
                "guessed": perspective.guessed,
                "words": perspective.words,
                "sentences": sum(len(block.atoms) for block in perspective.blocks),
                "sections": [{"title": s.title, "paragraphs": _texts(s.blocks)} for s in perspective.sections],
            }
            for perspective in article.perspectives
        ],
        "dropped": [{"text": d.text, "reason": d.reason, "line": d.line} for d in article.dropped],
        "warnings": _warnings(article.cautions),
    }


def _texts(blocks: Iterable[Block]) -> list[str]:
    return [block.text for block in blocks]


def _warnings(cautions: Iterable[Caution]) -> list[dict[str, Any]]:
    return [asdict(caution) for caution in cautions]


def outline_tree(article: Article) -> str:
    """The outline as a tree of plain text lines."""
    minutes = f", {article.reading_minutes} minutes to read" if article.reading_minutes else ""
    head = f"{article.title} ({article.format}, {article.encoding}{minutes})"
    branches: list[Branch] = []
    if article.short_answer:
        words = sum(block.words for block in article.short_answer)
        branches.append((f"short answer: {len(article.short_answer)} paragraphs, {words} words", []))
    branches += [_perspective(article, n, p) for n, p in enumerate(article.perspectives)]
    dropped: list[Branch] = [
        (f"line {d.line}, {d.reason}: {shorten(d.text)}", []) for d in article.dropped if d.reason != "marker"
    ]
    if dropped:
        branches.append(("left out", dropped))
    if article.cautions:
        branches.append(("warnings", [(str(caution), []) for caution in article.cautions]))
    return "\n".join((head, *_lines(branches, "")))


def _perspective(article: Article, number: int, perspective: Perspective) -> Branch:
    guess = "guessed" if perspective.guessed else "by name"
    steps = [step for step in article.actions if step.perspective == number]
    below = [_section(section) for section in perspective.sections]
    for step in steps:
        inner: list[Branch] = [(f"- {shorten(sub)}", []) for sub in step.sub]
        inner += [(f"with: {shorten(block.text)}", []) for block in step.extra]
        below.append((f"action {step.ordinal}: {shorten(step.text)}", inner))
    return f"{perspective.title} ({perspective.kind}, {guess}; {perspective.words} words)", below


def _section(section: Section) -> Branch:
    words = sum(block.words for block in section.blocks)
    count = f"{len(section.blocks)} paragraph{'s' if len(section.blocks) != 1 else ''}, {words} words"
    return f"{section.title or '(opening)'}: {count}", []


def _lines(branches: list[Branch], indent: str) -> Iterator[str]:
    for number, (text, below) in enumerate(branches, 1):
        first, rest = _LAST if number == len(branches) else _STEM
        yield indent + first + text
        yield from _lines(below, indent + rest)
