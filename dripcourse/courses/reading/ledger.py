"""The ledger: every visible character of the source is in exactly one place of the article, or no draft is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dripcourse.courses.article import Article, Block
from dripcourse.courses.codes import ArticleError, shorten
from dripcourse.courses.reading.decode import CONTROLS


def check_ledger(text: str, article: Article) -> None:
    """Compares multisets of visible characters. Raises ArticleError E_LEDGER: a fault of our reader."""
    source, kept = _visible(text), Counter[str]()
    for piece in ledger(article):
        kept.update(_visible(piece))
    if source == kept:
        return
    lost, invented = source - kept, kept - source
    near = next((line for line in text.split("\n") if set(line) & set(lost)), text)
    raise ArticleError(
        "E_LEDGER",
        f"Internal: {lost.total() + invented.total()} characters unaccounted for near «{shorten(near)}». "
        "No draft was written. Please report it with this file.",
    )


def ledger(article: Article) -> Iterator[str]:
    """All texts of the article, each once: title, headings, blocks, actions, dropped."""
    yield article.source_title
    yield from _texts(article.short_answer)
    for _, heading in article.headings:
        yield heading
    for perspective in article.perspectives:
        yield from _texts(perspective.blocks)
    for step in article.actions:
        yield step.text
        yield from _texts(step.details)
    for dropped in article.dropped:
        yield dropped.text


def _texts(blocks: tuple[Block, ...]) -> Iterator[str]:
    return (block.text for block in blocks)


def _visible(text: str) -> Counter[str]:
    return Counter("".join(text.translate(CONTROLS).split()))
