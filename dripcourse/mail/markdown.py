"""Markdown in, safe HTML or plain text out: the only reader of Markdown in this room. It does not lay out mails.

CommonMark plus tables, no raw HTML, and only http, https and mailto links. A picture becomes its description.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from dripcourse.errors import InputError
from dripcourse.mail.plain import Plain, plain_text

MAX_BYTES = 500_000
MAX_DEPTH = 100
# The parser looks for a partner for each bracket: its time grows with the square of their number.
MAX_BRACKETS = 5_000

_TAGS = {
    *("a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre"),
    *("strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}
_ALLOWED_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"]+\Z", re.IGNORECASE)


def to_html(markdown: str) -> str:
    """A safe HTML fragment. Its headings are h2, h3 and so on, whatever the author began with: h1 is the theme's.

    Raises InputError where the text is too big (500 kB) or nested too deep (100 levels).
    """
    html = str(_PARSER.renderer.render(list(_tokens(markdown)), _PARSER.options, {}))
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        url_relative="deny",
        link_rel=None,
        clean_content_tags={"script", "style"},
    ).strip()


def to_plain(markdown: str, first: int = 1) -> Plain:
    """Plain text with its links kept apart, numbered from `first`. Raises InputError as `to_html` does."""
    return plain_text(list(_tokens(markdown)), first)


def to_text(markdown: str) -> str:
    """Plain text, wrapped at 72 characters, links as numbered footnotes below. Raises InputError as `to_html`."""
    return str(to_plain(markdown))


def _tokens(markdown: str) -> Iterator[Token]:
    _refuse_what_would_choke(markdown)
    tokens = _PARSER.parse(markdown)
    if _depth(tokens) > MAX_DEPTH:
        raise InputError(f"the text is nested more than {MAX_DEPTH} levels deep; flatten its lists and quotes")
    headings = sorted({token.tag for token in tokens if token.type == "heading_open"})
    for token in tokens:
        if token.tag in headings:
            token.tag = f"h{min(6, 2 + headings.index(token.tag))}"
        token.children = _without_pictures(token.children)
        yield token


def _refuse_what_would_choke(markdown: str) -> None:
    size = len(markdown.encode("utf-8", "replace"))
    if size > MAX_BYTES:
        raise InputError(f"the text has {size:,} bytes; at most {MAX_BYTES:,} fit into one mail's source")
    brackets = markdown.count("[")
    if brackets > MAX_BRACKETS:
        raise InputError(f"the text has {brackets:,} opening brackets '['; at most {MAX_BRACKETS:,} are read")


def _depth(tokens: Sequence[Token]) -> int:
    inner = (outer.level + child.level for outer in tokens for child in outer.children or ())
    return max(max((token.level for token in tokens), default=0), max(inner, default=0))


def _without_pictures(children: list[Token] | None) -> list[Token] | None:
    """Pictures replaced by their descriptions: no mail of ours loads anything from anywhere."""
    if children is None:
        return None
    return [_description(child) if child.type == "image" else child for child in children]


def _description(image: Token) -> Token:
    words = "".join(child.content for child in image.children or () if child.type in ("text", "code_inline"))
    return Token("text", "", 0, content=words, level=image.level)


def _link_is_allowed(url: str) -> bool:
    return _ALLOWED_LINK.match(url) is not None


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_DEPTH + 50}).enable("table")
    parser.validateLink = _link_is_allowed  # type: ignore[method-assign]
    return parser


_PARSER = _parser()
