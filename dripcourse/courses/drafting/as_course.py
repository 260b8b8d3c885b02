"""A draft as the course that its folder will hold: its blocks become Markdown. Writes no file."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from dripcourse.courses.article import Block
from dripcourse.courses.drafting import frames
from dripcourse.courses.drafting.blocks import Style, whole
from dripcourse.courses.drafting.compile import slug
from dripcourse.courses.drafting.draft import Day, Draft, Prompt
from dripcourse.courses.drafting.markdown import (
    as_markdown,
    excerpts_markdown,
    heading_markdown,
    paragraphs,
    step_markdown,
)
from dripcourse.domain.course import Action, Course, Lesson, LessonKind
from dripcourse.domain.direction import language_direction
from dripcourse.domain.mentions import escaped

_MOST_MINUTES = 120
_LONGEST_NAME = 200  # characters, as course folders allow


def as_course(draft: Draft) -> Course:
    """The course, equal to what `read_course` gives for its folder."""
    style = Style(draft.article.format == "text", language_direction(draft.language))
    days = tuple(_lesson(day, style) for day in draft.days)
    return Course(
        slug=slug(draft.title, 60) or "course",
        title=frames.cut_at_word(draft.title, _LONGEST_NAME),
        language=draft.language,
        lessons=(_welcome(draft, style), *days, _completion(draft, style)),
    )


def _lesson(day: Day, style: Style) -> Lesson:
    since = f" (continued from day {day.continued_from})" if day.continued_from else ""
    bodies = {LessonKind.LESSON: _passage, LessonKind.RECAP: _recap, LessonKind.PRACTICE: _practice}
    return Lesson(
        key=day.key,
        kind=day.kind,
        day=day.day,
        subject=escaped(day.subject),
        preheader=escaped(day.preheader),
        perspective=frames.cut_at_word(day.perspective, _LONGEST_NAME),
        section=frames.cut_at_word(day.section, _LONGEST_NAME - len(since)) + since if day.section else "",
        body=bodies[day.kind](day, style),
        action=_action(day, style),
        reflection=day.reflection,
    )


def _passage(day: Day, style: Style) -> str:
    """The passage, with a heading wherever another section begins inside it."""
    parts: list[str] = []
    shown = day.section
    for section, excerpts in groupby(day.passage.excerpts if day.passage else (), key=lambda one: one.section):
        if section and section != shown:
            parts.append(heading_markdown(section, 3, style.stars, style.base))
        shown = section
        parts.append(excerpts_markdown(list(excerpts), style.stars, style.base))
    return "\n\n".join(part for part in parts if part)


def _recap(day: Day, style: Style) -> str:
    lines = (f"- Day {number}: {_named(title, labels, style)}" for number, title, labels in day.recap)
    return "The days since the last look back:\n\n" + "\n".join(lines)


def _practice(day: Day, style: Style) -> str:  # noqa: ARG001  # as the other two
    again = f" If you have a moment, read day {day.back_to} once more." if day.back_to else ""
    return f"No new passage today.{again}"


def _named(title: str, labels: str, style: Style) -> str:
    return as_markdown(f"{title} ({labels})" if labels and labels != title else title, style.stars)


def _action(day: Day, style: Style) -> Action | None:
    if not day.prompts:
        return None
    minutes = min(_MOST_MINUTES, sum(prompt.minutes for prompt in day.prompts))
    return Action("\n\n".join(_prompt(prompt, style) for prompt in day.prompts), minutes)


def _prompt(prompt: Prompt, style: Style) -> str:
    if prompt.step is None or prompt.stage != "introduce":
        return as_markdown(prompt.text, style.stars)
    step = step_markdown(prompt.step, style.stars, style.base)
    parts = (_blocks(prompt.before, style), step, _blocks(prompt.after, style))
    return "\n\n".join(part for part in parts if part)


def _blocks(blocks: Iterable[Block], style: Style) -> str:
    return excerpts_markdown([whole(block) for block in blocks], style.stars, style.base)


def _welcome(draft: Draft, style: Style) -> Lesson:
    days = draft.options.days
    frame = f"This course has {days} short mails, one a day. Each takes a few minutes; a missed day does no harm."
    answer = draft.article.short_answer if draft.options.short_answer == "welcome" else ()
    return Lesson(
        key="welcome",
        kind=LessonKind.WELCOME,
        day=0,
        subject="Welcome: what to expect",
        preheader=f"How the next {days} days work. Two minutes to read.",
        body="\n\n".join(part for part in (_blocks(answer, style), frame) if part),
    )


def _completion(draft: Draft, style: Style) -> Lesson:
    days = [day for day in draft.days if day.kind is not LessonKind.RECAP]
    lines = (f"- Day {day.day}: {_named(day.title, day.labels, style)}" for day in days)
    parts = [f"That was the last of {draft.options.days} days. Here they are on one page:", "\n".join(lines)]
    if draft.options.include_cta:
        parts.append(paragraphs((d.text for d in draft.article.dropped if d.reason == "cta"), style.stars))
    return Lesson(
        key="completion",
        kind=LessonKind.COMPLETION,
        day=draft.options.days + 1,
        subject="The whole course on one page",
        preheader="All days and actions, to keep. Three minutes to read.",
        body="\n\n".join(part for part in parts if part),
    )
