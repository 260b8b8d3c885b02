"""A draft told anew for other days: some taken out, some moved, some of the author's own among them. Writes no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dripcourse.courses.drafting import frames
from dripcourse.courses.drafting.draft import Day, Draft, Prompt
from dripcourse.domain.course import LessonKind


def renumbered(draft: Draft, final: Mapping[int, int], own: Sequence[Day], total: int) -> Draft:
    """The draft of `total` days in which the day `final` names stands in place of each day; one that is missing there
    is taken out. `own` are the author's lessons, with their final days. All words that name days follow."""
    kept = [(day, final[day.day]) for day in draft.days if day.day in final]
    stay = sorted([*kept, *((day, day.day) for day in own)], key=lambda pair: pair[1])
    at = {id(day): number for day, number in stay}
    days: list[Day] = []
    for day, number in stay:
        earlier = [(other, at[id(other)]) for other, _ in stay if at[id(other)] < number]
        days.append(day if any(day is mine for mine in own) else _told(day, number, earlier, draft))
    return replace(draft, days=tuple(days), options=replace(draft.options, days=total))


def _told(day: Day, number: int, earlier: Sequence[tuple[Day, int]], draft: Draft) -> Day:
    """The day as `number`. `earlier` are those that now stand before it, each with its day."""
    return replace(
        day,
        day=number,
        subject=frames.subject(number, _name(day)),
        continued_from=_began(day, earlier) if day.continued_from else 0,
        prompts=tuple(_prompt(prompt, earlier, draft) for prompt in day.prompts),
        back_to=_back_to(day, earlier),
        recap=_since(earlier) if day.kind is LessonKind.RECAP else (),
    )


def _name(day: Day) -> str:
    """What the subject calls the day."""
    if day.kind is LessonKind.RECAP:
        return "a look back"
    labels = "; ".join(prompt.label for prompt in day.prompts if prompt.stage != frames.NEUTRAL)
    return day.prompts[0].label if day.kind is LessonKind.PRACTICE else day.section or labels or day.perspective


def _began(day: Day, earlier: Sequence[tuple[Day, int]]) -> int:
    """The first day that now holds text of the section; 0 where it begins here."""
    if day.passage is None:
        return 0
    place = (day.passage.strand, day.passage.atoms[0].section_index)
    holding = (
        number
        for other, number in earlier
        if other.passage and any((other.passage.strand, atom.section_index) == place for atom in other.passage.atoms)
    )
    return min(holding, default=0)


def _back_to(day: Day, earlier: Sequence[tuple[Day, int]]) -> int:
    """The lesson that a day of practice sends back to, or the last one before it, where that is gone or to come."""
    if not day.back_to:
        return 0
    lessons = [(other.day, number) for other, number in earlier if other.kind is LessonKind.LESSON]
    meant = [number for was, number in lessons if was == day.back_to]
    return meant[-1] if meant else lessons[-1][1] if lessons else 0


def _prompt(prompt: Prompt, earlier: Sequence[tuple[Day, int]], draft: Draft) -> Prompt:
    """The prompt with the day on which its action was chosen, where it names it."""
    if prompt.step is None or prompt.stage != frames.STAGES[1]:
        return prompt
    chosen = next((n for day, n in earlier if any(p.step == prompt.step for p in day.prompts)), 0)
    text = frames.stage_text(1, prompt.label, chosen, 0) if chosen else f"Once more today: {prompt.label}."
    known = next((d.day for d in draft.days if any(p.step == prompt.step for p in d.prompts)), 0)
    return replace(prompt, text=text) if prompt.text == frames.stage_text(1, prompt.label, known, 0) else prompt


def _since(earlier: Sequence[tuple[Day, int]]) -> tuple[tuple[int, str, str], ...]:
    """The days since the last look back."""
    last = max((number for day, number in earlier if day.kind is LessonKind.RECAP), default=0)
    return tuple((number, day.title, day.labels) for day, number in earlier if number > last)
