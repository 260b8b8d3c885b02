"""The last look at a draft: every block of the article is printed on the days, once, or there is no draft (I1, I2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from dripcourse.courses.article import Article, Options
from dripcourse.courses.codes import ArticleError, shorten
from dripcourse.courses.drafting.draft import Day


def check_draft(article: Article, days: Sequence[Day], options: Options) -> None:
    """Compares counts of characters, text by text. Raises ArticleError E_LEDGER: a fault of ours."""
    blocks = [block for perspective in article.perspectives for block in perspective.blocks]
    blocks += [block for step in article.actions for block in (step.block, *step.details)]
    if options.short_answer == "lesson1":
        blocks += article.short_answer
    wanted, printed = Counter[str](), Counter[str]()
    for block in blocks:
        wanted.update(block.text)
    for text in _printed(days):
        printed.update(text)
    lost, doubled = wanted - printed, printed - wanted
    if lost or doubled:
        near = next((block.text for block in blocks if set(block.text) & set(lost or doubled)), "")
        raise ArticleError(
            "E_LEDGER",
            f"Internal: {lost.total() + doubled.total()} characters unaccounted for near «{shorten(near)}». "
            "No draft was written. Please report it with this file.",
        )


def _printed(days: Sequence[Day]) -> Iterator[str]:
    for day in days:
        if day.passage:
            yield day.passage.raw
        for prompt in day.prompts:
            if prompt.step and prompt.stage == "introduce":
                yield prompt.step.text
                yield from (block.text for block in (*prompt.before, *prompt.step.details, *prompt.after))
