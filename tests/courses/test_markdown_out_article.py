"""I18: article.md, read back, is the same article: blocks, formatting, headings, actions, short answer."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dripcourse.courses.article import Article, Block, Options
from dripcourse.courses.drafting.as_course import as_course
from dripcourse.courses.drafting.markdown import article_markdown
from dripcourse.courses.folders.folder import read_course
from dripcourse.courses.folders.write import write_course
from dripcourse.courses.reading.readers import read_article
from dripcourse.mail.markdown import to_html
from tests.courses.articles import Made, compiled, made
from tests.courses.formats import Telling, tellings
from tests.mail.material import Page

often = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

SNIPPETS = (
    "A paragraph with *inner*, **bold**, `code {{ x }}` and ~~struck~~ words, and [a link](https://example.org/?a=1&b=2).",
    "**Bold *and inner* words** in ***one* paragraph**, with <https://example.org/> and <me@example.org>.",
    "A literal \\*star\\*, \\_line\\_, \\`tick\\`, \\[bracket\\](x), \\<b>, \\&amp; and {{ placeholder }} {% if %}.",
    "A line that breaks\\\n\\- like this\\\n\\# and this.",
    "**注意：**請看這裡。*好的*嗎？",
    "{lang=ar dir=rtl}\nهذا *نص* عربي.",
    "> A quotation\n>\n> of two **paragraphs**.",
    "> {lang=de}\n> Ein Zitat.",
    "- one\n- two *inner*\n  - three\n    - four\n\n      with a paragraph\n  - five\n- {dir=rtl}\n  شيء",
    "7. seven\n8. eight\n\n   ```\n   code in an item\n   ```\n9. nine",
    "1. a\n2. b\n\n1) c\n2) d",
    "- a\n\n1. b\n   3. c",
    "| a | **b** |\n| --- | --- |\n| c\\|d | `e` |\n| f |  |",
    "```\ndef f():\n\n    return {{ x }}\n```",
    "````\n```\ninside\n```\n````",
    "1\\. Not a list.",
    "\\{lang=ar}",
)


@st.composite
def sources(draw: st.DrawFn) -> str:
    """Articles in Markdown with two or three perspectives and every kind of block."""
    snippets = st.lists(st.sampled_from(SNIPPETS), min_size=1, max_size=4)
    parts = ["# How *it* goes & why", *draw(st.lists(st.sampled_from(SNIPPETS), max_size=2))]
    for number in range(draw(st.integers(2, 3))):
        parts += [
            f"## View *{number}* of_it",
            "A first paragraph of words. It has a second sentence. And then it has a third one.",
            *draw(snippets),
        ]
        for section in range(draw(st.integers(0, 2))):
            parts += [f"### Part {section} [of {number}]", "Another paragraph of words.", *draw(snippets)]
    if draw(st.booleans()):
        parts += [
            "## What To Do Now",
            "Begin.",
            "1. Walk **far**.\n   - slowly\n\n     in the rain\n   - alone\n2. Sit.",
        ]
    return "\n\n".join(parts)


def again(article: Article) -> Article:
    return read_article(article_markdown(article, article.title).encode(), Options(format="markdown"))


def said(article: Article) -> dict[str, object]:
    """All that a course is made of, with every character's formatting."""
    return {
        "title": article.title,
        "short answer": blocks(article.short_answer),
        "headings": article.headings,
        "blocks": [blocks(perspective.blocks) for perspective in article.perspectives],
        "actions": [(step.perspective, blocks((step.block, *step.details))) for step in article.actions],
    }


def blocks(found: Iterable[Block]) -> list[object]:
    return [(b.type, b.text, looks(b), b.depth, b.lang, b.dir) for b in found]


def looks(block: Block) -> list[frozenset[tuple[str, str]]]:
    """For each character that can be seen, what is around it."""
    return [
        frozenset((s.kind, s.href) for s in block.spans if s.start <= at < s.end)
        for at, char in enumerate(block.text)
        if not char.isspace()
    ]


@often
@given(sources())
def test_i18_the_article_in_the_folder_is_the_article_that_was_read(source: str) -> None:
    article = read_article(source.encode(), Options(format="markdown"))
    assert said(again(article)) == said(article), article_markdown(article, article.title)


@settings(often, max_examples=8)
@given(source=sources(), days=st.integers(7, 20))
def test_i18_the_folder_gives_the_same_course_back_and_its_mails_show_the_authors_words(
    source: str, days: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    options = Options(days=days, format="markdown", min_passage_words=1)
    draft = compiled(source.encode(), options)
    course = as_course(draft)
    out = tmp_path_factory.mktemp("course") / "out"
    write_course(course, article_markdown(draft.article, draft.title), out)
    assert read_course(out) == course
    for day, lesson in zip(draft.days, course.lessons[1:], strict=False):
        shown = "".join("".join(Page(to_html(lesson.body)).texts).split())
        for excerpt in day.passage.excerpts if day.passage else ():
            assert "".join(excerpt.text.split()) in shown


@often
@given(tellings())
def test_i18_whatever_format_it_came_in(telling: Telling) -> None:
    for form, source in (("html", telling.as_html()), ("markdown", telling.as_markdown())):
        article = read_article(source.encode(), Options(format=form))
        assert said(again(article)) == said(article)


@often
@given(made().filter(lambda one: len(one.steps) != 1))  # in Markdown one item is no list of actions
def test_i18_plain_text_comes_back_but_for_the_stars_that_are_emphasis_now(made_up: Made) -> None:
    article = read_article(made_up.data, Options(format="text"))
    assert plain(again(article)) == plain(article)


def plain(article: Article) -> dict[str, object]:
    bare = [[(b.type, b.text.replace("*", "")) for b in p.blocks] for p in article.perspectives]
    return {
        "title": article.title,
        "short answer": [b.text.replace("*", "") for b in article.short_answer],
        "headings": article.headings,
        "blocks": bare,
        "actions": [[b.text.replace("*", "") for b in (step.block, *step.details)] for step in article.actions],
    }
