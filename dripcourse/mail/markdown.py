"""Markdown in, safe HTML or plain text out: the only reader of Markdown in this room. It does not lay out mails.

CommonMark plus tables, strikethrough and block attributes for language and direction; no raw HTML, and only http,
https and mailto links. A picture becomes its description. A mention such as {name|friend} becomes its slot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

import nh3
from markdown_it.token import Token

from dripcourse.dialect import ATTRIBUTES, drop_invalid, parser, reading
from dripcourse.domain.direction import LEFT
from dripcourse.domain.mentions import WRITTEN, of_match
from dripcourse.errors import InputError
from dripcourse.mail.bare_links import linked
from dripcourse.mail.fragment import fragment
from dripcourse.mail.plain import Plain, plain_text
from dripcourse.mail.slots import MARK, sentinel_of

# What no mail could show anyway is not read: a finished mail has 90,000 bytes at most. The rest are the places where
# the parser's time is a product: brackets by what follows them, lines by levels, rows by columns.
MAX_BYTES = 120_000
MAX_LINES = 3_000
MAX_DEPTH = 30
MAX_BRACKETS = 1_000
MAX_CELLS = 10_000
MAX_MARKS = 15_000
MAX_ELEMENTS = 3_000

_BLOCKS = ("blockquote", "code", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "pre", "table", "ul")
_TAGS = {*_BLOCKS, "a", "br", "del", "div", "em", "hr", "s", "strong", "tbody", "td", "th", "thead", "tr"}
_ATTRIBUTES = {tag: set(ATTRIBUTES) for tag in _BLOCKS}
_ATTRIBUTES |= {"a": {"href"}, "div": {"dir"}, "ol": {"start", *ATTRIBUTES}}
_SCHEMES = {"http", "https", "mailto"}
_MARK = re.compile(r"[]!#$%&*+:<=>@[\\^_`{}~-]")  # where the parser stops and looks closer
_ALLOWED_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"]+\Z", re.IGNORECASE)


def to_html(markdown: str, direction: str = LEFT) -> str:
    """A safe HTML fragment for a mail of that direction ("ltr" or "rtl").

    Its headings are h2, h3 and so on, whatever the author began with: h1 is the theme's.
    Raises InputError where the text is too much for a mail (120 kB, 3,000 lines) or nested too deep (30 levels).
    """
    return _html(list(_tokens(markdown)), direction)


def _html(tokens: Sequence[Token], direction: str) -> str:
    return nh3.clean(
        fragment(tokens, _PARSER.options, direction),
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


def to_both(markdown: str, first: int = 1, direction: str = LEFT) -> tuple[str, Plain]:
    """The HTML fragment and the plain text of one reading, for a mail of that direction.

    A bare URL is a link in both, for readers of text make one of it. Raises InputError as `to_html` does.
    """
    tokens = list(_tokens(markdown, bare_links=True))
    plain = plain_text(tokens, first)
    return _html(tokens, direction), plain


def to_text(markdown: str) -> str:
    """Plain text, wrapped at 72 characters, links as numbered footnotes below. Raises InputError as `to_html`."""
    return str(to_plain(markdown))


def refuse_too_much(markdown: str) -> None:
    """Raises InputError where reading this text could take seconds. It looks at the text only, and takes no time."""
    lines = markdown.count("\n") + markdown.count("\r")
    counts = (
        (len(markdown.encode("utf-8", "replace")), MAX_BYTES, "bytes", "fit into one mail"),
        (lines, MAX_LINES, "line ends", "are read"),
        (markdown.count("["), MAX_BRACKETS, "opening brackets '['", "are read"),
        (len(_MARK.findall(markdown)), MAX_MARKS, "characters that could be markup", "are read"),
        (_cells(markdown), MAX_CELLS, "table cells", "are read"),
    )
    for found, most, what, verb in counts:
        if found > most:
            raise InputError(f"the text has {found:,} {what}; at most {most:,} {verb}: split it over several lessons")


def _cells(markdown: str) -> int:
    """How many cells the tables could have: a row is filled up to the width of its head, and a blank line ends them."""
    return sum(max(line.count("|") for line in rows) * len(rows) for rows in _blocks(markdown) if rows)


def _blocks(markdown: str) -> Iterator[list[str]]:
    rows: list[str] = []
    for line in markdown.splitlines():
        if line.strip():
            rows.append(line)
        else:
            yield rows
            rows = []
    yield rows


def _tokens(markdown: str, bare_links: bool = False) -> Iterator[Token]:
    refuse_too_much(markdown)
    tokens = _PARSER.parse(markdown)
    for token in tokens:
        if token.children is not None:
            token.children = _without_pictures(token.children)
            token.children = linked(token.children) if bare_links else token.children
            _refuse_personal_links(token.children)
    if _depth(tokens) > MAX_DEPTH:
        raise InputError(f"the text is nested more than {MAX_DEPTH} levels deep; flatten its lists and quotes")
    elements = sum(_elements(token) for token in tokens)
    if elements > MAX_ELEMENTS:
        raise InputError(
            f"the text has {elements:,} elements (paragraphs, list items, links, words in bold and the like); "
            f"at most {MAX_ELEMENTS:,} are laid out: split it over several lessons"
        )
    headings = sorted({token.tag for token in tokens if token.type == "heading_open"})
    for token in tokens:
        if token.tag in headings:
            token.tag = f"h{min(6, 2 + headings.index(token.tag))}"
        drop_invalid(token)
        yield token


def _refuse_personal_links(children: Sequence[Token]) -> None:
    """A link is the same for everybody: what somebody typed leads nobody anywhere."""
    for child in children:
        href = unquote(str(child.attrs.get("href", ""))) if child.type == "link_open" else ""
        if MARK in href or WRITTEN.search(href):
            raise InputError("a link has a reader's own words in it; let it lead to the same place for everybody")


def _elements(token: Token) -> int:
    """How many HTML elements begin with this token; each of them is given its styles later."""
    own = token.nesting >= 0 and bool(token.tag) and not token.hidden and token.type != "softbreak"
    return own + sum(_elements(child) for child in token.children or ())


def _depth(tokens: Sequence[Token]) -> int:
    inner = (outer.level + child.level for outer in tokens for child in outer.children or ())
    return max(max((token.level for token in tokens), default=0), max(inner, default=0))


def _without_pictures(children: Sequence[Token]) -> list[Token]:
    """Pictures replaced by their descriptions: no mail of ours loads anything from anywhere."""
    return [_description(child) if child.type == "image" else child for child in children]


def _description(image: Token) -> Token:
    words = "".join(child.content for child in image.children or () if child.type in ("text", "code_inline"))
    return Token("text", "", 0, content=words, level=image.level)


def _link_is_allowed(url: str) -> bool:
    return _ALLOWED_LINK.match(url) is not None


_PARSER = reading(parser(nesting=MAX_DEPTH + 5), WRITTEN, "text", lambda found: sentinel_of(of_match(found)))
_PARSER.validateLink = _link_is_allowed  # type: ignore[method-assign]
