"""The figures that whole articles must give: our own garden article, and the customer's where it lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from dripcourse.courses.article import Article, Options
from dripcourse.courses.drafting.compile import compile_article
from dripcourse.courses.drafting.draft import Draft
from dripcourse.courses.reading.readers import read_article
from dripcourse.domain.course import LessonKind
from tests.courses.articles import CUSTOMER, GARDEN

here = pytest.mark.skipif(not CUSTOMER.exists(), reason="the customer's article does not lie here")

# 40 sentences of ten words: 16 in the first perspective, 12 and 12 in the others.
# days, content days, passages, per perspective, mean, practice days
GARDEN_TABLE = [
    (7, 7, 7, [3, 2, 2], 57.1, 0),  # 400/7; 160/3 < 60, so the first has three
    (14, 13, 13, [5, 4, 4], 30.8, 0),
    (21, 19, 19, [7, 6, 6], 21.1, 0),
    (30, 26, 20, [8, 6, 6], 20.0, 6),  # 400 words at 20 a passage
    (45, 39, 20, [8, 6, 6], 20.0, 19),
    (60, 52, 20, [8, 6, 6], 20.0, 32),
]
# days, content days, passages, per perspective, mean, shortest, longest, practice days
CUSTOMER_TABLE = [
    (7, 7, 7, [2, 2, 3], 120.6, 90, 163, 0),
    (14, 13, 13, [4, 4, 5], 64.9, 40, 96, 0),
    (21, 19, 19, [6, 6, 7], 44.4, 15, 61, 0),
    (30, 26, 26, [8, 8, 10], 32.5, 15, 51, 0),
    (45, 39, 39, [13, 11, 15], 21.6, 14, 43, 0),
    (60, 52, 42, [14, 12, 16], 20.1, 11, 43, 10),
]


def figures(draft: Draft) -> tuple[int, int, list[int], float, int]:
    """Content days, passages, per perspective, mean words, practice days."""
    content = sum(1 for day in draft.days if day.kind is not LessonKind.RECAP)
    found = [day.passage for day in draft.days if day.passage]
    shares = [sum(1 for p in found if p.strand == n) for n in range(len(draft.strands))]
    practice = sum(1 for day in draft.days if day.kind is LessonKind.PRACTICE)
    return content, len(found), shares, round(sum(p.words for p in found) / len(found), 1), practice


@pytest.mark.parametrize("row", GARDEN_TABLE)
def test_the_garden_article_gives_these_figures(row: tuple[int, int, int, list[int], float, int]) -> None:
    days, *expected = row
    assert list(figures(compile_article(GARDEN.read_bytes(), Options(days=days)))) == expected


@here
@pytest.mark.parametrize("row", CUSTOMER_TABLE)
def test_the_customers_article_gives_these_figures(
    row: tuple[int, int, int, list[int], float, int, int, int],
) -> None:
    days, content, passages, shares, mean, shortest, longest, practice = row
    draft = compile_article(CUSTOMER.read_bytes(), Options(days=days))
    words = [day.passage.words for day in draft.days if day.passage]
    assert figures(draft) == (content, passages, shares, mean, practice)
    assert (min(words), max(words)) == (shortest, longest)


def parts(article: Article) -> list[tuple[str, int, int, int]]:
    """Kind, paragraphs, words and sentences of each perspective."""
    return [
        (p.kind.value, len(p.blocks), p.words, sum(len(block.atoms) for block in p.blocks))
        for p in article.perspectives
    ]


def read(path: Path) -> Article:
    return read_article(path.read_bytes(), Options())


def test_the_garden_article_is_understood() -> None:
    article = read(GARDEN)
    assert article.title == "How do I start a small kitchen garden?"
    assert article.reading_minutes == 4
    assert len(article.short_answer) == 1
    assert [level for level, _ in article.headings].count(1) == 4
    assert [level for level, _ in article.headings].count(2) == 6
    assert parts(article) == [
        ("overview", 5, 160, 16),
        ("mechanism", 4, 120, 12),
        ("tradition", 4, 120, 12),
        ("action", 0, 0, 0),
    ]
    assert len(article.actions) == 6
    assert [d.reason for d in article.dropped if d.reason != "marker"] == ["reading_time", "related"] + ["cta"] * 4
    assert [c.code for c in article.cautions] == ["W_QUOTED_SCRIPTURE"]


@here
def test_the_customers_article_is_understood() -> None:
    article = read(CUSTOMER)
    assert article.reading_minutes == 6
    assert len(article.short_answer) == 1
    assert [level for level, _ in article.headings] == [1, 2, 2, 2, 1, 2, 2, 2, 1, 2, 2, 2, 2, 2, 1]
    assert parts(article) == [
        ("overview", 6, 275, 19),
        ("mechanism", 6, 244, 13),
        ("tradition", 6, 325, 16),
        ("action", 0, 0, 0),
    ]
    assert len(article.actions) == 6
    assert [d.reason for d in article.dropped if d.reason != "marker"] == ["reading_time", "related"] + ["cta"] * 3


@here
def test_the_customers_thirty_days_come_with_three_warnings() -> None:
    notes = {c.code: c.message for c in compile_article(CUSTOMER.read_bytes(), Options()).cautions}
    assert set(notes) == {"W_THIN", "W_QUOTED_SCRIPTURE", "W_SENSITIVE"}
    assert "32.5 words per lesson; 16 days would give 60" in notes["W_THIN"]
    assert notes["W_QUOTED_SCRIPTURE"].startswith("6 quotations")
    fewer = compile_article(CUSTOMER.read_bytes(), Options(days=16))
    assert "W_THIN" not in [c.code for c in fewer.cautions]


def test_six_actions_in_thirty_days_make_four_clean_rounds_a_week_apart() -> None:
    path = CUSTOMER if CUSTOMER.exists() else GARDEN
    draft = compile_article(path.read_bytes(), Options(days=30))
    first = [(day.day, day.prompts[0].stage) for day in draft.days if day.prompts and day.prompts[0].step]
    assert [at for at, stage in first if stage == "introduce"] == [1, 2, 3, 4, 5, 6]
    assert [at for at, stage in first if stage == "practise"] == [8, 9, 10, 11, 12, 13]
    assert [at for at, stage in first if stage == "deepen"] == [15, 16, 17, 18, 19, 20]
    assert [at for at, stage in first if stage == "review"] == [22, 23, 24, 25, 26, 27, 29, 30]
