"""From bytes to a checked article: decoding, the reader of the format, the ledger, the cautions. No days yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dripcourse.courses.article import Article, Options
from dripcourse.courses.codes import ArticleError
from dripcourse.courses.reading.cautions import article_cautions
from dripcourse.courses.reading.decode import decode, detect_format
from dripcourse.courses.reading.limits import refuse_too_much
from dripcourse.courses.reading.markdown_source import read_markdown
from dripcourse.courses.reading.plain_text import read_text
from dripcourse.courses.reading.web_page import read_html

READERS: dict[str, Callable[[str, Options], Article]] = {
    "text": read_text,
    "markdown": read_markdown,
    "html": read_html,
}


def read_article(data: bytes, options: Options) -> Article:
    """The article in `data`. Raises ArticleError."""
    options = replace(options, title=" ".join(options.title.split()))
    text, encoding, guessed = decode(data, options.encoding)
    form = detect_format(text) if options.format == "auto" else options.format
    refuse_too_much(text, form)
    article = READERS[form](text, options)
    _check_body(article)
    return replace(
        article,
        title=options.title or article.title,
        format=form,
        encoding=encoding,
        cautions=(*guessed, *article.cautions, *article_cautions(article, options.short_answer)),
    )


def _check_body(article: Article) -> None:
    if any(perspective.words for perspective in article.perspectives):
        return
    raise ArticleError(
        "E_NO_BODY",
        f"Found {len(article.headings)} headings and {len(article.actions)} actions, "
        "but no paragraph of the article. Give the whole text, one paragraph a line.",
    )
