"""A draft as the course that its folder will hold: plain text becomes Markdown. Writes no file."""

from __future__ import annotations

from dripcourse.courses.drafting import frames
from dripcourse.courses.drafting.compile import slug
from dripcourse.courses.drafting.draft import Day, Draft, Prompt
from dripcourse.courses.drafting.markdown import as_markdown, block_markdown, paragraphs, step_markdown
from dripcourse.domain.course import Action, Course, Lesson, LessonKind

_MOST_MINUTES = 120


def as_course(draft: Draft) -> Course:
    """The course, equal to what `read_course` gives for its folder."""
    days = tuple(_lesson(day) for day in draft.days)
    return Course(
        slug=slug(draft.title, 60) or "course",
        title=frames.one_line(draft.title),
        language=draft.options.language,
        lessons=(_welcome(draft), *days, _completion(draft)),
    )


def _lesson(day: Day) -> Lesson:
    since = f" (continued from day {day.continued_from})" if day.continued_from else ""
    bodies = {LessonKind.LESSON: _passage, LessonKind.RECAP: _recap, LessonKind.PRACTICE: _practice}
    return Lesson(
        key=day.key,
        kind=day.kind,
        day=day.day,
        subject=day.subject,
        preheader=day.preheader,
        perspective=frames.one_line(day.perspective),
        section=frames.one_line(day.section) + since if day.section else "",
        body=bodies[day.kind](day),
        action=_action(day),
        reflection=day.reflection,
    )


def _passage(day: Day) -> str:
    """The passage, with a heading wherever another section begins inside it."""
    parts: list[str] = []
    shown = day.section
    for excerpt in day.passage.excerpts if day.passage else ():
        if excerpt.section != shown and excerpt.section:
            parts.append(f"### {as_markdown(excerpt.section)}")
        shown = excerpt.section
        parts.append(block_markdown(excerpt.block, excerpt.text))
    return "\n\n".join(parts)


def _recap(day: Day) -> str:
    lines = (f"- Day {number}: {_named(title, labels)}" for number, title, labels in day.recap)
    return "The days since the last look back:\n\n" + "\n".join(lines)


def _practice(day: Day) -> str:
    return f"No new passage today. If you have a moment, read day {day.back_to} once more."


def _named(title: str, labels: str) -> str:
    return as_markdown(f"{title} ({labels})" if labels and labels != title else title)


def _action(day: Day) -> Action | None:
    if not day.prompts:
        return None
    minutes = min(_MOST_MINUTES, sum(prompt.minutes for prompt in day.prompts))
    return Action("\n\n".join(_prompt(prompt) for prompt in day.prompts), minutes)


def _prompt(prompt: Prompt) -> str:
    if prompt.step is None or prompt.stage != "introduce":
        return as_markdown(prompt.text)
    blocks = [block_markdown(block) for block in prompt.before]
    blocks.append(step_markdown(prompt.step.text, prompt.step.sub))
    blocks += [block_markdown(block) for block in (*prompt.step.extra, *prompt.after)]
    return "\n\n".join(blocks)


def _welcome(draft: Draft) -> Lesson:
    days = draft.options.days
    frame = f"This course has {days} short mails, one a day. Each takes a few minutes; a missed day does no harm."
    answer = draft.article.short_answer if draft.options.short_answer == "welcome" else ()
    return Lesson(
        key="welcome",
        kind=LessonKind.WELCOME,
        day=0,
        subject="Welcome: what to expect",
        preheader=f"How the next {days} days work. Two minutes to read.",
        body="\n\n".join((*map(block_markdown, answer), frame)),
    )


def _completion(draft: Draft) -> Lesson:
    days = [day for day in draft.days if day.kind is not LessonKind.RECAP]
    lines = (f"- Day {day.day}: {_named(day.title, day.labels)}" for day in days)
    parts = [f"That was the last of {draft.options.days} days. Here they are on one page:", "\n".join(lines)]
    if draft.options.include_cta:
        parts.append(paragraphs(d.text for d in draft.article.dropped if d.reason == "cta"))
    return Lesson(
        key="completion",
        kind=LessonKind.COMPLETION,
        day=draft.options.days + 1,
        subject="The whole course on one page",
        preheader="All days and actions, to keep. Three minutes to read.",
        body="\n\n".join(part for part in parts if part),
    )
