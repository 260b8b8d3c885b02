"""Article to draft: the whole compiler. Pure and deterministic; it moves the author's words and adds no claim.

data ── read_article ──> Article ── supply ──> strands ── schedule ──> passages, prompts ── days ──> Draft
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from dripcourse.courses.article import Options
from dripcourse.courses.drafting import frames, schedule
from dripcourse.courses.drafting.draft import Day, Draft, Passage, Prompt, Strand
from dripcourse.courses.drafting.lossless import check_draft
from dripcourse.courses.drafting.partition import content_days, practice_slots
from dripcourse.courses.drafting.supply import count, merge, merged, supply, thin
from dripcourse.courses.folders.course_keys import LANGUAGE
from dripcourse.courses.reading.readers import READERS, read_article
from dripcourse.domain.course import LessonKind
from dripcourse.errors import InputError

_FORMATS = ("auto", *READERS)
_ROTATE = ("auto", "always", "never")


def compile_article(data: bytes, options: Options) -> Draft:
    """The draft course of an article. Raises ArticleError (E_...) or InputError; then there is no draft."""
    check_options(options)
    article = read_article(data, options)
    around = supply(article, options)
    total = count(around, options)
    strands, found = schedule.arrange(merge(around.strands, total), total, options.rotate)
    content = content_days(options.days, options.recap_every)
    plan = schedule.prompts(article, around, content)
    days = _days(strands, found, plan, options)
    check_draft(article, days, options)
    joined = merged(len(around.strands), strands, len(found))
    notes = [*thin(around, options, total), *joined, *schedule.cautions(article, found, options, len(content))]
    return Draft(article, options, article.title, tuple(strands), tuple(days), (*article.cautions, *notes))


def check_options(options: Options) -> None:
    """Raises InputError for an option that is none of those there are. Days are judged with the article."""
    if options.format not in _FORMATS:
        raise InputError(f"format is {options.format!r}; it may be {', '.join(_FORMATS)}.")
    if options.rotate not in _ROTATE:
        raise InputError(f"rotate is {options.rotate!r}; it may be {', '.join(_ROTATE)}.")
    if options.short_answer not in ("welcome", "lesson1"):
        raise InputError(f"short_answer is {options.short_answer!r}; it may be welcome or lesson1.")
    if options.recap_every < 0 or options.recap_every == 1:
        raise InputError(f"recap_every is {options.recap_every}; use 2 or more, or 0 for no recaps.")
    if options.language and not LANGUAGE.fullmatch(options.language):
        raise InputError(f"language is {options.language!r}; use a tag such as en or de-AT.")
    if options.min_passage_words < 1 or options.max_passage_words < options.min_passage_words:
        raise InputError("min_passage_words must be 1 or more, and max_passage_words not less.")


def _days(
    strands: Sequence[Strand], found: Sequence[Passage], plan: Sequence[tuple[Prompt, ...]], options: Options
) -> list[Day]:
    """All days in order. Each is made from the ones before it: recaps, questions and keys look back."""
    content = content_days(options.days, options.recap_every)
    practice = practice_slots(len(content), len(found))
    passages = iter(found)
    slots = {day: (None if i in practice else next(passages), plan[i]) for i, day in enumerate(content)}
    days: list[Day] = []
    for number in range(1, options.days + 1):
        if number in slots:
            passage, prompts = slots[number]
            day = _lesson(number, strands, passage, prompts, days) if passage else _practice(number, prompts, days)
        else:
            day = _recap(number, days)
        days.append(_finish(day, days, options))
    return days


def _lesson(
    number: int, strands: Sequence[Strand], passage: Passage, prompts: tuple[Prompt, ...], days: Sequence[Day]
) -> Day:
    strand = strands[passage.strand]
    first = passage.atoms[0]
    name = first.section or "; ".join(prompt.label for prompt in prompts) or strand.title
    if not prompts:
        prompts = (_neutral(first.section or strand.title),)
    return Day(
        number,
        LessonKind.LESSON,
        key=first.section or strand.title,
        subject=frames.subject(number, name),
        preheader=_preheader(prompts),
        perspective=strand.title,
        section=first.section,
        continued_from=_began(passage, days) if first.starts != "section" else 0,
        passage=passage,
        prompts=prompts,
        reflection=_question(strand.kind.value, passage.number, days),
    )


def _practice(number: int, prompts: tuple[Prompt, ...], days: Sequence[Day]) -> Day:
    earlier = next(day for day in reversed(days) if day.passage)
    if not prompts:
        prompts = (_neutral(earlier.title),)
    running = sum(1 for day in days if day.kind is LessonKind.PRACTICE)
    return Day(
        number,
        LessonKind.PRACTICE,
        key=f"practice {prompts[0].label}",
        subject=frames.subject(number, prompts[0].label),
        preheader=_preheader(prompts),
        prompts=prompts,
        reflection=_question("action", running, days),
        back_to=earlier.day,
    )


def _recap(number: int, days: Sequence[Day]) -> Day:
    running = sum(1 for day in days if day.kind is LessonKind.RECAP)
    since = max((day.day for day in days if day.kind is LessonKind.RECAP), default=0)
    return Day(
        number,
        LessonKind.RECAP,
        key=f"a look back {running + 1}",
        subject=frames.subject(number, "a look back"),
        preheader="What stayed with you? There is no new lesson today.",
        reflection=_question("recap", running, days),
        recap=tuple((day.day, day.title, day.labels) for day in days if day.day > since),
    )


def _neutral(section: str) -> Prompt:
    return Prompt(section, frames.NEUTRAL, frames.no_action(section), frames.MINUTES[0])


def _preheader(prompts: Sequence[Prompt]) -> str:
    return frames.preheader("; ".join(p.label for p in prompts), sum(p.minutes for p in prompts))


def _question(kind: str, number: int, days: Sequence[Day]) -> str:
    return frames.reflection(kind, number, [day.reflection for day in days[-10:]])


def _began(passage: Passage, days: Sequence[Day]) -> int:
    """The day on which the section of the passage's first sentence began."""
    place = (passage.strand, passage.atoms[0].section_index)
    for day in days:
        if day.passage and any((day.passage.strand, atom.section_index) == place for atom in day.passage.atoms):
            return day.day
    return 0


def _finish(day: Day, days: Sequence[Day], options: Options) -> Day:
    """The day with a key of its own and the minutes it takes."""
    words = day.passage.words if day.passage else 0
    minutes = -(-words // max(1, options.wpm)) + sum(prompt.minutes for prompt in day.prompts)
    return replace(day, key=_unique(day, {d.key for d in days}), est_minutes=minutes)


def _unique(day: Day, taken: set[str]) -> str:
    base = slug(day.key, 50) or f"{day.kind.value}-{day.day}"
    names = (base, *(f"{base}-{n}" for n in range(2, 100)))
    return next(name for name in names if name not in taken | {"welcome", "completion"})


def slug(text: str, limit: int) -> str:
    """`text` as [a-z0-9-], at most `limit` characters; "" where it has no Latin letter or digit."""
    plain = unicodedata.normalize("NFKD", text.replace("'", "").replace("’", ""))
    ascii_text = plain.encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")
    return words if len(words) <= limit else words[: words.rfind("-", 0, limit + 1)].strip("-")[:limit]
