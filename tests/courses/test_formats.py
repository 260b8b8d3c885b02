"""I15: the same article as text, Markdown and HTML is the same article."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from dripcourse.courses.article import Article, Options
from dripcourse.courses.reading.readers import read_article
from tests.courses.formats import Telling, tellings

often = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def read(source: str, form: str) -> Article:
    return read_article(source.encode(), Options(format=form))


def said(article: Article) -> dict[str, object]:
    """All that a course is made of."""
    return {
        "title": article.title,
        "short answer": [(b.type, b.text) for b in article.short_answer],
        "headings": article.headings,
        "kinds": [p.kind for p in article.perspectives],
        "blocks": [(b.type, b.text, b.depth) for p in article.perspectives for b in p.blocks],
        "actions": [(s.text, s.sub, [b.text for b in s.extra]) for s in article.actions],
    }


@often
@given(tellings())
def test_i15_the_same_article_in_three_formats_is_the_same_article(telling: Telling) -> None:
    text = said(read(telling.as_text(), "text"))
    assert text == said(read(telling.as_markdown(), "markdown"))
    assert text == said(read(telling.as_html(), "html"))


@often
@given(tellings())
def test_the_format_is_found_out_where_nobody_says_it(telling: Telling) -> None:
    for source, form in ((telling.as_text(), "text"), (telling.as_markdown(), "markdown"), (telling.as_html(), "html")):
        assert read_article(source.encode(), Options()).format == form
