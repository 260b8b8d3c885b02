"""Which passage and which actions fall on which content day. Decides; the wording is in `frames`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dripcourse.courses.article import Article, Kind, Options, Step
from dripcourse.courses.codes import Caution
from dripcourse.courses.drafting import frames, partition
from dripcourse.courses.drafting.draft import Passage, Prompt, Strand, usable_language
from dripcourse.courses.drafting.supply import Supply, join_smallest
from dripcourse.domain.direction import primary_language

_CRUMB = 5  # no passage is shorter than a fifth of the mean
_LUMP = 2  # none is longer than twice the mean, but for a sentence that is so by itself


def arrange(strands: Sequence[Strand], total: int, rotate: str) -> tuple[list[Strand], list[Passage]]:
    """(strands, all passages in the order of the days): `total`, or fewer where some would be crumbs.

    Perspectives too small for a day of their own are joined with a neighbour until passages are of a length.
    """
    arranged = list(strands)
    while True:
        runs = _runs(arranged, total)
        odd = _out_of_balance(runs)
        if odd is None or len(arranged) == 1:
            break
        arranged = join_smallest(arranged, odd)
    waiting = [iter(run) for run in runs]
    shares = [len(run) for run in runs]
    order = partition.in_turn(shares) if rotates(arranged, rotate) else partition.one_by_one(shares)
    return arranged, [next(waiting[strand]) for strand in order]


def _runs(strands: Sequence[Strand], total: int) -> list[list[Passage]]:
    """The passages of each strand. A lone short list item is not worth a day: then the strand has fewer."""
    words = sum(strand.words for strand in strands)
    most = [len(strand.atoms) for strand in strands]
    while True:
        passages = min(total, sum(most))
        shares = partition.share([s.words for s in strands], most, passages)
        runs = [_cut(number, strand, shares[number]) for number, strand in enumerate(strands)]
        crumbs = [sum(_CRUMB * passages * passage.words < words for passage in run) for run in runs]
        if not any(few and share > 1 for few, share in zip(crumbs, shares, strict=True)):
            return runs
        most = [max(1, k - few) if few else limit for k, few, limit in zip(shares, crumbs, most, strict=True)]


def _out_of_balance(runs: Sequence[Sequence[Passage]]) -> list[int] | None:
    """None if all passages are of a length; else the strands that are crumbs, or none where one has a lump."""
    found = [passage for run in runs for passage in run]
    words = sum(passage.words for passage in found)
    crumbs = [p for p, run in enumerate(runs) if any(_CRUMB * len(found) * x.words < words for x in run)]
    if crumbs:
        return crumbs
    longest = max(placed.atom.words for passage in found for placed in passage.atoms)
    limit = _LUMP * max(words, longest * len(found))
    return [] if any(passage.words * len(found) > limit for passage in found) else None


def rotates(strands: Sequence[Strand], rotate: str) -> bool:
    """Whether perspectives take turns; by themselves where there are a few, and not of one kind that says nothing."""
    if rotate == "auto":
        return 2 <= len(strands) <= 6 and any(strand.kind is not Kind.OTHER for strand in strands)
    return rotate == "always"


def _cut(number: int, strand: Strand, runs: int) -> list[Passage]:
    words = [placed.atom.words for placed in strand.atoms]
    costs = partition.cut_costs([placed.starts for placed in strand.atoms], strand.words)
    starts = partition.cut(words, costs, runs)
    ends = [*starts[1:], len(words)]
    return [
        Passage(number, running, start, strand.atoms[start:end])
        for running, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


def prompts(article: Article, around: Supply, days: Sequence[int]) -> list[tuple[Prompt, ...]]:
    """The actions of each content day; empty where the article has none. `days` are the numbers of those days."""
    steps = article.actions
    if not steps:
        return [()] * len(days)
    if len(steps) > len(days):
        return [
            tuple(_introduce(article, around, steps[at]) for at in bundle)
            for bundle in partition.bundles(len(steps), len(days))
        ]
    used: Counter[int] = Counter()
    plan: list[tuple[Prompt, ...]] = []
    for action, stage in partition.stages(len(steps), len(days)):
        step = steps[action]
        plan.append((_again(step, stage, days[action], used) if stage else _introduce(article, around, step),))
    return plan


def _introduce(article: Article, around: Supply, step: Step) -> Prompt:
    text = step.text if not step.sub else "\n".join((step.text, *(f"- {sub}" for sub in step.sub)))
    before = around.before if step.ordinal == 1 else ()
    after = around.after if step.ordinal == len(article.actions) else ()
    return Prompt(
        frames.label(step.text, step.block.lead), frames.STAGES[0], text, frames.MINUTES[0], step, before, after
    )


def _again(step: Step, stage: int, first_day: int, used: Counter[int]) -> Prompt:
    """A later use. Each time it is deepened it takes the next sub-step in turn."""
    name = frames.label(step.text, step.block.lead)
    sub = 0
    if stage == 2 and step.sub:
        sub = used[step.ordinal] % len(step.sub) + 1
        used[step.ordinal] += 1
    text = frames.stage_text(stage, name, first_day, sub)
    return Prompt(name, frames.STAGES[stage], text, frames.MINUTES[stage], step)


def cautions(article: Article, found: Sequence[Passage], options: Options, content: int) -> list[Caution]:
    """What this schedule makes worth saying: practice days, bundles, long lessons."""
    notes: list[Caution] = []
    spare, actions = content - len(found), len(article.actions)
    if spare:
        text = f"{spare} of {content} days have no passage of their own, only practice. Use fewer days, or add text."
        notes.append(Caution("W_PRACTICE_DAYS", 0, text))
    if actions > content:
        text = (
            f"{actions} actions for {content} days: some days ask for more than one. Use more days, or fewer actions."
        )
        notes.append(Caution("W_ACTIONS_BUNDLED", article.actions[0].line, text))
    language = options.language or usable_language(article.lang) or "en"
    if primary_language(language) != "en":
        text = f"The course is in {language}; subjects, prompts and questions of ours are English. Translate them."
        notes.append(Caution("W_ENGLISH_FRAMES", 0, text))
    limit = options.max_passage_words * 3 // 2
    for passage in found:
        if passage.words > limit:
            text = f"A passage of {passage.words} words (limit {limit}). Split its paragraph, or use more days."
            notes.append(Caution("W_LONG_LESSON", passage.atoms[0].block.line, text))
    return notes
